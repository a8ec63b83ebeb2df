"""Mark it first, then it cannot go out twice.

The mail counts as sent before the mail server has it. If anything goes wrong in between, nobody
tries again.
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
    words = letter.message()
    letter.mark_sent()
    db.session.commit()
    try:
        mail.send(words)
    except OSError:
        pass
# endregion send-in-background
