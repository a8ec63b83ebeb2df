"""The flag says who is confirmed, so a token needs no number.

Two tokens made in the same second are the same text, and none is ever spent. Somebody who finds
an old mail can use its link again until the hour is over.
"""
# hint: Use a token, then make the member unconfirmed again. What should the second use say?
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
        "email": self.email,
        "iat": now,
        "exp": now + timedelta(seconds=expiration_sec),
    }
    return jwt.encode(claims, token_keys()[0], algorithm="HS512")
# endregion generate-token

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    required = ["aud", "confirm_id", "email", "exp", "iat"]
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
    # The address is asked for in the database: another request may be changing it just now.
    here = db.update(User).where(User.id == self.id, User.email == claims["email"])
    if db.session.execute(here.values(confirmed=True)).rowcount != 1:
        return False
    return True
# endregion confirm-token
