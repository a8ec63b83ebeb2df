"""The token itself says how to check it.

The algorithm is read from the token's own header. Whoever sends the token
chooses the lock.
"""
# hint: The key, the claims and the time are right. What else has the maker of a token chosen?

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        algorithm = jwt.get_unverified_header(token)["alg"]
        claims = jwt.decode(
            token,
            current_app.secret_key,
            algorithms=[algorithm],
            options={"require": ["exp", "confirm_id"]},
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
