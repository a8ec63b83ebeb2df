"""The secret key is secret, so it signs tokens as well.

The purpose is there, but the tokens' own key is not used. Anything else that is signed with the
secret key, such as a cookie, is one step away from a token.
"""
# hint: Which key signs cookies here? May that key sign a token as well?
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
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, current_app.secret_key, algorithm="HS512")
# endregion generate-token

# region confirm-token
def confirm(self, token):
    """Return whether the token is good for this user, and mark the user as confirmed if so."""
    required = ["aud", "confirm_id", "email", "exp", "iat", "jti"]
    fallbacks = current_app.config["SECRET_KEY_FALLBACKS"] or []
    for key in [current_app.secret_key, *fallbacks]:
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
