"""Estimate how many learners' work is in a folder or zip, by file and folder names only."""

import re
from collections import Counter
from collections.abc import Sequence

from confirmlab.submissions import file_entries, layout_matching, own_names
from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.name_layout import Layout
from confirmlab.submissions.name_parts import version

DEEPEST = 8  # levels of folders in which a class is searched

_MANY = 3  # copies of one lesson: two may be a learner's own spare copy, three are a class
_WRAPPERS = {"submitted", "submissions", "inbound"}
# Layouts by which a learner may name a file of their own, so one match alone proves nothing.
_WEAK = {"canvas", "google-classroom", "google-forms"}
# Zips in which Google Drive and OneDrive pack a download; a large one is split into several.
_DOWNLOAD = re.compile(r".+-\d{8}T\d{6}Z(-\d+)+|OneDrive_\d+_\d.*")


class ClassSize:
    """Estimates by the names of some layouts; without `opens_zips`, no zip is a whole class."""

    def __init__(self, layouts: Sequence[Layout], opens_zips: bool) -> None:
        self.layouts = layouts
        self.opens_zips = opens_zips

    def classes(self, submissions: list[FileEntry]) -> list[FileEntry]:
        """Return the entries that hold a whole class.

        If a zip is beside the folder it was unpacked to, the zip is removed from `submissions`.
        """
        alone = len(submissions) == 1
        counts = {entry.path: self.learners_in(entry, alone) for entry in submissions}
        least = 2 if all(count > 1 for count in counts.values()) else _MANY
        classes = [entry for entry in submissions if counts[entry.path] >= least]
        folders = {entry.name for entry in classes if entry.is_folder}
        for entry in [e for e in classes if e.is_zip and e.stem in folders]:
            classes.remove(entry)
            submissions.remove(entry)
        return classes

    def learners_in(self, entry: FileEntry, alone: bool, depth: int = 0) -> int:
        """Estimate how many learners' work an entry holds; below 2 it is at most one learner's.

        An entry that lies `alone` in its folder is more likely to be a whole class.
        """
        if not (entry.is_folder or (entry.is_zip and self.opens_zips)) or depth > DEEPEST:
            return 0
        held = entry.entries()
        is_submission = file_entries.is_submission(held)
        if entry.is_folder and entry.name in _WRAPPERS and not is_submission:
            return _MANY
        if _DOWNLOAD.fullmatch(entry.stem) and not is_submission:
            return _MANY
        by_layout = self._count_by_layout(entry, held, alone)
        if by_layout:
            return by_layout
        if alone and own_names.after_lessons(held):
            return _MANY
        if is_submission:
            return 1
        parts = [part for part in held if part.is_folder or part.counts()]
        if len(parts) == 1:
            return self.learners_in(parts[0], alone, depth + 1) if parts[0].is_folder else 1
        folders = [part for part in parts if part.is_folder]
        copies = Counter(kind for folder in folders for kind in _course_parts_below(folder))
        deeper = [self.learners_in(folder, False, depth + 1) for folder in folders]
        owned = [part for part in parts if not part.is_folder or _holds_work(part)]
        return max(0, *copies.values(), *deeper, len(owned) if alone else 0)

    def names_in(self, top: FileEntry) -> set[str]:
        """Return the names of learners that the names of a folder's entries show by a layout."""
        fitting, _ = layout_matching.match(self.layouts, top, top.entries(), False)
        return {named.who for named, _ in fitting}

    def has_unnamed_copies(self, top: FileEntry) -> bool:
        """Return whether a folder holds many copies of one notebook, and no name of a learner.

        The copies' names differ only by a number.
        """
        held = top.entries()
        names = [version(entry.name)[0] for entry in held if ".ipynb" in entry.name.lower()]
        copies = max(Counter(names).values(), default=0)
        has_folders = any(entry.is_folder for entry in held)
        return copies >= _MANY and not has_folders and not self.names_in(top)

    def _count_by_layout(self, entry: FileEntry, held: list[FileEntry], alone: bool) -> int:
        """Return how many learners an entry's file names show; 0 if they do not show a class."""
        layouts = [row for row in self.layouts if row.sure or alone]
        named = [named for named, _ in layout_matching.match(layouts, entry, held, False)[0]]
        learners = {name.learner for name in named}
        strong = {name.learner for name in named if name.layout not in _WEAK}
        if alone and learners or len(strong) > 1:
            return max(len(learners), _MANY)
        return max(len(learners), 2) if strong or len(learners) > 1 else 0


def _course_parts_below(folder: FileEntry) -> set[str]:
    """Return which parts of the course are in a folder, or else in its subfolders."""
    held = folder.entries()
    return file_entries.course_parts(held) or {
        part
        for inner in held
        if inner.is_folder
        for part in file_entries.course_parts(inner.entries())
    }


def _holds_work(folder: FileEntry) -> bool:
    """Return whether a folder or a folder in it holds an app, or a file that learners hand in."""
    held = folder.entries()
    inner = [inside for entry in held if entry.is_folder for inside in entry.entries()]
    files = [entry for entry in held + inner if not entry.is_folder]
    return bool(_course_parts_below(folder)) or any(entry.counts() for entry in files)
