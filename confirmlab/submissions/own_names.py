"""Learners by the names of folders and files that no learning platform wrote."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from confirmlab.course import lessons
from confirmlab.submissions import file_entries
from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.name_layout import ParsedName
from confirmlab.submissions.name_parts import one_spelling

FOLDERS = "folders"  # the layout without a platform: a folder, zip or notebook for each learner
# Words by which one learner tells versions of a file apart.
_VERSION = re.compile(
    r"(?i)(?:^|[\W_])(?:v|ver|version|old|new|final|draft|copy|copie|copia|kopie|backup|bak|fixed|fix"
    r"|done|finished|my|mine|me|solutions?|solved|answers?|submission|submitted|try|attempt|test"
    r"|checkpoint|alt|neu|fertig|abgabe|lösung|loesung|ok|good|better|last|latest|end)(?:$|[\W_\d])"
)
_BRANCH = re.compile(r"(?P<repository>.+)-(?:main|master)(?P<copy> ?\(\d+\))?")


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


def after_lessons(entries: Sequence[FileEntry]) -> dict[str, ParsedName]:
    """Return the learners of a class's files such as 03_the_user_model_ada.ipynb, by file name.

    Return none unless all notebooks are named so, for several learners; versions are not learners.
    """
    notebooks = [entry for entry in entries if ".ipynb" in entry.name.lower()]
    found = {entry.name: _lesson_and_name().fullmatch(entry.name) for entry in notebooks}
    named_so = {name: match for name, match in found.items() if match}
    learners = {one_spelling(match["who"]) for match in named_so.values()}
    copies = Counter(match["lesson"].lower() for match in named_so.values())
    is_class = len(named_so) == len(notebooks) and max(copies.values(), default=0) > 1
    if not is_class or len(learners) < 2 or any(_VERSION.search(who) for who in learners):
        return {}
    return {
        name: named(match["who"], rest=match["lesson"] + match["ending"])
        for name, match in named_so.items()
    }


def is_one_learner(entries: Sequence[FileEntry]) -> bool:
    """Return whether a folder with these entries is the submission of one learner."""
    return file_entries.is_submission(entries) and not after_lessons(entries)


@cache
def _lesson_file() -> re.Pattern[str]:
    """Return the pattern of a file of the course after the learner's name and a number."""
    names = f"{_lesson_names()}|my_app|submission"
    return re.compile(rf"(?P<who>.+?)(?:_(?P<number>\d+))?[ _-]+(?P<rest>(?:{names}).*)", re.DOTALL)


@cache
def _lesson_and_name() -> re.Pattern[str]:
    """Return the pattern of a lesson's notebook with the learner's name after the lesson's."""
    return re.compile(
        rf"(?P<lesson>{_lesson_names()})[ _-]+(?P<who>[^\W\d_].*?)(?P<ending>\.ipynb.*)",
        re.DOTALL | re.IGNORECASE,
    )


def _lesson_names() -> str:
    return "|".join(re.escape(lesson.name) for lesson in lessons.load().lessons)


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
        found = {}
        names = {entry.name: entry.name for entry in submissions if entry.is_folder}
    given = parent.removesuffix("-submissions") + "-"
    prefix = given if all(name.startswith(given) for name in names.values()) else shared
    # If names have no learner, a second zip of one name may be another learner's fork.
    copies = {} if prefix else {name: match["copy"] or "" for name, match in found.items() if match}
    return {
        key: named((name.removeprefix(prefix) or name) + copies.get(key, ""))
        for key, name in names.items()
    }
