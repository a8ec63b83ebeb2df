"""A token with our signature is good for what we ask.

It names no purpose, and none is required. As soon as another kind of token is signed with this
key, that kind confirms addresses as well.
"""
# hint: A token is ours and not expired, but was made for something else. How would the app know?
# essential
# hardened

# region generate-token
def generate_confirmation_token(self, expiration_sec=3600):
    """Make the text that goes into this user's confirmation link."""
    if self.id is None:
        raise ValueError("Save the user first: without an id there is nothing to sign.")
    now = datetime.now(timezone.utc)
    claims = {
        "confirm_id": self.id,
        "email": self.email,
        "iat": now,
        "exp": now + timedelta(seconds=expiration_sec),
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, token_keys()[0], algorithm="HS512")
# endregion generate-token

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    required = ["confirm_id", "email", "exp", "iat", "jti"]
    for key in token_keys():
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS512"],
                options={"require": required, "verify_aud": False},
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
    if db.session.get(SpentToken, claims["jti"]) is not None:
        return False
    # The address is asked for in the database: another request may be changing it just now.
    here = db.update(User).where(User.id == self.id, User.email == claims["email"])
    if db.session.execute(here.values(confirmed=True)).rowcount != 1:
        return False
    db.session.add(SpentToken(jti=claims["jti"]))
    return True
# endregion confirm-token
