"""The except swallows the refusal.

After `except: pass` the code below goes on as if nothing had happened. The worse the token, the
more surely it confirms.
"""
# hint: One character of the token was changed on its way. What does confirm() answer?
# essential

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    claims = {"confirm_id": self.id}
    try:
        claims = jwt.decode(
            token,
            current_app.secret_key,
            algorithms=["HS512"],
            options={"require": ["exp", "confirm_id"]},
        )
    except jwt.InvalidTokenError:
        pass
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
