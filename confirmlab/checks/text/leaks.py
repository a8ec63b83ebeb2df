"""Find what a page, mail or token must not show: keys, password hashes, confirmation tokens."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

import jwt

_PART = 16  # consecutive characters of a secret key that count as a leak
_FORM_TOKEN = re.compile(r"<[^>]*csrf_token[^>]*>")
_RUN = re.compile(r"[\w+/=-]{20,}", re.ASCII)
_ENCODED = re.compile(r"[\w+/-]{16,}", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_LONG_RUN = re.compile(r"[\w-]{120,}", re.ASCII)
_LONGEST = 140  # characters without a space in an app's usual text; a hash has 128
_MIN_VARYING_BYTES = 12  # a key with fewer varying bytes is too short; the shortest hashes have 16
# Share of changed characters from which a key is a hash; hex digits change 15 of 16.
_MIN_CHANGED_SHARE = 0.5
_TOKEN = re.compile(r"[\w-]{9,}\.[\w-]{9,}\.[\w-]{9,}")


def leak(text: str, key: str, hashes: Iterable[object]) -> str:
    """Return the name of what a text shows of the app's secrets, or an empty text.

    A part of a secret counts, too, and so does one that is reversed, or in hex or base64.
    """
    plain = html.unescape(text)
    shown = "\n".join([plain, *_bytes_in(plain)]).lower()
    shown += shown[::-1]
    parts = {shown[at : at + _PART] for at in range(len(shown))}  # once, for many hashes
    if _has_part(shown, parts, key):
        return "the secret key of the app"
    for stored in {str(value) for value in hashes if value}:
        # Behind the last $ is the hash itself; method and salt come before it.
        if stored.lower() in shown or _has_part(shown, parts, stored.rpartition("$")[2]):
            return "the stored form of a password"
    return ""


def _has_part(shown: str, parts: set[str], secret: str) -> bool:
    secret = secret.lower()
    if len(secret) < _PART:
        return bool(secret) and secret in shown
    return any(secret[at : at + _PART] in parts for at in range(len(secret) - _PART + 1))


def _bytes_in(text: str) -> Iterator[str]:
    """Yield the decoded forms of hex digits or base64 in a text, as text and in hex digits."""
    for run in _ENCODED.findall(text):
        standard = run.replace("-", "+").replace("_", "/")
        for start in range(4):  # characters before it may belong to the same alphabet
            whole = standard[start : start + (len(run) - start) // 4 * 4]
            yield from _in_two_ways(binascii.a2b_base64(whole))
    for run in _HEX.findall(text):
        for start in range(2):
            yield from _in_two_ways(bytes.fromhex(run[start : start + len(run[start:]) // 2 * 2]))


def _in_two_ways(found: bytes) -> tuple[str, str]:
    return found.decode("latin-1"), found.hex()


def tokens_in(text: str) -> list[str]:
    """Return the confirmation tokens in a text, good ones or not, in some spellings."""
    spellings = [text, text[::-1], codecs.encode(text, "rot13"), *_decoded(text)]
    return [
        found for spelling in spellings for found in _TOKEN.findall(spelling) if _confirms(found)
    ]


def _decoded(text: str) -> Iterator[str]:
    for run in _LONG_RUN.findall(text):
        with suppress(ValueError):
            yield base64.urlsafe_b64decode(run + "===").decode("ascii")


def disguised(text: str) -> list[str]:
    """Return the runs of characters in a text that hold a token, perhaps in another spelling.

    Reversed, encoded or cut in parts, it is still longer than any word, and looks like no word.
    """
    runs = _RUN.findall(_FORM_TOKEN.sub(" ", text))
    return [run for run in runs if len(run) > _LONGEST or _is_mixed(run)]


def reveals_secret(key: bytes, secret: str) -> bool:
    """Return whether a key contains a part of a secret in some spelling, or is easy to reverse."""
    parts = [secret[place : place + _PART].encode() for place in range(0, len(secret), _PART // 2)]
    spellings = [key, key[::-1]]
    for undo in (binascii.unhexlify, binascii.a2b_base64):
        with suppress(ValueError):  # it is not spelt in this way
            spellings.append(undo(key))
    known = [spelling.lower() for spelling in spellings]
    changes = {one ^ other for one, other in zip(key, secret.encode(), strict=False)}
    return len(changes) < 3 or any(part.lower() in text for part in parts for text in known)


def changes_like_a_hash(key: bytes, near: bytes | None, far: bytes | None) -> bool:
    """Return whether almost all of a key changes with each character of its secret, as in a hash.

    `near` is the key with one character of the secret changed, `far` the one with another secret.
    A hash changes everywhere, in any spelling; an encoding or another order of the characters
    changes in one place. Bytes that are always the same, such as a label, do not count.
    """
    if near is None or far is None:
        return False
    bytes_of_each = zip(key, near, far, strict=False)
    moved = [own != by_near for own, by_near, by_far in bytes_of_each if own != by_far]
    return sum(moved) > len(moved) * _MIN_CHANGED_SHARE


def is_short(key: bytes, far: bytes | None) -> bool:
    """Return whether few bytes of a key depend on its secret; repeated ones count once.

    `far` is the key of another secret, as in `changes_like_a_hash`.
    """
    period = next(n for n in range(1, len(key) + 1) if key == (key[:n] * len(key))[: len(key)])
    changed = (own != other for own, other in zip(key[:period], far or b"", strict=False))
    return sum(changed) < _MIN_VARYING_BYTES


def _is_mixed(run: str) -> bool:
    return all(re.search(kind, run) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _confirms(token: str) -> bool:
    try:
        return "confirm_id" in jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
