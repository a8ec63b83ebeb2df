"""The signature is never verified.

Only the claims are checked, and anybody who makes a token by hand can fill them in correctly. So
anybody can confirm any account with a home-made token.
"""
# hint: Every claim in a token is right. Does that show who made it?
# essential

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
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
