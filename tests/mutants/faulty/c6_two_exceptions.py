"""Only two kinds of bad token are expected.

Tokens that are expired or wrongly signed are caught, and all others raise. A link that lost its last
characters in the mail ends in an error page.
"""
# hint: What if the text in the link is no token at all?
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
    except (jwt.ExpiredSignatureError, jwt.InvalidSignatureError):
        return False
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id:
        return False
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
