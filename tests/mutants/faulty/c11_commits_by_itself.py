"""The method saves by itself.

`confirm()` commits, so the view can no longer decide. Whatever else the request had half done
is saved along with it.
"""
# hint: Who decides whether a yes is saved? And what if the caller rolls back?
# essential

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
    db.session.commit()
    return True
# endregion confirm-token
