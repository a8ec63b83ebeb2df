"""The parameter is there, and nobody reads it.

Every token lives for an hour, whatever was asked for. A caller who wants a link of one minute
gets sixty.
"""
# hint: Does a token that was made for ten seconds end after ten seconds?

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    expires = datetime.now(timezone.utc) + timedelta(seconds=3600)
    claims = {"exp": expires, "confirm_id": self.id}
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token
