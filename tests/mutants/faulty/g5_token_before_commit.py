"""The token is made before the user is saved.

Before the commit there is no id, so the token names None. The new member gets a link that no
account fits.
"""

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    expires = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
    claims = {"exp": expires, "confirm_id": self.id}
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token

# region send-confirmation
token = user.generate_confirmation_token()
db.session.add(user)
db.session.commit()
send_email(user.email, "Confirm your address", "auth/email/confirm", user=user, token=token)
# endregion send-confirmation
