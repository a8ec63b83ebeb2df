"""Files and folders on disk or in a zip, by name only, and which of them look like a submission."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from confirmlab.base.errors import SubmissionError
from confirmlab.course import lessons
from confirmlab.submissions import bundles
from confirmlab.submissions.bounded_files import is_notebook
from confirmlab.submissions.name_parts import version
from confirmlab.submissions.reader import MANIFEST

PACKED = (".zip", ".tar.gz", ".7z", ".rar", ".gz", ".tgz", ".tar", ".xz", ".bz2")
# Endings of files that learners hand in beside notebooks, readable or not; platforms add others.
HANDED_IN = (*PACKED, ".py", ".pdf", ".doc", ".docx", ".odt")
_LOOSE = (".py", ".ipynb", ".html", ".txt", ".md")  # files of a submission without folders
_JUNK = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "icon\r"}
_GRADEBOOK = "results.jsonl"  # marks the folder of a gradebook


@dataclass(frozen=True)
class FileEntry:
    """A file or folder, on disk or in a zip; `held` has the entries of a folder in a zip."""

    name: str
    path: Path
    is_folder: bool
    held: "dict[str, FileEntry] | None" = None

    def __repr__(self) -> str:
        return f"<FileEntry {self.name!r}>"

    @property
    def is_zip(self) -> bool:
        """Return whether it is a zip, by its name."""
        return not self.is_folder and self.name.lower().endswith(".zip")

    @property
    def stem(self) -> str:
        """Return the name without its ending: "ada" for ada.ipynb.json."""
        if self.is_folder:
            return self.name
        if is_notebook(self.name):
            return re.split(r"\.ipynb", self.name, maxsplit=1, flags=re.IGNORECASE)[0]
        endings = sorted(HANDED_IN, key=len, reverse=True)
        ending = next((end for end in endings if self.name.lower().endswith(end)), "")
        return self.name[: -len(ending)] if ending else Path(self.name).stem

    def entries(self) -> "list[FileEntry]":
        """Return the entries of a folder or zip, sorted by name; none if it cannot be read."""
        if self.held is not None:
            return sorted(self.held.values(), key=lambda entry: entry.name)
        if self.is_zip and self.path.is_file():
            return zipped(self.path)
        return listed(self.path) if self.is_folder else []

    def counts(self) -> bool:
        """Return whether this may be a submission, and not a gradebook, a list or a read-me."""
        if self.is_folder:
            return not any(entry.name == _GRADEBOOK for entry in self.entries())
        return is_notebook(self.name) or self.name.lower().endswith(HANDED_IN)


def listed(folder: Path) -> list[FileEntry]:
    """Return a folder's entries by name, without the system's own files; [] if it is unreadable."""
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not is_junk(entry.name)]
    except OSError:
        return []
    made = [FileEntry(e.name, Path(e.path), e.is_dir(follow_symlinks=False)) for e in kept]
    return sorted(made, key=lambda entry: entry.name)


def zipped(path: Path) -> list[FileEntry]:
    """Return the top-level entries of a zip; [] if it is broken."""
    try:
        names = bundles.names(path)
    except SubmissionError:
        return []
    root: dict[str, FileEntry] = {}
    for name in names:
        *folders, last = name.split("/")
        if any(map(is_junk, folders)) or is_junk(last):
            continue
        here = root
        for folder in folders:
            entry = here.setdefault(folder, FileEntry(folder, path, True, {}))
            here = entry.held if entry.held is not None else {}
        if last:
            here.setdefault(last, FileEntry(last, path / last, False))
    return sorted(root.values(), key=lambda entry: entry.name)


def is_junk(name: str) -> bool:
    """Return whether files of this name are made by an operating system or Python."""
    return name.startswith((".", "~$")) or name.casefold() in _JUNK


def is_submission(entries: Sequence[FileEntry]) -> bool:
    """Return whether a folder with these entries is one learner's submission."""
    return bool(course_parts(entries))


def course_parts(entries: Iterable[FileEntry]) -> set[str]:
    """Return which parts of the course are here: "app", the manifest, and lessons by name."""
    entries = list(entries)
    folders = {entry.name for entry in entries if entry.is_folder}
    files = [entry.name for entry in entries if not entry.is_folder]
    known = {lesson.name for lesson in lessons.load().lessons}
    notebooks = [version(name)[0] for name in files if ".ipynb" in name.lower()]
    parts = {lesson for lesson in known for name in notebooks if name.startswith(lesson)}
    if folders & {"my_app", "notebooks"} or {"app", "migrations"} <= folders:
        parts.add("app")
    if not folders and all(name.endswith(_LOOSE) for name in files):
        parts |= {"app"} if _app_modules().intersection(files) else set()
    return parts | {MANIFEST}.intersection(files)


@cache
def _app_modules() -> set[str]:
    files = {exercise.file.rpartition("/")[2] for exercise in lessons.load().exercises}
    return {name for name in files if name.endswith(".py")}
