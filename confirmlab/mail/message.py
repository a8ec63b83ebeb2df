"""Parse a mail: raw bytes in, a value out, whatever the bytes are."""

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.generator import BytesGenerator
from email.message import Message
from email.utils import getaddresses
from functools import lru_cache
from html import unescape
from io import BytesIO
from itertools import islice
from typing import Any, cast

_LINK = re.compile(r"https?://[^\s<>\"'\\^`{|}]{1,4000}", re.IGNORECASE)
# All in it is bounded: html.parser takes minutes for a few kilobytes of hostile tags.
ANCHOR = re.compile(
    r"""<(?:a|area)\s[^<>]{0,2000}?\bhref\s{0,9}=\s{0,9}"""
    r"""(?P<target>"[^"]{0,4000}"|'[^']{0,4000}'|[^\s"'<>]{1,4000})""",
    re.IGNORECASE,
)
_ENVELOPE = re.compile(rb"(Return-Path|Delivered-To): ([^\r\n]*)\n")
_LONGEST_HEADER = 10_000  # the parser's time grows with the square of the length
# The parser takes up to a millisecond for each header and each part.
_MOST_HEADERS = 200
_MOST_PARTS = 300
_MOST_LINKS = 500
_HEADER_END = re.compile(rb"^\r?\n", re.MULTILINE)
_HEADER_START = re.compile(rb"\n(?![ \t])")
_READ_ALWAYS = re.compile(rb"(content-[a-z-]+|mime-version|from|to|cc|subject):", re.IGNORECASE)
_AS_IT_CAME = policy.compat32.clone(max_line_length=0)


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived, with each of its parts."""

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
    """Return the mail's bytes below headers with the envelope's addresses."""
    # A Bcc stands only in the envelope, and a header can say anything.
    notes = [*(("Delivered-To", one) for one in recipients), ("Return-Path", sender)]
    lines = [f"{name}: {' '.join(value.split())}\n" for name, value in notes]
    return "".join(lines).encode("utf-8", "replace") + content


def addressed(packed: bytes, to: str) -> bool:
    """Return whether the envelope names this address, or nobody at all."""
    recipients, _ = unpack(packed)
    return not recipients or named(recipients, to)


def named(recipients: tuple[str, ...], to: str) -> bool:
    """Return whether an address is among these, in any case and any spelling of its domain."""
    wanted = _spellings(to)
    return any(not wanted.isdisjoint(_spellings(one)) for one in recipients)


@lru_cache(maxsize=1000)
def _spellings(address: str) -> frozenset[str]:
    """Return an address in lower case, and with its domain as the DNS spells it."""
    plain = address.strip().lower()
    name, at, domain = plain.rpartition("@")
    found = {plain}
    if not domain.isascii():
        # Flask-Mail spells domains by the older standard, email-validator by the newer one.
        with suppress(UnicodeError):
            found.add(f"{name}{at}{domain.encode('idna').decode()}")
        with suppress(ImportError, UnicodeError):
            import idna

            found.add(f"{name}{at}{idna.encode(domain, uts46=True).decode()}")
    return frozenset(found)


def parse(mail_id: str, packed: bytes, received: datetime | None = None) -> Mail:
    """Parse a mail; broken headers, parts and encodings are shown as they are, never raised."""
    recipients, content = unpack(packed)
    source = _legible(content)
    headers: tuple[tuple[str, str], ...] = ()
    texts: list[str] = [source]
    pages: list[str] = []
    names: list[str] = []
    # The parser of the standard library raises nearly anything on hostile mails: an unknown
    # charset, a header of nonsense, parts nested a thousand deep.
    with suppress(Exception):
        message, left_out = parsed(content)
        headers = tuple(_headers(message))
        if left_out:
            headers += (("…", f"{left_out:,} more headers; the source has them"),)
        texts, pages, names = _parts(message)
    return Mail(
        id=mail_id,
        sender=_first(headers, "from"),
        to=recipients or _addresses(headers),
        subject=_first(headers, "subject"),
        received=received or datetime.now(UTC),
        text="\n".join(texts),
        html="\n".join(pages) if pages else None,
        links=tuple(islice(dict.fromkeys(_links(texts, pages)), _MOST_LINKS)),
        headers=headers,
        attachments=tuple(names),
        source=source,
        size=len(content),
    )


def parsed(content: bytes) -> tuple[Message, int]:
    """Return a mail as the parser takes it, and how many headers were left out for its sake."""
    bounded, left_out = _bounded(content)
    return email.message_from_bytes(bounded, policy=_Lenient()), left_out


class _Lenient(policy.EmailPolicy):
    """A header policy like policy.default that neither raises nor takes long."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return a parsed header, or its raw text if it cannot be parsed."""
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
    """Return the envelope's addresses, and the mail as it was sent."""
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


