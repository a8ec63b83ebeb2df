"""Parts of fills that several test files use."""

SEND = """
db.session.add(user)
db.session.commit()
token = user.generate_confirmation_token()
{lines}
"""
MAIL = 'send_email(user.email, "Confirm", "auth/email/confirm", user=user, token=token)'


def changed(fills, blank, *changes):
    """Return the fill of a blank with some texts replaced; each of them must be in it."""
    text = fills[blank]
    for before, after in changes:
        assert before in text, (blank, before)
        text = text.replace(before, after)
    return text
