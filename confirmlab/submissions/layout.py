"""List folders of strangers by names alone, and tell the work of one learner from a class."""

import os
from collections.abc import Iterable
from pathlib import Path

from confirmlab.course import lessons as course
from confirmlab.submissions.reader import MANIFEST

_JUNK = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Icon\r"}


def listed(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder in order, without what no learner made; one that is closed is empty here."""
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if not is_junk(e.name)]
    except OSError:
        return []
    return sorted(found, key=lambda entry: entry.name)


def is_junk(name: str) -> bool:
    """Say whether a name is one that machines leave behind."""
    return name.startswith(".") or name in _JUNK


def is_work(entries: list[os.DirEntry[str]]) -> bool:
    """Say whether a folder with these entries is one submission."""
    folders = [f"{entry.name}/" for entry in entries if entry.is_dir(follow_symlinks=False)]
    return names_work(folders + [entry.name for entry in entries if os.path.isfile(entry.path)])


def names_work(names: Iterable[str]) -> bool:
    """Say whether these names are those of one submission: the course's notebooks, or an app."""
    tops = {name.partition("/")[0]: "/" in name for name in names}
    folders = {name for name, is_folder in tops.items() if is_folder}
    lessons = tuple(lesson.name for lesson in course.load().lessons)
    return bool(
        folders & {"my_app", "notebooks"}
        or {"app", "migrations"} <= folders
        or MANIFEST in tops
        or any(name.startswith(lessons) and name.endswith(".ipynb") for name in tops)
    )
