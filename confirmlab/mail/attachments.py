"""Extract a mail's attachments, under names that are safe to save."""

import re
from contextlib import suppress
from dataclasses import dataclass, field

from confirmlab.mail.message import content_of, leaves, parsed, unpack

_LONGEST_NAME = 100
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class Attachment:
    """One file that came with a mail."""

    name: str
    kind: str
    data: bytes = field(repr=False)
    content_id: str = ""  # by which the HTML of the mail shows it

    @property
    def is_picture(self) -> bool:
        """Return whether it is an image of a kind that cannot contain scripts."""
        return self.kind in _PICTURES


def take_out(packed: bytes) -> tuple[Attachment, ...]:
    """Return the attachments of a mail, in the mail's order."""
    found: list[Attachment] = []
    with suppress(Exception):  # as with all of a hostile mail
        message, _ = parsed(unpack(packed)[1])
        for kind, name, part in leaves(message):
            if kind == "attachment":
                data = content_of(part)
                shown = re.sub(r"[^\w.+/-]", "", part.get_content_type())
                content_id = str(part.get("Content-ID", "")).strip().strip("<>")
                found.append(Attachment(safe_name(name, len(found)), shown, data, content_id))
    return tuple(found)


def safe_name(name: str, number: int = 0) -> str:
    """Return a file name without folders, hidden characters or header breaks."""
    last = re.split(r"[/\\]", name)[-1]
    # Windows forbids these; a pair of letters swapped by a hidden sign would show a false ending.
    kept = "".join("_" if c in '<>:"|?*;' else c for c in last if c.isprintable())
    kept = kept.strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _LONGEST_NAME:
        kept = f"{stem[: _LONGEST_NAME - 20]}{dot}{ending[:19]}" if dot else kept[:_LONGEST_NAME]
    return kept or f"attachment-{number + 1}"
