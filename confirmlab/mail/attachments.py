"""A mail's attachments, under names that are safe to save."""

import re
from contextlib import suppress
from dataclasses import dataclass, field

from confirmlab.mail.envelope import unpack
from confirmlab.mail.mime import content_of, leaves, parse

_LONGEST_NAME = 100
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class Attachment:
    """One file that came with a mail."""

    name: str
    kind: str
    data: bytes = field(repr=False)
    content_id: str = ""  # used by the mail's HTML to show it

    @property
    def is_picture(self) -> bool:
        """Return whether it is an image of a kind that cannot contain scripts."""
        return self.kind in _PICTURES


def extract(packed: bytes) -> tuple[Attachment, ...]:
    """Return the attachments of a mail, in the mail's order."""
    attachments: list[Attachment] = []
    with suppress(Exception):  # the parser may raise anything on a hostile mail
        message, _ = parse(unpack(packed)[1])
        for kind, name, part in leaves(message):
            if kind == "attachment":
                data = content_of(part)
                mime_type = re.sub(r"[^\w.+/-]", "", part.get_content_type())
                content_id = str(part.get("Content-ID", "")).strip().strip("<>")
                file_name = safe_name(name, len(attachments))
                attachments.append(Attachment(file_name, mime_type, data, content_id))
    return tuple(attachments)


def safe_name(name: str, number: int = 0) -> str:
    """Return a file name without folders, hidden characters or header breaks."""
    last = re.split(r"[/\\]", name)[-1]
    # Windows forbids these; hidden characters could disguise the file's ending.
    kept = "".join("_" if c in '<>:"|?*;' else c for c in last if c.isprintable())
    kept = kept.strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _LONGEST_NAME:
        kept = f"{stem[: _LONGEST_NAME - 20]}{dot}{ending[:19]}" if dot else kept[:_LONGEST_NAME]
    return kept or f"attachment-{number + 1}"