def _bounded(content: bytes) -> tuple[bytes, int]:
    """Return what of a mail is parsed, and how many headers are left out."""
    end = _HEADER_END.search(content)
    head, body = (content[: end.start()], content[end.start() :]) if end else (content, b"")
    left_out = 0
    if head.count(b"\n") > _MOST_HEADERS:
        lines = _HEADER_START.split(head)
        later = [line for line in lines[_MOST_HEADERS:] if _READ_ALWAYS.match(line)]
        kept = lines[:_MOST_HEADERS] + later[:20]
        left_out = len(lines) - len(kept) - 1  # behind the last line end there is none
        head = b"\n".join(kept) + b"\n"
    if b"multipart/" in head.lower() and body.count(b"\n--") > _MOST_PARTS:
        body = b"\n--".join(body.split(b"\n--", _MOST_PARTS)[:_MOST_PARTS])
    return head + body, max(0, left_out)


def _parts(message: Message) -> tuple[list[str], list[str], list[str]]:
    texts: list[str] = []
    pages: list[str] = []
    names: list[str] = []
    for kind, name, part in leaves(message):
        if kind == "attachment":
            names.append(name or f"without a name ({part.get_content_type()})")
        else:
            (texts if kind == "text" else pages).append(_body(part))
    return texts, pages, names


def leaves(message: Message) -> Iterator[tuple[str, str, Message]]:
    """Yield the parts of a mail: text, html or attachment, its name, and the part itself.

    A mail inside the mail is one attachment; nothing in it is a part of the outer mail.
    """
    kind, name = message.get_content_type(), _clean(message.get_filename() or "")
    if message.get_content_maintype() == "message":
        # What a mail server reports about a delivery is made to be read.
        report = kind == "message/delivery-status" and not name
        yield ("text", "", message) if report else ("attachment", name or _titled(message), message)
    elif message.is_multipart():
        for part in _inside(message):
            yield from leaves(part)
    else:
        attached = name or message.get_content_disposition() == "attachment"
        shown = None if attached else {"text/plain": "text", "text/html": "html"}.get(kind)
        yield shown or "attachment", name, message


def _inside(message: Message) -> list[Message]:
    return cast(list[Message], message.get_payload())


def _titled(part: Message) -> str:
    """Return a file name for a mail inside a mail."""
    inner = _inside(part)[0] if part.is_multipart() else part
    subject = _clean(str(inner.get("Subject", ""))) if inner is not part else ""
    return f"{subject or 'message'}.eml"


def content_of(part: Message) -> bytes:
    """Return the bytes of a part, decoded; those of a mail inside the mail are written out."""
    if not part.is_multipart():
        return cast(bytes, part.get_payload(decode=True)) or b""
    written = BytesIO()
    for inner in _inside(part):
        BytesGenerator(written, mangle_from_=False, policy=_AS_IT_CAME).flatten(inner)
    return written.getvalue()


def _body(part: Message) -> str:
    data = content_of(part)
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


def _links(texts: list[str], pages: list[str]) -> Iterator[str]:
    for text in texts:
        yield from (_end(link[0]) for link in _LINK.finditer(text))
    for page in pages:
        first, *rest = page.split("<!--")
        seen = first + "".join(part.partition("-->")[2] for part in rest)
        for anchor in ANCHOR.finditer(seen):
            target = unescape(anchor["target"]).strip("\"' \n")
            if re.match("https?://", target, re.IGNORECASE):
                yield target


def _end(link: str) -> str:
    """Remove the full stop or bracket that follows a link in a sentence."""
    while link[-1] in ".,;:!?*_" or (link[-1] in ")]" and _unpaired(link)):
        link = link[:-1]
    return link


def _unpaired(link: str) -> bool:
    opening = "(" if link[-1] == ")" else "["
    return link.count(link[-1]) > link.count(opening)
