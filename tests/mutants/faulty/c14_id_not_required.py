"""A token that names nobody fits everybody.

A missing `confirm_id` is filled in with the user's own. Any token signed with this key,
for whatever purpose, confirms whoever presents it.
"""
# hint: The signature is good, and the token has not expired. What if it does not say whose it is?

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        claims = jwt.decode(
            token,
            current_app.secret_key,
            algorithms=["HS512"],
            options={"require": ["exp"]},
        )
    except jwt.InvalidTokenError:
        return False
    if claims.get("confirm_id", self.id) != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
