"""An outbox is enough.

The mail is saved, and then delivered while somebody waits for the page. Nothing is lost,
and everything is as slow as before.
"""

# region send-in-background
def send_email(to, subject, template, **context):
    """Render both versions now, and leave the letter in the outbox."""
    letter = Letter(
        recipient=to,
        subject=subject,
        text=render_template(f"{template}.txt", **context).strip(),
        html=render_template(f"{template}.html", **context).strip(),
    )
    db.session.add(letter)
    db.session.commit()
    deliver(letter)


def deliver(letter):
    """Try once to hand a letter over, and record the outcome; the postman calls this."""
    try:
        hand_over(letter)
    except OSError as error:  # the errors of smtplib are of this kind, too
        if refused_for_good(error):
            letter.give_up(str(error))
        else:
            letter.put_off(str(error))
    else:
        letter.mark_sent()
    db.session.commit()
# endregion send-in-background
