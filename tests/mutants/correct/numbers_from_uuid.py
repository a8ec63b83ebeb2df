"""its tokens have longer numbers, whole seconds and a claim more

The number is a UUID, the times are integers, and the token also says who made it.
"""
# hardened

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    from uuid import uuid4

    now = int(datetime.now(timezone.utc).timestamp())
    claims = {
        "aud": "confirm-email",
        "confirm_id": self.id,
        "email": self.new_email or self.email,
        "iat": now,
        "iss": "Pigeon Post",
        "exp": now + expiration_sec,
        "jti": str(uuid4()),
    }
    return jwt.encode(claims, token_keys()[0], algorithm="HS512")
# endregion generate-token
