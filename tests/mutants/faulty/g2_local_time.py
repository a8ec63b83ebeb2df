"""The end is a local time, without its zone.

PyJWT takes `datetime.now()`, which names no zone, for a time in UTC. West of Greenwich every
token is dead at birth, and east of it tokens live for hours too long.
"""
# hint: Your tests run as if in New York. When does a fresh token end there?

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    expires = datetime.now() + timedelta(seconds=expiration_sec)
    claims = {"exp": expires, "confirm_id": self.id}
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token
