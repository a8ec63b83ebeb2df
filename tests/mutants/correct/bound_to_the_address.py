"""its tokens also name the address, and a purpose

The token names its purpose and the address as well, and a change of either kills it.
"""

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    claims = {
        "aud": "confirm-email",
        "email": self.email,
        "exp": datetime.now(timezone.utc) + timedelta(seconds=expiration_sec),
        "confirm_id": self.id,
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
            audience="confirm-email",
            options={"require": ["exp", "aud", "email", "confirm_id"]},
        )
    except jwt.InvalidTokenError:
        return False
    if (claims["confirm_id"], claims["email"]) != (self.id, self.email):
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
