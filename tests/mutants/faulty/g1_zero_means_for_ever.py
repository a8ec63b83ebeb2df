"""A lifetime of 0 is taken for no lifetime at all.

The line asks `if expiration_sec`, and 0 is not true. The one token that should be dead at
birth lives for ever.
"""
# hint: What should a token be worth that is made with a lifetime of 0?

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    claims = {"confirm_id": self.id}
    if expiration_sec:
        claims["exp"] = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token

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
