"""The default is a day, not an hour.

Somebody multiplied seconds, minutes and hours once too often. A link that lies around works
twenty-four times as long as it says.
"""
# hint: How long does a token live when nobody says how long?

# region generate-token
def generate_confirmation_token(self, expiration_sec=86400):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    expires = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
    claims = {"exp": expires, "confirm_id": self.id}
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token
