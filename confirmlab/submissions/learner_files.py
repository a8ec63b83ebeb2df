"""Gather what belongs to one learner, and say which of it counts."""

import os
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from confirmlab.submissions import layout, lms_names
from confirmlab.submissions.archives import ENTRIES
from confirmlab.submissions.bounded_files import listed, shown

FILES = 100  # of one learner; a hand-in has a dozen


@dataclass
class Pile:
    """Gather what belongs to one learner, each file by the name it was given by its author."""

    who: str
    number: str = ""
    late: bool = False
    files: list[tuple[str, Path]] = field(default_factory=list)
    online: list[tuple[str, Path]] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Pile of {len(self.files)} files>"

    def chosen(self) -> tuple[tuple[Path, ...], str]:
        """Give the paths that count together, and say what was decided on the way."""
        notes: list[str] = []
        found: list[tuple[str, Path]] = []
        for name, path in self.files or self.online:
            inside = _inside(path, notes)
            found += [(name, path)] if inside == [path] else [(file.name, file) for file in inside]
        paths = _newest(found, notes)
        if len(paths) > FILES:
            notes.append(f"There are {len(paths):,} files; the first {FILES} were read.")
        if not self.files:
            notes.append("There is only what was typed into the website, and no file.")
        return tuple(paths[:FILES]), " ".join(notes)


def _inside(path: Path, notes: list[str]) -> list[Path]:
    """Give a file or folder as it is; or where zips lie in a folder, those, too, or only those.

    A folder with an app of its own is whole. One with notebooks alone is whole with its zips.
    """
    if path.is_symlink() or not os.path.isdir(path):
        return [path]
    level = [path]
    for _ in range(2):  # nbgrader has a folder for the assignment in the learner's
        found = chain.from_iterable(map(layout.listed, level))
        entries = list(islice(found, ENTRIES))
        zips = [Path(entry.path) for entry in entries if _is_zip(entry)]
        names = {entry.name for entry in entries}
        if names & {"my_app", "app"}:
            if zips:
                said = listed([file.name for file in zips])
                notes.append(f"The app in the folder counts; {said} beside it was not read.")
            return [path]
        if "notebooks" in names or any(name.endswith(".ipynb") for name in names):
            return [path, *zips]
        if zips:
            return zips
        level = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return [path]


def _newest(found: list[tuple[str, Path]], notes: list[str]) -> list[Path]:
    """Keep one of each file: the last that came, and a folder rather than the zip it was in."""
    kept: dict[str, tuple[int, str, Path]] = {}
    folders = {lms_names.version(name)[0] for name, path in found if path.is_dir()}
    for name, path in found:
        what, number = lms_names.version(name)
        if what.removesuffix(".zip") in folders and not path.is_dir():
            notes.append(f"The folder counts, and not {shown(name)} beside it.")
            continue
        if what in kept:
            older, newer = sorted([kept[what], (number, name, path)])
            notes.append(f"{shown(newer[1])} counts, and not the older {shown(older[1])}.")
            kept[what] = newer
        else:
            kept[what] = (number, name, path)
    return [path for _, _, path in kept.values()]


def _is_zip(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(".zip") and entry.is_file(follow_symlinks=False)
