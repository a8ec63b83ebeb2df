"""The algorithm is misspelt, and a broad except hides it.

`algorithm=` in place of `algorithms=` makes every decode fail, and the except turns that into
a polite no. Nobody can ever confirm, and all tests of bad tokens stay green.
"""
# hint: All your tests of bad tokens are green here. Is there one for a good token?
# essential

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        claims = jwt.decode(token, current_app.secret_key, algorithm="HS512")
    except jwt.InvalidTokenError:
        return False
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
