"""Tell from a name alone whose file it is, as Canvas and Moodle name what they download."""

import re
from dataclasses import dataclass

# Moodle: "Ada Lovelace_12345_assignsubmission_file_", a folder, or with the file's name after it.
_MOODLE = re.compile(
    r"(?P<who>.*)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?", re.DOTALL
)
# Canvas: "lovelaceada_LATE_12345_67890_submission-1.zip": the learner's number, then the file's.
# No number of Canvas begins with 0, but those of the lessons do: ada_12_03_the_user_model.ipynb.
_CANVAS = re.compile(
    r"(?P<who>.+?)(?P<late>_LATE)?_(?P<number>\d+)_[1-9]\d*_(?P<rest>.+)", re.DOTALL
)
_UNNAMED = re.compile(
    r"(?P<late>LATE_)?(?P<who>anon_[A-Za-z0-9]+)_[1-9]\d*_(?P<rest>.+)", re.DOTALL
)
_ONLINE = re.compile(
    r"(?P<who>.+?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<rest>(?:text|link)\.html)", re.DOTALL
)
# What Canvas and browsers add to the name of a file that comes once more.
_AGAIN = re.compile(r"(?P<stem>.+?)(?:-(?P<canvas>\d{1,4})| ?\((?P<browser>\d{1,4})\))", re.DOTALL)


@dataclass(frozen=True)
class Named:
    """Hold what a name says: who handed it in, under which number, what its own name was."""

    who: str
    number: str
    rest: str
    late: bool = False
    online: bool = False  # typed into a form of the website, so no file

    def __repr__(self) -> str:
        return f"<Named {self.number} {self.rest!r}>"


def parse(name: str) -> Named | None:
    """Read the name of a downloaded file or folder; None if no LMS names things so."""
    if found := _MOODLE.fullmatch(name):
        rest, online = found["rest"] or "", found["kind"] != "file"
        return Named(found["who"], found["number"], rest, online=online)
    if found := _UNNAMED.fullmatch(name):
        return Named(found["who"], "", found["rest"], late=bool(found["late"]))
    if found := _CANVAS.fullmatch(name):
        return Named(found["who"], found["number"], found["rest"], late=bool(found["late"]))
    if found := _ONLINE.fullmatch(name):
        late = bool(found["late"])
        return Named(found["who"], found["number"], found["rest"], late, online=True)
    return None


def version(name: str) -> tuple[str, int]:
    """Take a file's name apart: what it was called, and for which time it came."""
    stem, dot, kind = name.rpartition(".")
    found = _AGAIN.fullmatch(stem)
    if not found:
        return name.casefold(), 0
    return f"{found['stem']}{dot}{kind}".casefold(), int(found["canvas"] or found["browser"])
