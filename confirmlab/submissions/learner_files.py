"""The files of one learner in a download, and the choice of those that are graded."""

import os
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import chain, count, islice
from pathlib import Path

from confirmlab.submissions import file_entries, name_parts
from confirmlab.submissions.archives import ENTRIES
from confirmlab.submissions.bounded_files import listed, shown
from confirmlab.submissions.file_entries import FileEntry
from confirmlab.submissions.name_layout import ParsedName
from confirmlab.submissions.reader import SENTENCES

FILES = 100  # files that are read per learner; a submission has a dozen
_NEVER = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class SubmissionSource:
    """The files of one learner that are graded, and how the platform names the learner."""

    learner: str
    paths: tuple[Path, ...]
    late: bool = False
    note: str = ""
    layout: str = "folders"
    number: str = ""  # the learner's id on the platform
    login: str = ""
    when: datetime | None = None  # time of handing in, if file names tell it
    prefix: str = ""  # the platform's prefix of this learner's file names
    files: tuple[str, ...] = ()  # names of the files that count, as the learner named them
    passed_over: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<SubmissionSource by {shown(self.learner)}: {len(self.paths)} paths>"


@dataclass(frozen=True)
class FoundFile:
    """One file or folder of a learner, with its parsed name."""

    named: ParsedName
    entry: FileEntry
    download: str = ""  # the one it was in, of several downloads

    def __repr__(self) -> str:
        return f"<FoundFile {self.entry.name!r}>"

    @property
    def attempt(self) -> tuple[int, datetime]:
        """Return the sort key of the attempts at one task."""
        return self.named.attempt, self.named.when or _NEVER

    @property
    def label(self) -> str:
        """Return the name that the learner gave it, or else its name in the download."""
        return self.named.rest or self.entry.name


@dataclass
class LearnerFiles:
    """All files of one learner, from all downloads."""

    who: str
    number: str = ""
    login: str = ""
    files: list[FoundFile] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<LearnerFiles of {len(self.files)} files>"

    def source(self, learner: str) -> SubmissionSource:
        """Return the files that count, with notes about the others."""
        notes: list[str] = []
        ordered = sorted(self.files, key=lambda file: name_parts.natural(file.download))
        files = [f for f in ordered if not (f.named.receipt or f.named.online)]
        typed = [f for f in ordered if f.named.online]
        passed_over = [f.label for f in self.files if f.named.receipt]
        passed_over += [f.label for f in typed if files]
        counted = _last_attempts(files or typed, notes, passed_over)
        notes += _later_receipts(self.files, counted)
        paths = [pair for file in counted for pair in _paths(file, notes)]
        kept = _newest(paths, notes, passed_over)
        if len(kept) > FILES:
            notes.append(f"There are {len(kept):,} files; the first {FILES} were read.")
        if typed and not files:
            notes.append("Only text was typed into the website; no file was handed in.")
        elif not files:
            receipts = listed([file.entry.name for file in self.files])
            notes.append(f"There is only the receipt {receipts}, and no file.")
        newest = [file for file in counted if kept and file.label == kept[0][0]]
        first = (newest[-1:] or counted or self.files)[0].named
        return SubmissionSource(
            learner,
            tuple(path for _, path in kept[:FILES]),
            any(file.named.late for file in counted),
            " ".join(notes),
            first.layout,
            self.number,
            self.login,
            max((file.named.when for file in counted if file.named.when), default=None),
            first.prefix,
            tuple(label for label, _ in kept[:FILES]),
            tuple(passed_over),
        )


def _last_attempts(
    files: list[FoundFile], notes: list[str], passed_over: list[str]
) -> list[FoundFile]:
    """Return the files of the last attempt at each task.

    Names of older attempts are appended to `passed_over`, and a note about each task to `notes`.
    """
    tasks: dict[tuple[str, str], dict[tuple[int, datetime], list[FoundFile]]] = {}
    for file in files:
        attempts = tasks.setdefault((file.download, file.named.task), {})
        attempts.setdefault(file.attempt, []).append(file)
    counted = []
    for attempts in tasks.values():
        every = list(chain.from_iterable(attempts.values()))
        if any(file.named.undated for file in every) and len({f.named.written for f in every}) > 1:
            names = [file.entry.name for file in every]
            notes.append(f"The last attempt cannot be told; all were read: {listed(names)}.")
            counted += every
            continue
        *older, last = sorted(attempts)
        counted += attempts[last]
        if older:
            names = [file.entry.name for key in older for file in attempts[key]]
            passed_over += names
            notes.append(f"The last attempt counts ({_written(last)}), and not {listed(names)}.")
    return counted


def _later_receipts(found: list[FoundFile], counted: list[FoundFile]) -> list[str]:
    last = max((file.attempt for file in counted), default=None)
    later = [f.entry.name for f in found if f.named.receipt and last and f.attempt > last]
    if not later:
        return []
    return [
        f"A later attempt has only the receipt {listed(later)}; the last one with files counts."
    ]


def _written(attempt: tuple[int, datetime]) -> str:
    number, when = attempt
    return f"number {number}" if number else f"{when:%Y-%m-%d %H:%M}"


