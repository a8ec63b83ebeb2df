"""Learners by the names of folders and files that no learning platform wrote."""

import os
import re
from collections.abc import Sequence
from functools import cache

from confirmlab.course import lessons
from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.lms_names import ParsedName
from confirmlab.submissions.name_parts import one_spelling

FOLDERS = "folders"  # the layout without a platform: a folder, zip or notebook for each learner
_BRANCH = re.compile(r"(?P<repository>.+)-(?:main|master)(?: ?\(\d+\))?")


def named(who: str, number: str = "", rest: str = "") -> ParsedName:
    """Return the parsed name of a learner."""
    return ParsedName(FOLDERS, one_spelling(who), number, rest=rest)


def parse(entry: FileEntry, whole: bool) -> ParsedName:
    """Return the learner by a name such as ada_03_the_user_model.ipynb or ada.

    With `whole`, all of the name is the learner's.
    """
    match = None if entry.is_folder or whole else _lesson_file().fullmatch(entry.name)
    if not match:
        return named(entry.stem)
    return named(match["who"], match["number"] or "", match["rest"])


@cache
def _lesson_file() -> re.Pattern[str]:
    """Return the pattern of a lesson's file with the learner's name before it, and a number."""
    names = "|".join(re.escape(lesson.name) for lesson in lessons.load().lessons)
    return re.compile(rf"(?P<who>.+?)(?:_(?P<number>\d+))?[ _-]+(?P<rest>(?:{names}).*)", re.DOTALL)


def of_clones(parent: str, submissions: Sequence[FileEntry]) -> dict[str, ParsedName]:
    """Return the learners of repositories named ASSIGNMENT-LEARNER, by folder or zip name.

    The assignment's name is known from the parent folder. If all names end with a branch, as zips
    of GitHub do, it is what all names begin with.
    """
    found = {entry.name: _BRANCH.fullmatch(entry.stem) for entry in submissions}
    names = {name: match["repository"] for name, match in found.items() if match}
    shared = ""
    if names and len(names) == len(submissions):
        start = os.path.commonprefix(sorted(set(names.values())))
        shared = start[: start.rfind("-") + 1] if len(set(names.values())) > 1 else ""
    else:
        names = {entry.name: entry.name for entry in submissions if entry.is_folder}
    given = parent.removesuffix("-submissions") + "-"
    prefix = given if all(name.startswith(given) for name in names.values()) else shared
    return {key: named(name.removeprefix(prefix) or name) for key, name in names.items()}
