"""A user without an id gets a token as well.

Nobody asks whether the user was saved. The token names None, and fits every other user who was
never saved.
"""
# hint: What happens when `User(...)` asks for a token before it was ever saved?

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    expires = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
    claims = {"exp": expires, "confirm_id": self.id}
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
            options={"require": ["exp", "confirm_id"]},
        )
    except jwt.InvalidTokenError:
        return False
    if claims["confirm_id"] != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
