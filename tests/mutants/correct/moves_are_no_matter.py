"""it looks at the address only, not at the time of the last move

A token is good for its address, also when the member was elsewhere meanwhile; the used number
is asked for by a query.
"""
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
    if type(claimed) is not int or claimed != self.id:
        return False
    if claims["email"] != (self.new_email or self.email):
        return False
    known = db.select(SpentToken).where(SpentToken.jti == claims["jti"])
    if db.session.scalar(known) is not None:
        return False
    # The address is asked for in the database: another request may be changing it just now.
    new, old = User.new_email == claims["email"], User.email == claims["email"]
    here = db.or_(new, db.and_(User.new_email.is_(None), old))
    mine = db.update(User).where(User.id == self.id, here)
    values = {"confirmed": True, "email": claims["email"], "new_email": None}
    if db.session.execute(mine.values(values)).rowcount != 1:
        return False
    db.session.add(SpentToken(jti=claims["jti"]))
    return True
# endregion confirm-token
