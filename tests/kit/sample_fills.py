"""Parts of fills that several files of tests put together."""

SEND = """
db.session.add(user)
db.session.commit()
token = user.generate_confirmation_token()
{lines}
"""
MAIL = 'send_email(user.email, "Confirm", "auth/email/confirm", user=user, token=token)'