def _paths(file: FoundFile, notes: list[str]) -> list[tuple[str, Path]]:
    """Return the paths to read for a file or folder, each with its label.

    Zips in a folder are read, too, unless the folder holds an app; then `notes` gets a sentence. If
    the folder holds neither an app nor notebooks, only the zips are read.
    """
    path = file.entry.path
    if not file.entry.is_folder:
        return [(file.label, path)]
    level = [file.entry]
    for _ in range(2):  # nbgrader puts a folder for the assignment into the learner's
        held = list(islice(chain.from_iterable(entry.entries() for entry in level), ENTRIES))
        zips = [(entry.name, entry.path) for entry in held if entry.is_zip]
        folders = {entry.name for entry in held if entry.is_folder}
        if folders & {"my_app", "app"}:
            if zips:
                names = listed([name for name, _ in zips])
                notes.append(f"The app in the folder counts; {names} beside it was not read.")
            return [(file.label, path)]
        has_notebooks = any(".ipynb" in entry.name.lower() for entry in held)
        if has_notebooks or file_entries.course_parts(held):
            return [(file.label, path), *zips]
        if zips:
            return zips
        level = [entry for entry in held if entry.is_folder]
    return [(file.label, path)]


def _holds_work(folder: Path) -> bool:
    held = file_entries.listed(folder) if os.path.isdir(folder) else []
    return file_entries.is_submission(held) or any(
        file_entries.is_submission(entry.entries()) for entry in held if entry.is_folder
    )


def _newest(
    paths: list[tuple[str, Path]], notes: list[str], passed_over: list[str]
) -> list[tuple[str, Path]]:
    """Return the newest version of each file, and a folder rather than its zip.

    Of files with the same name, that of the last download counts. Names of the others are appended
    to `passed_over`, and a note about each to `notes`.
    """
    versions: dict[str, list[tuple[int, int, str, Path]]] = {}
    folders = {name_parts.version(name)[0] for name, path in paths if _holds_work(path)}
    for place, (name, path) in enumerate(paths):
        stem, number = name_parts.version(name)
        if stem.removesuffix(".zip") in folders and not os.path.isdir(path):
            notes.append(f"The folder counts, and not {shown(name)} beside it.")
            passed_over.append(name)
        else:
            # Folders of one name, such as 'Version 1', are of different assignments.
            key = stem if not os.path.isdir(path) else os.fspath(path)
            # Not by path, since class zips are unpacked into folders with random names.
            versions.setdefault(key, []).append((number, place, name, path))
    kept = []
    for found in versions.values():
        *older, (_, _, newest, path) = sorted(found)
        kept.append((newest, path))
        if older:
            names = [name for _, _, name, _ in older]
            notes.append(f"{shown(newest)} counts, and not the older {listed(names)}.")
            passed_over += names
    return kept


def joined(learners: Iterable[LearnerFiles], numbered_anew: Container[str]) -> list[LearnerFiles]:
    """Return the learners, with those of the same name in different downloads made one.

    This applies to platforms that give learners new numbers in each assignment, but not logins.
    """
    by_name: dict[tuple[str, str], list[LearnerFiles]] = {}
    for learner in learners:
        by_name.setdefault((learner.who, learner.login), []).append(learner)
    people = []
    for group in by_name.values():
        files = [file for learner in group for file in learner.files]
        places = [place for learner in group for place in {file.download for file in learner.files}]
        if len(places) == len(set(places)) and all(f.named.layout in numbered_anew for f in files):
            group = [replace(group[0], files=files)]
        people += group
    return people


def sources(
    learners: Iterable[LearnerFiles], problems: Mapping[Path, str]
) -> list[SubmissionSource]:
    """Return each learner's source, sorted by unique names.

    Learners with the same name get their number or login added; case makes no difference, as in
    overrides. `problems` holds files that could not be unpacked; each is noted with its learner.
    """
    ordered = sorted(learners, key=lambda learner: (learner.who, learner.number, learner.login))
    how_many = Counter(_clean(learner.who).casefold() for learner in ordered)
    taken: set[str] = set()
    made = []
    for learner in ordered:
        name = _clean(learner.who)
        distinction = learner.number or learner.login
        name += f" ({distinction})" if how_many[name.casefold()] > 1 and distinction else ""
        candidates = (f"{name} [{number}]" if number > 1 else name for number in count(1))
        unique = next(candidate for candidate in candidates if candidate.casefold() not in taken)
        taken.add(unique.casefold())
        made.append(learner.source(unique))
    return sorted(_with_problems(made, problems), key=lambda source: source.learner)


def _with_problems(
    made: list[SubmissionSource], problems: Mapping[Path, str]
) -> list[SubmissionSource]:
    notes: dict[Path, list[str]] = {path: [] for source in made for path in source.paths}
    for place, why in problems.items():
        owner = next((path for path in (place, *place.parents) if path in notes), None)
        if owner and len(notes[owner]) < SENTENCES:
            notes[owner].append(f"{shown(place.name)}: {why}.")
    return [
        replace(
            source,
            note=" ".join(
                filter(
                    None, [source.note, *(note for path in source.paths for note in notes[path])]
                )
            ),
        )
        for source in made
    ]


def _clean(name: str) -> str:
    """Return a name that can be written as UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace").strip() or "nameless"
