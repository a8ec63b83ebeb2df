"""Forged tokens for tests: like the app's own, with chosen differences."""

import random
from typing import Any

import jwt

from confirmlab.checks.app_values import Member
from confirmlab.checks.learner_app import LearnerApp


class TokenForge:
    """Makes tokens like the app's own, with chosen differences."""

    def __init__(self, app: LearnerApp) -> None:
        self.app = app

    def claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token; the signature is not verified."""
        return claims_of(token)

    def forged(
        self,
        member: Member,
        key: str | bytes | None = None,
        algorithm: str = "HS512",
        without: tuple[str, ...] | list[str] = (),
        **changes: Any,
    ) -> str:
        """Return a token like the app's own, with the key, algorithm or claims changed as asked.

        `without` names claims to leave out; without a key, the app's own is used. The expiry is
        shifted at random, so that no app can know the claims from a token of its own.
        """
        token, own = self.app.key(member)
        claims = self.claims(token)
        if type(claims.get("exp")) in (int, float):
            claims["exp"] += random.randrange(-900, 900)
        claims |= changes
        for name in without:
            claims.pop(name, None)
        own = own or self.app.host.secret_key.encode()
        return jwt.encode(claims, own if key is None else key, algorithm)


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a token; the signature is not verified."""
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise AssertionError(f"the token {token[:40]!r} cannot be read: {error}") from None


def changed(token: str, part: int) -> str:
    """Return a token with one character changed in one of its three parts."""
    parts = token.split(".")
    text = parts[part % len(parts)]
    if len(text) < 6:
        return token + "x"
    place = random.randrange(2, len(text) - 3)
    letter = random.choice([one for one in "BCDEFGHIJK" if one != text[place]])
    parts[part % len(parts)] = text[:place] + letter + text[place + 1 :]
    return ".".join(parts)
