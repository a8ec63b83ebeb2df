"""A mail as a value, parsed from its raw bytes."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses
from itertools import islice
from typing import SupportsIndex, overload

from confirmlab.base.errors import MailError
from confirmlab.mail import links, mime
from confirmlab.mail.envelope import unpack

_MOST_LINKS = 500


class Links(tuple[str, ...]):
    """The links of a mail, in order."""

    to: str = ""  # to whom the mail went

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> str: ...

    @overload
    def __getitem__(self, index: slice, /) -> tuple[str, ...]: ...

    def __getitem__(self, index: SupportsIndex | slice, /) -> str | tuple[str, ...]:
        """Return one link, or several.

        Raises:
            MailError: the mail has no such link.
        """
        try:
            return super().__getitem__(index)
        except IndexError:
            count = f"{len(self)} link{'' if len(self) == 1 else 's'}" if self else "no link"
            raise MailError(
                f"There is no links[{index}]: this mail to {self.to!r} holds {count}. Look at its "
                "text, or wait for another mail with inbox.wait(to=…, subject=…)."
            ) from None


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
    links: Links
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]
    source: str
    size: int

    def __repr__(self) -> str:
        return f"<Mail {self.subject!r} to {', '.join(self.to) or 'nobody'}>"


def parse(mail_id: str, packed: bytes, received: datetime | None = None) -> Mail:
    """Return a parsed mail; broken headers, parts and encodings are kept as raw text."""
    recipients, content = unpack(packed)
    source = _as_text(content)
    headers: tuple[tuple[str, str], ...] = ()
    texts: list[str] = [source]
    pages: list[str] = []
    names: list[str] = []
    # The standard library raises almost any exception on hostile mails: for an unknown charset,
    # a broken header, parts nested a thousand deep.
    with suppress(Exception):
        message, left_out = mime.parse(content)
        headers = tuple(_headers(message))
        if left_out:
            headers += (("…", f"{left_out:,} more headers; the source has them"),)
        texts, pages, names = _parts(message)
    found = Links(dict.fromkeys(islice(links.find(texts, pages), _MOST_LINKS)))
    to = recipients or _addresses(headers)
    found.to = ", ".join(to)
    return Mail(
        id=mail_id,
        sender=_first_header(headers, "from"),
        to=to,
        subject=_first_header(headers, "subject"),
        received=received or datetime.now(UTC),
        text="\n".join(texts),
        html="\n".join(pages) if pages else None,
        links=found,
        headers=headers,
        attachments=tuple(names),
        source=source,
        size=len(content),
    )


def _headers(message: Message) -> Iterator[tuple[str, str]]:
    for name, value in message.items():
        yield mime.clean(name), mime.clean(str(value))


def _parts(message: Message) -> tuple[list[str], list[str], list[str]]:
    texts: list[str] = []
    pages: list[str] = []
    names: list[str] = []
    for kind, name, part in mime.leaves(message):
        if kind == "attachment":
            names.append(name or f"without a name ({part.get_content_type()})")
        else:
            (texts if kind == "text" else pages).append(_body(part))
    return texts, pages, names


def _body(part: Message) -> str:
    data = mime.content_of(part)
    charset = part.get_content_charset("utf-8")
    with suppress(LookupError, UnicodeDecodeError, ValueError):
        return data.decode("utf-8" if charset == "us-ascii" else charset).replace("\r\n", "\n")
    return _as_text(data)


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _first_header(headers: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _addresses(headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    values = [value for key, value in headers if key.lower() in ("to", "cc")]
    with suppress(Exception):
        return tuple(address for _, address in getaddresses(values) if address)
    return ()
