"""Parse the MIME structure of a mail in bounded time, whatever its bytes are."""

import email
import re
from collections.abc import Iterator
from email import policy
from email.generator import BytesGenerator
from email.message import Message
from functools import lru_cache
from io import BytesIO
from typing import Any, cast

_LONGEST_HEADER = 10_000  # the parser's time grows with the square of the length
# The parser takes up to a millisecond for each header and each part.
_MOST_HEADERS = 200
_MOST_PARTS = 300
_HEADER_END = re.compile(rb"^\r?\n", re.MULTILINE)
_HEADER_START = re.compile(rb"\n(?![ \t])")
_READ_ALWAYS = re.compile(rb"(content-[a-z-]+|mime-version|from|to|cc|subject):", re.IGNORECASE)
_AS_IT_CAME = policy.compat32.clone(max_line_length=0)


def parse(content: bytes) -> tuple[Message, int]:
    """Return the parsed mail, and the number of headers left out to keep parsing fast."""
    bounded, left_out = _bound(content)
    return email.message_from_bytes(bounded, policy=_Lenient()), left_out


def _bound(content: bytes) -> tuple[bytes, int]:
    """Return a mail cut to the headers and parts to parse, and the number of headers cut."""
    end = _HEADER_END.search(content)
    head, body = (content[: end.start()], content[end.start() :]) if end else (content, b"")
    left_out = 0
    if head.count(b"\n") > _MOST_HEADERS:
        lines = _HEADER_START.split(head)
        later = [line for line in lines[_MOST_HEADERS:] if _READ_ALWAYS.match(line)]
        kept = lines[:_MOST_HEADERS] + later[:20]
        left_out = len(lines) - len(kept) - 1  # the text after the last line end is empty
        head = b"\n".join(kept) + b"\n"
    if b"multipart/" in head.lower() and body.count(b"\n--") > _MOST_PARTS:
        body = b"\n--".join(body.split(b"\n--", _MOST_PARTS)[:_MOST_PARTS])
    return head + body, max(0, left_out)


class _Lenient(policy.EmailPolicy):
    """Like policy.default, but never raises on a header and never takes long."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return a parsed header, or its raw text if it cannot be parsed."""
        return _header(name, str(value)[:_LONGEST_HEADER])


@lru_cache(maxsize=32)  # the parser asks for the same few headers forty times a mail
def _header(name: str, value: str) -> Any:
    if not value.isascii():  # raw 8-bit text, which policy.default would replace
        return clean("".join(value.splitlines()))
    try:
        return policy.default.header_fetch_parse(name, value)
    except Exception:
        return clean("".join(value.splitlines()))


def leaves(message: Message) -> Iterator[tuple[str, str, Message]]:
    """Yield the parts of a mail: text, html or attachment, its name, and the part itself.

    A mail inside the mail is one attachment; nothing in it is a part of the outer mail.
    """
    kind, name = message.get_content_type(), clean(message.get_filename() or "")
    if message.get_content_maintype() == "message":
        if kind == "message/delivery-status" and not name:  # a mail server's report to people
            yield "text", "", message
        else:
            yield "attachment", name or _titled(message), message
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
    """Return a file name for a mail that is attached to a mail."""
    inner = _inside(part)[0] if part.is_multipart() else part
    subject = clean(str(inner.get("Subject", ""))) if inner is not part else ""
    return f"{subject or 'message'}.eml"


def content_of(part: Message) -> bytes:
    """Return the decoded bytes of a part; a mail inside the mail is serialised."""
    if not part.is_multipart():
        return cast(bytes, part.get_payload(decode=True)) or b""
    written = BytesIO()
    for inner in _inside(part):
        BytesGenerator(written, mangle_from_=False, policy=_AS_IT_CAME).flatten(inner)
    return written.getvalue()


def clean(text: str) -> str:
    """Return a text with undecodable bytes replaced by a replacement character."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
