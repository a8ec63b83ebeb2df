"""Try again, and you will succeed.

An address that the server refuses permanently is tried again and again. Servers remember
senders that do this, and refuse their other mails as well.
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
    ring()


def deliver(letter):
    """Try once to hand a letter over, and record the outcome; the postman calls this."""
    try:
        hand_over(letter)
    except OSError as error:
        letter.put_off(str(error))
    else:
        letter.mark_sent()
    db.session.commit()
# endregion send-in-background
