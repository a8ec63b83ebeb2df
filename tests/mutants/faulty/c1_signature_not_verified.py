"""The signature is never verified.

All claims are checked, and whoever types a token by hand fills them in correctly. Anybody
confirms anybody with a home-made token.
"""
# hint: Who could have made the token? Try one that is right in every claim, but signed with a key of your own.
# essential

# region confirm-token
def confirm(self, token):
    """Say whether the token is good for this user, and mark the user as confirmed if so."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": True})
        if "exp" not in claims or claims["exp"] < datetime.now(timezone.utc).timestamp():
            return False
        claimed = claims["confirm_id"]
    except (jwt.InvalidTokenError, KeyError):
        return False
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
