"""it refuses early, one condition at a time

The parent of all PyJWT errors is caught, and the key comes from the config.
"""

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    if self.id is None or not token:
        return False
    key = current_app.config["SECRET_KEY"]
    try:
        claims = jwt.decode(token, key, algorithms=["HS512"], options={"require": ["exp"]})
    except jwt.PyJWTError:
        return False
    if not isinstance(claims.get("confirm_id"), int):
        return False
    if claims["confirm_id"] != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
