"""The user is marked before the token is checked.

`confirmed` is set in the first line, and the checks come after it. The answer is no, and the
next commit saves a yes.
"""
# hint: After a refusal, look at more than the answer: what does the user look like?
# essential

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    self.confirmed = True
    db.session.add(self)
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
    return type(claimed) is int and claimed == self.id
# endregion confirm-token
