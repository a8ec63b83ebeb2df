"""Take one mail apart: raw bytes in, a value out, whatever the bytes are."""

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import Message
from email.utils import getaddresses
from functools import lru_cache
from html import unescape
from typing import Any

_LINK = re.compile(r"https?://[^\s<>\"'\\^`{|}]{1,4000}", re.IGNORECASE)
# All in it is bounded: html.parser takes minutes for a few kilobytes of hostile tags.
ANCHOR = re.compile(
    r"""<(?:a|area)\s[^<>]{0,2000}?\bhref\s{0,9}=\s{0,9}"""
    r"""(?P<target>"[^"]{0,4000}"|'[^']{0,4000}'|[^\s"'<>]{1,4000})""",
    re.IGNORECASE,
)
_ENVELOPE = re.compile(rb"(Return-Path|Delivered-To): ([^\r\n]*)\n")
_LONGEST_HEADER = 10_000  # the parser's time grows with the square of the length


@dataclass(frozen=True)
class Mail:
    """Hold one mail as it arrived, readable in every part."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    received: datetime
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    links: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]
    source: str
    size: int

    def __repr__(self) -> str:
        return f"<Mail {self.subject!r} to {', '.join(self.to) or 'nobody'}>"


def pack(content: bytes, sender: str, recipients: list[str]) -> bytes:
    """Note above a mail whom the envelope named, the way mail servers do."""
    # A Bcc stands only in the envelope, and a header can say anything.
    notes = [*(("Delivered-To", one) for one in recipients), ("Return-Path", sender)]
    lines = [f"{name}: {' '.join(value.split())}\n" for name, value in notes]
    return "".join(lines).encode("utf-8", "replace") + content


def addressed(packed: bytes, to: str) -> bool:
    """Say whether the envelope of a mail names this address, or nobody at all."""
    recipients, _ = unpack(packed)
    return not recipients or named(recipients, to)


def named(recipients: tuple[str, ...], to: str) -> bool:
    """Say whether an address is among these, in whatever case."""
    return to.strip().lower() in (one.lower() for one in recipients)


def parse(mail_id: str, packed: bytes, received: datetime | None = None) -> Mail:
    """Read a mail; broken headers, parts and encodings are shown as they are, never raised."""
    recipients, content = unpack(packed)
    source = _legible(content)
    headers: tuple[tuple[str, str], ...] = ()
    texts, pages, names = [source], [], []
    # The parser of the standard library raises nearly anything on hostile mails: an unknown
    # charset, a header of nonsense, parts nested a thousand deep.
    with suppress(Exception):
        message = email.message_from_bytes(content, policy=Lenient())
        headers = tuple(_headers(message))
        texts, pages, names = _parts(message)
    text, html = (texts[0] if texts else ""), (pages[0] if pages else None)
    return Mail(
        id=mail_id,
        sender=_first(headers, "from"),
        to=recipients or _addresses(headers),
        subject=_first(headers, "subject"),
        received=received or datetime.now(UTC),
        text=text,
        html=html,
        links=_links(text, html),
        headers=headers,
        attachments=tuple(names),
        source=source,
        size=len(content),
    )


class Lenient(policy.EmailPolicy):
    """Read headers as policy.default does, but let none of them raise or take for ever."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Read one header, or give it as it stands."""
        return _header(name, str(value)[:_LONGEST_HEADER])


@lru_cache(maxsize=32)  # while one mail is read, its parser asks for the same few forty times
def _header(name: str, value: str) -> Any:
    if not value.isascii():  # raw 8-bit, which the standard library would blot out
        return _clean("".join(value.splitlines()))
    try:
        return policy.default.header_fetch_parse(name, value)
    except Exception:
        return _clean("".join(value.splitlines()))


def unpack(packed: bytes) -> tuple[tuple[str, ...], bytes]:
    """Give the addresses that the envelope named, and the mail as it was sent."""
    recipients, start = [], 0
    while note := _ENVELOPE.match(packed, start):
        start = note.end()
        if note[1] == b"Return-Path":
            break  # the last of our notes; what follows is the mail's own
        recipients.append(note[2].decode("utf-8", "replace"))
    return tuple(recipients), packed[start:]


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    for name, value in message.items():
        yield _clean(name), _clean(str(value))


def _parts(message: Message) -> tuple[list[str], list[str], list[str]]:
    texts, pages, names = [], [], []
    for kind, name, part in leaves(message):
        if kind == "attachment":
            names.append(name or f"without a name ({part.get_content_type()})")
        else:
            (texts if kind == "text" else pages).append(_body(part))
    return texts, pages, names


def leaves(message: Message) -> Iterator[tuple[str, str, Message]]:
    """Go through what a mail holds: text, html or attachment, its name, and the part itself."""
    for part in message.walk():
        kind, name = part.get_content_type(), part.get_filename()
        if part.is_multipart():
            continue
        attached = name or part.get_content_disposition() == "attachment"
        shown = None if attached else {"text/plain": "text", "text/html": "html"}.get(kind)
        yield shown or "attachment", _clean(name or ""), part


def _body(part: Message) -> str:
    data = part.get_payload(decode=True) or b""
    charset = part.get_content_charset("utf-8")
    with suppress(LookupError, UnicodeDecodeError, ValueError):
        return data.decode("utf-8" if charset == "us-ascii" else charset).replace("\r\n", "\n")
    return _legible(data)


def _legible(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _clean(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _addresses(headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    values = [value for key, value in headers if key.lower() in ("to", "cc")]
    with suppress(Exception):
        return tuple(address for _, address in getaddresses(values) if address)
    return ()


def _links(text: str, page: str | None) -> tuple[str, ...]:
    found = [_end(link[0]) for link in _LINK.finditer(text)]
    first, *rest = (page or "").split("<!--")
    seen = first + "".join(part.partition("-->")[2] for part in rest)
    anchors = [unescape(anchor["target"]).strip("\"' \n") for anchor in ANCHOR.finditer(seen)]
    found += [target for target in anchors if re.match("https?://", target, re.IGNORECASE)]
    return tuple(dict.fromkeys(found))


def _end(link: str) -> str:
    """Cut off the stop or bracket that belongs to the sentence around a link."""
    while link[-1] in ".,;:!?*_" or (link[-1] in ")]" and _unpaired(link)):
        link = link[:-1]
    return link


def _unpaired(link: str) -> bool:
    opening = "(" if link[-1] == ")" else "["
    return link.count(link[-1]) > link.count(opening)
