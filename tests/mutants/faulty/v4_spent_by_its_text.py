"""A used token is known by its text.

The end of the text is stored, and the identifier inside is ignored. With `==` at its end the text
differs, but the token is the same.
"""
# hint: PyJWT accepts more than one encoding of a token. Is a used token refused in each of them?
# essential
# hardened

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    required = ["aud", "confirm_id", "email", "exp", "iat", "jti"]
    for key in token_keys():
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
            continue  # perhaps an older key fits
    else:
        return False
    claimed = claims["confirm_id"]
    if type(claimed) is not int or claimed != self.id or claims["email"] != self.email:
        return False
    moved = self.moved_at and self.moved_at.replace(tzinfo=timezone.utc)  # SQLite forgets the zone
    if moved and claims["iat"] < int(moved.timestamp()):
        return False  # made before the last change of address
    if db.session.get(SpentToken, token[-64:]) is not None:
        return False
    # The address is asked for in the database: another request may be changing it just now.
    here = db.update(User).where(User.id == self.id, User.email == claims["email"])
    if db.session.execute(here.values(confirmed=True)).rowcount != 1:
        return False
    db.session.add(SpentToken(jti=token[-64:]))
    return True
# endregion confirm-token
