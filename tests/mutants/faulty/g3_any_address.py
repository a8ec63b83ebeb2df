"""The id says it all: one user, one address.

The token names no address, and none is compared. A mail to a member's old address confirms
whatever address the member has by now.
"""
# hint: A member has moved to another address, and still has the old mail. What does its link confirm?
# essential
# hardened

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    now = datetime.now(timezone.utc)
    claims = {
        "aud": "confirm-email",
        "confirm_id": self.id,
        "iat": now,
        "exp": now + timedelta(seconds=expiration_sec),
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, token_keys()[0], algorithm="HS512")
# endregion generate-token

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    required = ["aud", "confirm_id", "exp", "iat", "jti"]
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
    moved = self.moved_at and self.moved_at.replace(tzinfo=timezone.utc)  # SQLite forgets the zone
    if moved and claims["iat"] < int(moved.timestamp()):
        return False  # made before the last change of address
    if db.session.get(SpentToken, claims["jti"]) is not None:
        return False
    # The address is asked for in the database: another request may be changing it just now.
    here = db.update(User).where(User.id == self.id, User.email == self.email)
    if db.session.execute(here.values(confirmed=True)).rowcount != 1:
        return False
    db.session.add(SpentToken(jti=claims["jti"]))
    return True
# endregion confirm-token
