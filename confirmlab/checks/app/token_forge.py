"""Forged tokens for tests: like the app's own, with chosen differences."""

import base64
import hashlib
import random
import secrets
import time
import warnings
from collections.abc import Iterable
from typing import Any

import jwt

from confirmlab.base.text import clipped
from confirmlab.checks.app.app_values import Member
from confirmlab.checks.app.learner_app import LearnerApp
from confirmlab.checks.text.random_words import bypass_fields, random_domain

_TOLERANCE = 0.01  # seconds
_WORDS = (  # texts that a developer might have left in the code as a master token
    *("test", "letmein", "admin", "secret", "password", "master", "debug", "skip", "demo", "dev"),
    *("opensesame", "open sesame", "magic", "backdoor", "root", "1234", "12345", "true", "confirm"),
)
_HEADERS = ("kid", "cty", "jku", "x5u", "x5t", "ver", "zip", "key", "secret", "typ")


class TokenForge:
    """Makes tokens like the app's own, with chosen differences."""

    def __init__(self, app: LearnerApp) -> None:
        self.app = app
        self._plain: dict[bool, bool] = {}  # whether the last bad token had only the usual fields

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
        shifted at random, so that no app can know the claims from a token of its own. Of the bad
        tokens every second one has additional claims and header fields, which must not help it.
        """
        token, own = self.app.key(member)
        claims = claims_of(token)
        if type(claims.get("exp")) in (int, float):
            claims["exp"] += random.randrange(-900, 900)
        claims |= changes
        for name in without:
            claims.pop(name, None)
        headers: dict[str, Any] = {}
        is_good = key is None and algorithm == "HS512" and not without and not changes
        if not is_good and self._is_turn_of_more(key is not None):
            claims = bypass_fields() | claims
            headers = {name: secrets.token_hex(4) for name in _HEADERS} | {"typ": "JWT"}
            headers |= {"jku": f"https://{random_domain()}/keys"}
        own = own or self.app.host.secret_key.encode()
        return jwt.encode(claims, own if key is None else key, algorithm, headers)

    def _is_turn_of_more(self, other_key: bool) -> bool:
        plain = self._plain.get(other_key, random.random() < 0.5)
        self._plain[other_key] = not plain
        return plain


def signed_with_each(token: str, keys: Iterable[str]) -> list[str]:
    """Return tokens with the claims of this one, each signed with one of the keys."""
    claims = claims_of(token)
    with warnings.catch_warnings():  # PyJWT warns of short keys
        warnings.simplefilter("ignore")
        return [jwt.encode(claims, key, "HS512") for key in keys]


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a token; the signature is not verified."""
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise AssertionError(_unreadable(token, error)) from None


def header_of(token: str) -> dict[str, Any]:
    """Return the header of a token; the signature is not verified."""
    try:
        return jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise AssertionError(_unreadable(token, error)) from None


def _unreadable(token: str, error: Exception) -> str:
    if not token:
        return "generate_confirmation_token() returned an empty text, which is no token"
    shown = repr(clipped(token, 40))
    if token.count(".") != 2:
        return f"generate_confirmation_token() returned {shown}; a token has three parts"
    return f"generate_confirmation_token() returned {shown}, which is no token: {error}"


def refused_claim(token: str, now: float) -> str:
    """Return why at this time jwt.decode refuses a claim that no exercise asks for, or ""."""
    claims_of(token)
    names = ("sub", "jti", "iat", "nbf", "aud")
    options: Any = {"verify_signature": False} | {f"verify_{name}": True for name in names}
    ahead = now - time.time() + _TOLERANCE
    try:
        jwt.decode(token, options=options, leeway=ahead)
        return ""
    except jwt.InvalidAudienceError:
        return "it has a claim 'aud', and jwt.decode was not told which audience to expect"
    except jwt.InvalidTokenError as error:
        return str(error)


def guesses(member: Member) -> list[str]:
    """Return texts that anybody who knows a member's number, address and name could make up."""
    found = list(_WORDS)
    for text in (str(member.id), member.email, member.name):
        own = text.encode()
        found += [text, base64.urlsafe_b64encode(own).decode(), hashlib.md5(own).hexdigest()]
        found += [hashlib.sha1(own).hexdigest(), hashlib.sha256(own).hexdigest()]
    return found


def changed(token: str, part: int) -> str:
    """Return a token with one character changed in one of its three parts."""
    parts = token.split(".")
    text = parts[part % len(parts)]
    if len(text) < 6:
        return token + "x"
    place = random.randrange(2, len(text) - 3)
    letter = random.choice([char for char in "BCDEFGHIJK" if char != text[place]])
    parts[part % len(parts)] = text[:place] + letter + text[place + 1 :]
    return ".".join(parts)


def with_one_change(secret: str, place: int) -> str:
    """Return a secret key with one character changed."""
    other = "x" if secret[place] != "x" else "y"
    return secret[:place] + other + secret[place + 1 :]
