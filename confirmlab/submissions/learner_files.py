"""What belongs to one learner, and which of it counts."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import chain, islice
from pathlib import Path

from confirmlab.submissions import entries, lms_names
from confirmlab.submissions.archives import ENTRIES
from confirmlab.submissions.bounded_files import listed, shown
from confirmlab.submissions.entries import Entry
from confirmlab.submissions.lms_names import Named

FILES = 100  # of one learner; a hand-in has a dozen
_NEVER = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class SubmissionSource:
    """What one learner handed in; reader.read takes all the paths as one."""

    learner: str
    paths: tuple[Path, ...]
    late: bool = False
    note: str = ""
    layout: str = "folders"
    number: str = ""  # by which the platform knows the learner
    login: str = ""
    when: datetime | None = None  # handed in, where the names tell it
    prefix: str = ""  # what the platform puts before the names of this learner's files
    files: tuple[str, ...] = ()  # what counts, by the names that the author gave
    passed_over: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<SubmissionSource by {shown(self.learner)}: {len(self.paths)} paths>"


@dataclass(frozen=True)
class Found:
    """One file or folder of a learner, and what its path told."""

    named: Named
    entry: Entry
    bundle: str = ""  # the download it was in, of several

    def __repr__(self) -> str:
        return f"<Found {self.entry.name!r}>"

    @property
    def attempt(self) -> tuple[int, datetime]:
        """Return what orders the attempts at one task."""
        return self.named.attempt, self.named.when or _NEVER

    @property
    def label(self) -> str:
        """Return the name that its author gave it, or else the platform."""
        return self.named.rest or self.entry.name


@dataclass
class LearnerFiles:
    """All that belongs to one learner."""

    who: str
    number: str = ""
    login: str = ""
    found: list[Found] = field(default_factory=list)
    unpacked: dict[Path, str] = field(default_factory=dict)  # problem by path

    def __repr__(self) -> str:
        return f"<LearnerFiles of {len(self.found)} files>"

    def chosen(self, learner: str) -> SubmissionSource:
        """Choose the files that count together, and say what was decided on the way."""
        notes: list[str] = []
        files = [one for one in self.found if not (one.named.receipt or one.named.online)]
        typed = [one for one in self.found if one.named.online]
        passed = [one.label for one in self.found if one.named.receipt]
        passed += [one.label for one in typed if files]
        counted = _last_attempts(files or typed, notes, passed)
        notes += _later_receipts(self.found, counted)
        inside = [(label, path) for one in counted for label, path in _inside(one, notes)]
        kept = _newest(inside, notes, passed)
        if len(kept) > FILES:
            notes.append(f"There are {len(kept):,} files; the first {FILES} were read.")
        if typed and not files:
            notes.append("There is only what was typed into the website, and no file.")
        elif not files:
            receipts = listed([one.entry.name for one in self.found])
            notes.append(f"There is only the receipt {receipts}, and no file.")
        first = (counted or self.found)[0].named
        times = [one.named.when for one in counted if one.named.when]
        return SubmissionSource(
            learner,
            tuple(path for _, path in kept[:FILES]),
            any(one.named.late for one in counted),
            " ".join(notes),
            first.layout,
            self.number,
            self.login,
            max(times, default=None),
            first.prefix,
            tuple(label for label, _ in kept[:FILES]),
            tuple(passed),
        )


def _last_attempts(files: list[Found], notes: list[str], passed: list[str]) -> list[Found]:
    """Keep the last attempt at each task, and name the others."""
    tasks: dict[tuple[str, str], dict[tuple[int, datetime], list[Found]]] = {}
    for one in files:
        attempts = tasks.setdefault((one.bundle, one.named.task), {})
        attempts.setdefault(one.attempt, []).append(one)
    counted = []
    for attempts in tasks.values():
        *older, last = sorted(attempts)
        counted += attempts[last]
        if older:
            names = [one.entry.name for key in older for one in attempts[key]]
            passed += names
            notes.append(f"The last attempt counts ({_said(last)}), and not {listed(names)}.")
    return counted


def _later_receipts(found: list[Found], counted: list[Found]) -> list[str]:
    last = max((one.attempt for one in counted), default=None)
    later = [one.entry.name for one in found if one.named.receipt and last and one.attempt > last]
    if not later:
        return []
    return [f"Later there is only the receipt {listed(later)}; the last attempt with files counts."]


def _said(attempt: tuple[int, datetime]) -> str:
    number, when = attempt
    return f"number {number}" if number else f"{when:%Y-%m-%d %H:%M}"


def _inside(one: Found, notes: list[str]) -> list[tuple[str, Path]]:
    """Return a file or folder as it is; or where zips lie in a folder, those, too, or only those.

    A folder with an app of its own is whole. One with notebooks alone is whole with its zips.
    """
    path = one.entry.path
    if not one.entry.is_folder:
        return [(one.label, path)]
    level = [one.entry]
    for _ in range(2):  # nbgrader has a folder for the assignment in the learner's
        held = list(islice(chain.from_iterable(entry.entries() for entry in level), ENTRIES))
        zips = [(entry.name, entry.path) for entry in held if entry.is_zip]
        folders = {entry.name for entry in held if entry.is_folder}
        if folders & {"my_app", "app"}:
            if zips:
                said = listed([name for name, _ in zips])
                notes.append(f"The app in the folder counts; {said} beside it was not read.")
            return [(one.label, path)]
        if entries.work(held) or any(".ipynb" in entry.name.lower() for entry in held):
            return [(one.label, path), *zips]
        if zips:
            return zips
        level = [entry for entry in held if entry.is_folder]
    return [(one.label, path)]


def _holds_work(folder: Path) -> bool:
    held = entries.listed(folder) if os.path.isdir(folder) else []
    return bool(entries.work(held)) or any(
        entries.work(entry.entries()) for entry in held if entry.is_folder
    )


def _newest(
    found: list[tuple[str, Path]], notes: list[str], passed: list[str]
) -> list[tuple[str, Path]]:
    """Keep one of each file: the last that came, and a folder rather than the zip it was in."""
    kept: dict[str, tuple[int, str, Path]] = {}
    folders = {lms_names.version(name)[0] for name, path in found if _holds_work(path)}
    for name, path in found:
        what, number = lms_names.version(name)
        if what.removesuffix(".zip") in folders and not os.path.isdir(path):
            notes.append(f"The folder counts, and not {shown(name)} beside it.")
            passed.append(name)
        elif what in kept:
            older, newer = sorted([kept[what], (number, name, path)])
            notes.append(f"{shown(newer[1])} counts, and not the older {shown(older[1])}.")
            passed.append(older[1])
            kept[what] = newer
        else:
            kept[what] = (number, name, path)
    return [(name, path) for _, name, path in kept.values()]
