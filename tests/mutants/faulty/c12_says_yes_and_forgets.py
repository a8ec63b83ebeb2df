"""It says yes and forgets to mark the user.

The answer is right, and nothing comes of it. Members are thanked for confirming, and asked to
confirm.
"""
# hint: After a yes, what should be true of the user?

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
    return True
# endregion confirm-token
