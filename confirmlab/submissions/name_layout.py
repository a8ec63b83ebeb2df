"""A layout of file names, and what is read from a name that fits it.

Groups of its regular expressions: `who` is the learner's name, `login` and `number` distinguish
learners of one name, and `rest` is the name that the learner gave the file. `when` or `version`
orders the attempts at one `task`; the last one counts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from confirmlab.submissions.name_parts import moment, one_spelling


@dataclass(frozen=True)
class ParsedName:
    """What a layout reads from a path: the learner, the attempt and the file's own name."""

    layout: str
    who: str
    number: str = ""
    login: str = ""
    rest: str = ""
    late: bool = False
    online: bool = False  # text that was typed into the website
    receipt: bool = False  # a file that the platform wrote
    task: str = ""
    when: datetime | None = None
    written: str = ""  # the time as written in the name, even in an unknown format
    attempt: int = 0
    prefix: str = ""  # the platform's prefix before the file's own name

    @property
    def learner(self) -> tuple[str, str]:
        """Return the key that identifies the learner in all of the download's names."""
        return self.who, self.number or self.login

    @property
    def undated(self) -> bool:
        """Return whether the name has a time in an unknown format."""
        return bool(self.written) and self.when is None

    def __repr__(self) -> str:
        return f"<ParsedName {self.layout}: {self.rest!r}>"


@dataclass(frozen=True)
class Layout:
    """How one platform names files: a row of the table."""

    name: str
    title: str
    path: str
    source: str  # where the names are documented
    examples: Mapping[str, str]  # path → learner
    numbered_anew: bool = False  # learners have another number in each assignment
    shared: bool = False  # each learner gets all of the first folder, which is the team's
    sure: bool = True  # False if files are named so by chance, too: then all must fit

    def __repr__(self) -> str:
        return f"<Layout {self.name}>"

    @cached_property
    def parts(self) -> tuple[re.Pattern[str], ...]:
        """Return the pattern of each part of the path."""
        return tuple(re.compile(part, re.DOTALL) for part in self.path.split("/"))

    @property
    def wrapped(self) -> bool:
        """Return whether the learners' files are in a folder whose name the platform chose."""
        return not self.parts[0].groups

    def parse(self, names: Sequence[str]) -> ParsedName | None:
        """Parse the first parts of a path; return None if they do not fit or name no learner."""
        groups: dict[str, str] = {}
        for pattern, name in zip(self.parts, names, strict=False):
            match = pattern.fullmatch(name)
            if match is None:
                return None
            groups |= {key: value for key, value in match.groupdict().items() if value}
        return _parsed(self, groups, names[-1]) if {"who", "login"} & set(groups) else None


def _parsed(layout: Layout, groups: Mapping[str, str], name: str) -> ParsedName:
    rest = groups.get("rest", "")
    if "stem" in groups:
        rest = groups["stem"] + groups["ext"]
    who = groups.get("who") or groups["login"]
    if layout.name.startswith("ilias"):
        who = who.replace("_", " ")
    return ParsedName(
        layout.name,
        one_spelling(who).strip(", "),
        groups.get("number", ""),
        one_spelling(groups.get("login", "")),
        rest,
        late="late" in groups,
        online="online" in groups or bool(re.fullmatch(r"prompt_\d+\.txt", rest)),
        receipt="receipt" in groups,
        task=groups.get("task", ""),
        when=moment(groups.get("when", "")),
        written=groups.get("when", ""),
        attempt=int(groups.get("version", 0)),
        prefix=name.removesuffix(rest) if rest else name,
    )
