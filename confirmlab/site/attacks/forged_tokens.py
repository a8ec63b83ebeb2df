"""Forge and damage tokens without asking the site."""

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any

# Keys from tutorials; a real word list has millions.
FIVE_WORDS = ("secret", "dev", "changeme", "pigeon", "hard to guess string")


def damaged_tokens(token: str) -> Iterator[tuple[str, str]]:
    """Yield ten damaged or forged tokens, each with a description; the app's key is not used."""
    start, payload, signature = token.split(".")
    later = encoded(json.dumps(claims(token) | {"exp": 4102444800}).encode())
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    yield (
        "A changed signature",
        f"{start}.{payload}.{signature[:middle]}{other}{signature[middle + 1 :]}",
    )
    yield "A later end under the old signature", f"{start}.{later}.{signature}"
    for word in ("", *FIVE_WORDS[:2]):
        made = encoded(hmac.digest(word.encode(), f"{start}.{later}".encode(), "sha512"))
        yield "A token signed with a key of one's own", f"{start}.{later}.{made}"
    yield "Text that is no token", "hello"
    yield "A token without its last part", f"{start}.{payload}"
    yield "A token cut short", token[:-1]
    yield "A token with a dot at its end", f"{token}."
    yield "Bytes that are no text", "%ff%00"


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a token, as anybody can read them."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def encoded(data: bytes) -> str:
    """Return bytes in the encoding of tokens."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def is_key_of_token(word: str, token: str) -> bool:
    """Return whether a token was signed with this word as the key."""
    start, _, signature = token.rpartition(".")
    return encoded(hmac.digest(word.encode(), start.encode(), "sha512")) == signature


def session_signer(word: str) -> Any:
    """Return a signer for Flask sessions with this key."""
    from flask import Flask
    from flask.sessions import SecureCookieSessionInterface

    app = Flask("attacker")
    app.secret_key = word
    return SecureCookieSessionInterface().get_signing_serializer(app)


def is_key_of_cookie(word: str, cookie: str) -> bool:
    """Return whether a session cookie was signed with this word as the key."""
    from itsdangerous import BadSignature

    try:
        session_signer(word).loads(cookie)
    except BadSignature:
        return False
    return True
