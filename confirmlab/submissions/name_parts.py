"""File name parts added by platforms and browsers: times, attempt numbers, Unicode form."""

import re
import unicodedata
from datetime import datetime, timezone

# Canvas and browsers number a file that is handed in or downloaded again: a-1.ipynb, a (1).ipynb.
_AGAIN = re.compile(r"(?P<stem>.+?)(?:-(?P<canvas>\d{1,4})| ?\((?P<browser>\d{1,4})\))", re.DOTALL)
_STAMPED = re.compile(r"(?P<when>20\d{12})_(?P<rest>.+)", re.DOTALL)  # as ILIAS does

_MOMENTS = (
    *("%Y-%m-%d-%H-%M-%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H-%M-%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H-%M"),
    "%Y-%m-%d %H:%M",
    *(f"{day} {hour}" for day in ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d %B, %Y")
      for hour in ("%I%M %p", "%I:%M %p", "%I.%M %p", "%H%M", "%H:%M", "%H.%M")),
)  # fmt: skip


def moment(text: str) -> datetime | None:
    """Return the time written in a name, taken as UTC; None if it is in no known form."""
    text = re.sub(r" (?:UTC|GMT)$|Z$", "", text.strip())
    text = re.sub(r"(\d) ?([AP])\.?M\.?$", r"\1 \2M", text.strip(), flags=re.IGNORECASE)
    text = re.sub(r" (\d{3})(?= [AP]M$|$)", r" 0\1", text)  # 926 PM → 0926 PM
    text = re.sub(r"(\d) [A-Z][A-Za-z]+/?\w*$", r"\1", text) if text[:4].isdigit() else text
    for form in _MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    return None


def version(name: str) -> tuple[str, int]:
    """Return a file's original name in lower case, and the number of its version."""
    name = one_spelling(name)
    if stamped := _STAMPED.fullmatch(name):
        return version(stamped["rest"])[0], int(stamped["when"])
    stem, dot, kind = name.rpartition(".")
    again = _AGAIN.fullmatch(stem)
    if not again:
        return name.casefold(), 0
    return f"{again['stem']}{dot}{kind}".casefold(), int(again["canvas"] or again["browser"])


def one_spelling(name: str) -> str:
    """Return a name in Unicode's composed form (NFC); macOS writes the decomposed one."""
    return unicodedata.normalize("NFC", name)
