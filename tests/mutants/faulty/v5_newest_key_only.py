"""A new secret key is a new beginning.

Only the newest key reads tokens, whatever is in `SECRET_KEY_FALLBACKS`. On the day of the change,
every link that was already mailed stops working.
"""
# hint: Today the secret key was changed, and the old one is a fallback. What about yesterday's mail?
# hardened

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    required = ["aud", "confirm_id", "email", "exp", "iat", "jti"]
    for key in token_keys()[:1]:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS512"],
                audience="confirm-email",
                options={"require": required, "strict_aud": True},
            )
            break
        except jwt.InvalidTokenError:
            continue
    else:
        return False
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id or claims["email"] != self.email:
        return False
    moved = self.moved_at and self.moved_at.replace(tzinfo=timezone.utc)  # SQLite drops it
    if moved and claims["iat"] < int(moved.timestamp()):
        return False  # made before the last change of address
    if db.session.get(SpentToken, claims["jti"]) is not None:
        return False
    # The address is asked for in the database: another request may be changing it just now.
    here = db.update(User).where(User.id == self.id, User.email == claims["email"])
    if db.session.execute(here.values(confirmed=True)).rowcount != 1:
        return False
    db.session.add(SpentToken(jti=claims["jti"]))
    return True
# endregion confirm-token
