"""It marks the user and gives no answer.

There is no `return True` at the end, so the answer is None. The view takes that for a no, and
tells a confirmed member that the link was bad.
"""
# hint: What exactly does `confirm()` answer to a good token?

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
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
# endregion confirm-token
