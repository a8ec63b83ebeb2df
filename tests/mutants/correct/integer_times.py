"""it counts the end of a token in whole seconds

The end is computed as an integer, and the claims stand in another order.
"""

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    claims = {
        "confirm_id": self.id,
        "exp": int(datetime.now(timezone.utc).timestamp()) + expiration_sec,
    }
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token
