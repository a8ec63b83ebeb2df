"""its tokens also say when they were made, and have a number

The token also says when it was made, and has an id of its own.
"""

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    from uuid import uuid4

    now = datetime.now(timezone.utc)
    claims = {
        "iat": now,
        "exp": now + timedelta(seconds=expiration_sec),
        "confirm_id": self.id,
        "jti": uuid4().hex,
    }
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        claims = jwt.decode(
            token,
            current_app.secret_key,
            algorithms=["HS512"],
            options={"require": ["exp", "iat", "jti", "confirm_id"]},
        )
    except jwt.InvalidTokenError as error:
        current_app.logger.info("a token was refused: %s", type(error).__name__)
        return False
    if claims["confirm_id"] != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
