"""Names of files and folders, on the disk or in a zip, and which of them look like work."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from confirmlab.base.errors import SubmissionError
from confirmlab.course import lessons as course
from confirmlab.submissions import bundles
from confirmlab.submissions.lms_names import version
from confirmlab.submissions.reader import MANIFEST

PACKED = (".zip", ".tar.gz", ".7z", ".rar", ".gz", ".tgz", ".tar", ".xz", ".bz2")
# What somebody hands in, readable or not; other files beside learners' work are the platform's.
HANDED_IN = (*PACKED, ".ipynb", ".ipynb.json", ".ipynb.txt", ".py", ".pdf", ".doc", ".docx", ".odt")
_LOOSE = (".py", ".ipynb", ".html", ".txt", ".md")  # beside a module of the app without its folders
_JUNK = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Icon\r"}
_GRADED = "results.jsonl"  # lies in the folder of a gradebook, which nobody handed in


@dataclass(frozen=True)
class Entry:
    """A file or folder: `held` has what a folder in a zip holds, which is nowhere on the disk."""

    name: str
    path: Path
    is_folder: bool
    held: "dict[str, Entry] | None" = None

    def __repr__(self) -> str:
        return f"<Entry {self.name!r}>"

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip by its name."""
        return not self.is_folder and self.name.lower().endswith(".zip")

    @property
    def stem(self) -> str:
        """The name without the endings of a file; ada.ipynb.json is ada's."""
        if self.is_folder:
            return self.name
        endings = sorted(HANDED_IN, key=len, reverse=True)
        found = next((end for end in endings if self.name.lower().endswith(end)), "")
        return self.name[: -len(found)] if found else Path(self.name).stem

    def entries(self) -> "list[Entry]":
        """List what is in a folder or zip; what cannot be read is empty here."""
        if self.held is not None:
            return sorted(self.held.values(), key=lambda entry: entry.name)
        if self.is_zip and self.path.is_file():
            return zipped(self.path)
        return listed(self.path) if self.is_folder else []

    def counts(self) -> bool:
        """Return whether this is somebody's work, and not a gradebook, a list or a read-me."""
        if self.is_folder:
            return not any(entry.name == _GRADED for entry in self.entries())
        return self.name.lower().endswith(HANDED_IN)


def listed(folder: Path) -> list[Entry]:
    """List a folder in order, without files that systems leave; a closed folder is empty."""
    try:
        with os.scandir(folder) as found:
            kept = [entry for entry in found if not is_junk(entry.name)]
    except OSError:
        return []
    made = [Entry(e.name, Path(e.path), e.is_dir(follow_symlinks=False)) for e in kept]
    return sorted(made, key=lambda entry: entry.name)


def zipped(path: Path) -> list[Entry]:
    """List the top level of a zip; a broken one is empty."""
    try:
        names = bundles.names(path)
    except SubmissionError:
        return []
    root: dict[str, Entry] = {}
    for name in names:
        *folders, last = name.split("/")
        if any(map(is_junk, folders)) or is_junk(last):
            continue
        here = root
        for folder in folders:
            entry = here.setdefault(folder, Entry(folder, path, True, {}))
            here = entry.held if entry.held is not None else {}
        if last:
            here.setdefault(last, Entry(last, path / last, False))
    return sorted(root.values(), key=lambda entry: entry.name)


def is_junk(name: str) -> bool:
    """Return whether a system leaves files of this name."""
    return name.startswith(".") or name in _JUNK


def is_work(found: Sequence[Entry]) -> bool:
    """Return whether a folder with these entries is one submission."""
    return bool(work(found))


def work(found: Iterable[Entry]) -> set[str]:
    """Return which parts of the course are here: "app", the manifest, and lessons by name."""
    found = list(found)
    folders = {entry.name for entry in found if entry.is_folder}
    files = [entry.name for entry in found if not entry.is_folder]
    lessons = {lesson.name for lesson in course.load().lessons}
    books = [version(name)[0] for name in files if ".ipynb" in name.lower()]
    kinds = {lesson for lesson in lessons for name in books if name.startswith(lesson)}
    if folders & {"my_app", "notebooks"} or {"app", "migrations"} <= folders:
        kinds.add("app")
    if not folders and all(name.endswith(_LOOSE) for name in files):
        kinds |= {"app"} if _app_modules().intersection(files) else set()
    return kinds | {MANIFEST}.intersection(files)


@cache
def _app_modules() -> set[str]:
    files = {exercise.file.rpartition("/")[2] for exercise in course.load().exercises}
    return {name for name in files if name.endswith(".py")}
