"""Decode a token without trusting it, and explain PyJWT's verdict."""

import hashlib
import json
import re
import warnings
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from confirmlab.base.errors import KitError

_PARTS = ("header", "payload", "signature")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True)
class Token:
    """What can be read in a token without a key, and the verdict if a key was tried."""

    raw: str
    header: Mapping[str, Any] | None  # None where it does not decode
    claims: Mapping[str, Any] | None
    signature: bytes
    times: tuple[tuple[str, str], ...] = ()  # name of a claim, and its time in words
    problem: str = ""
    verdict: str = ""
    accepted: bool | None = None  # None until a key was tried
    error: str = ""  # class of the exception that refused it

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the token split at its dots."""
        return tuple(self.raw.split("."))

    @property
    def fingerprint(self) -> str:
        """Return the signature's length, beginning and end."""
        if len(self.signature) <= 8:
            return f"{len(self.signature)} bytes: {self.signature.hex(' ') or 'empty'}"
        start, end = self.signature[:4].hex(" "), self.signature[-2:].hex(" ")
        return f"{len(self.signature)} bytes: {start} … {end}"

    def __repr__(self) -> str:
        if self.header is None or self.claims is None:
            return f"<Token that does not decode, {len(self.raw)} characters>"
        return f"<Token {self.header.get('alg')!s}, claims: {', '.join(self.claims) or 'none'}>"


def take_apart(token: str | bytes, now: datetime | None = None) -> Token:
    """Decode the parts of a token without verifying it."""
    raw = _text(token)
    parts = raw.split(".")
    problems = []
    if not raw:
        problems.append("There is no token here, only an empty text; look at what made it.")
        parts = []
    elif len(parts) != 3:
        problems.append(f"A token has three parts with dots between them; this has {len(parts)}.")
    moment = _with_zone(now or datetime.now(UTC))
    decoded: list[Any] = [None, None, b""]
    for place, part in enumerate(parts[:3]):
        try:
            decoded[place] = _decode(part, place)
        except (ValueError, RecursionError) as error:
            problems.append(f"The {_PARTS[place]} does not decode: {_reason(error)}.")
    header, claims, signature = decoded
    times = tuple(_times(claims or {}, moment))
    return Token(raw, header, claims, signature, times, " ".join(problems))


def examine(
    token: str | bytes,
    key: Any,
    algorithms: str | Sequence[str] = ("HS512",),
    now: datetime | None = None,
    audience: str | None = None,
) -> Token:
    """Verify a token with PyJWT, and explain the result in a sentence."""
    import jwt

    moment = _with_zone(now or datetime.now(UTC))
    parts = take_apart(token, moment)
    accepts = [algorithms] if isinstance(algorithms, str) else list(algorithms)
    conditions = f"{' or '.join(accepts)}, {_named(key)}"
    conditions += f", the audience {audience!r}" if audience else ""
    conditions += f", {moment.astimezone(UTC):%H:%M:%S} UTC"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            _verify(parts.raw, key, accepts, now, audience)
        except jwt.InvalidTokenError as error:
            words, accepted, name = f"Refused for {conditions}", False, type(error).__name__
            words += f": {name}: {str(error).rstrip('.')}."
        except Exception as error:  # a key of None, or an unknown algorithm
            words, accepted, name = f"Not examined for {conditions}", None, type(error).__name__
            words += f": {name}: {str(error).rstrip('.')}. This is about the key, not the token."
        else:
            words, accepted, name = f"Accepted for {conditions}: {_end(parts)}.", True, ""
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        words += f" PyJWT warns: {message.rstrip('.')}."
    return replace(parts, verdict=words, accepted=accepted, error=name)


def _with_zone(moment: datetime) -> datetime:
    """Return a moment with its time zone; without one it is local time, as for timestamp().

    Raises:
        KitError: it is no datetime.
    """
    if not isinstance(moment, datetime):
        raise KitError(
            f"now={moment!r} is no moment; give a datetime, such as datetime.now(UTC), or leave it "
            "out."
        )
    return moment.astimezone(UTC)


def _text(token: str | bytes) -> str:
    if isinstance(token, bytes):
        return token.decode("utf-8", "replace").strip()
    if isinstance(token, str):
        return token.strip()
    raise KitError(f"A token is text, and this is {token!r}. Give what jwt.encode() returned.")


def _decode(part: str, place: int) -> Any:
    if not re.fullmatch(r"[A-Za-z0-9_-]*=*", part):
        odd = re.sub(r"[A-Za-z0-9_=-]", "", part)[:1] or "="
        raise ValueError(f"{odd!r} is no character of base64url at that place")
    bare = part.rstrip("=")
    if len(bare) % 4 == 1:
        raise ValueError(
            f"its length of {len(bare)} fits no bytes; a character is missing, or one too many"
        )
    data = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    return data if place == 2 else _json_object(data)


def _json_object(data: bytes) -> dict[str, Any]:
    if not data:
        raise ValueError("it is empty")
    try:
        value = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("its bytes are no text") from None
    except ValueError:
        raise ValueError(f"its text is no JSON: {data[:40].decode('utf-8', 'replace')!r}") from None
    if not isinstance(value, dict):
        raise ValueError(f"it is JSON, but no object of claims: {str(value)[:40]!r}")
    return value


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "it is nested too deep"


def _times(claims: Mapping[str, Any], now: datetime) -> Any:
    words = {"exp": ("ends", "ended"), "nbf": ("begins", "began"), "iat": ("issued", "issued")}
    for name, (later, earlier) in words.items():
        if name not in claims:
            continue
        try:
            moment = datetime.fromtimestamp(claims[name], UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            yield name, f"{str(claims[name])[:40]!r} is no time"
            continue
        shown = f"{moment:%H:%M:%S} UTC"
        if moment.date() != now.astimezone(UTC).date():
            shown = f"on {moment.date().isoformat()} at {shown}"
        seconds = (moment - now).total_seconds()
        span = in_words(abs(seconds))
        # PyJWT already refuses a token in the second in which it ends.
        if seconds > 0:
            yield name, f"{later} {shown}, in {span}"
        else:
            yield name, f"{earlier} {shown}, {span} ago"


def in_words(seconds: float) -> str:
    """Return a duration in the largest unit that fits."""
    for size, unit in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a second"


def _named(key: Any) -> str:
    """Describe a key without revealing it."""
    data = key.encode() if isinstance(key, str) else key
    if not isinstance(data, bytes):
        return f"the key {key!r}" if key is None else f"a key of type {type(key).__name__}"
    return f"the key of {len(data)} bytes with fingerprint {hashlib.sha256(data).hexdigest()[:6]}"


def _verify(
    raw: str, key: Any, algorithms: list[str], now: datetime | None, audience: str | None
) -> None:
    import jwt

    # PyJWT always uses the clock; for another moment, times are checked below.
    options: Any = {f"verify_{name}": now is None for name in ("exp", "nbf", "iat")}
    claims = jwt.decode(raw, key, algorithms=algorithms, options=options, audience=audience)
    if now is None:
        return
    try:
        if "exp" in claims and int(claims["exp"]) <= now.timestamp():
            raise jwt.ExpiredSignatureError("Signature has expired")
        if any(int(claims[name]) > now.timestamp() for name in ("nbf", "iat") if name in claims):
            raise jwt.ImmatureSignatureError("The token is not yet valid")
    except (TypeError, ValueError) as error:
        raise jwt.DecodeError("A time in the token is no number") from error


def _end(token: Token) -> str:
    return dict(token.times).get("exp", "it never ends, since it has no exp claim")
