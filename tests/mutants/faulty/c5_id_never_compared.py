"""The id in the token is never compared with the user's.

Any good token will do, whoever it was made for. Register twice, and confirm the stranger's
account with your own mail.
"""
# hint: There are two users in your fixtures. Does it matter whose token it is?
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
    self.confirmed = True
    db.session.add(self)
    return True
# endregion confirm-token
