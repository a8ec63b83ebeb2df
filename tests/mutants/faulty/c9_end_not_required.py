"""A token without an expiry is fine.

`exp` is checked only if it is there, and nobody requires it. A token that leaves it out never
expires.
"""
# hint: Tokens expire because they say when. What if one does not say?

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        claims = jwt.decode(
            token,
            current_app.secret_key,
            algorithms=["HS512"],
            options={"require": ["confirm_id"]},
        )
    except jwt.InvalidTokenError:
        return False
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
