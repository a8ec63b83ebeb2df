"""What a page, a mail or a token must not show: keys, stored passwords, confirmation tokens."""

import html
import re
from collections.abc import Iterable

import jwt

_PART = 16  # characters in a row of a secret key that give it away
_TOKEN = re.compile(r"[\w-]{9,}\.[\w-]{9,}\.[\w-]{9,}")


def leak(text: str, key: str, hashes: Iterable[object]) -> str:
    """Return the name of what a text shows of the app's secrets, or an empty text."""
    shown = html.unescape(text)
    if any(key[place : place + _PART] in shown for place in range(0, len(key), _PART)):
        return "the secret key of the app"
    if any(stored and str(stored) in shown for stored in hashes):
        return "the stored form of a password"
    return ""


def tokens_in(text: str) -> list[str]:
    """Return the confirmation tokens in a text, good ones or not."""
    return [found for found in _TOKEN.findall(text) if _confirms(found)]


def _confirms(token: str) -> bool:
    try:
        return "confirm_id" in jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
