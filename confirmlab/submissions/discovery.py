"""Whose submission lies where in what an instructor got; only names are read."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from confirmlab.base.errors import SubmissionError
from confirmlab.submissions import bundles, entries, lms_names
from confirmlab.submissions.bounded_files import listed as quoted
from confirmlab.submissions.bounded_files import reason, shown
from confirmlab.submissions.entries import Entry
from confirmlab.submissions.learner_files import Found, LearnerFiles, SubmissionSource
from confirmlab.submissions.lms_names import LAYOUTS, Layout, Named
from confirmlab.submissions.reader import SENTENCES

FOLDERS = "folders"
_WRAPPERS = {"submitted", "submissions", "inbound"}
_DEEPEST = 4  # folders around a class
_LOOSE = {"canvas", "google-classroom", "google-forms"}  # a learner's own file may be named so
_MANY = 3  # copies of one lesson's work: no learner's own spare copy, but a class


@dataclass(frozen=True)
class Reading:
    """What was found: the learners in the order of their names, no name twice, and the rest."""

    learners: tuple[SubmissionSource, ...]
    passed_over: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Reading of {len(self.learners)} learners>"

    @property
    def layouts(self) -> list[str]:
        """List the layouts by which learners were told, the most frequent first."""
        return [name for name, _ in Counter(each.layout for each in self.learners).most_common()]


def names() -> list[str]:
    """List what --layout takes."""
    return [layout.name for layout in LAYOUTS] + [FOLDERS]


@contextmanager
def opened(path: Path, layout: str = "") -> Iterator[Reading]:
    """Find what learners handed in, also in downloads that are still zipped.

    Those are unpacked into a temporary folder, which is gone when this ends. With `layout`, only
    that row of the table is tried.

    Raises:
        SubmissionError: it is not there, cannot be read, holds nothing, or mixes classes and
            learners.
    """
    with ExitStack() as stack:
        yield _Search(layout, stack).read(_top(path))


def find(path: Path, layout: str = "") -> Reading:
    """Find what learners handed in, but leave zips of a whole class as they are.

    Raises:
        SubmissionError: as above.
    """
    return _Search(layout, None).read(_top(path))


class _Search:
    """One search, with a place for what has to be unpacked on the way."""

    def __init__(self, layout: str, stack: ExitStack | None) -> None:
        self.rows = [row for row in LAYOUTS if layout in ("", row.name)]
        self.plain = layout in ("", FOLDERS)
        self.forced = bool(layout)
        self.stack = stack
        self.piles: dict[tuple[str, str], LearnerFiles] = {}
        self.passed: list[str] = []
        self.problems: dict[Path, str] = {}

    def read(self, top: Entry) -> Reading:
        single = not top.is_folder and not (self.stack and self._is_class_zip(top))
        held = top.entries()
        if not single and not self.forced and _nameless_copies(held) and not self._whose(top):
            raise SubmissionError(_nameless(top))
        if not self.forced and (single or (entries.is_work(held) and len(self._whose(top)) < 2)):
            self._put(Named(FOLDERS, lms_names.one_spelling(top.stem)), top, "")
        elif single:
            raise SubmissionError(_no_layout(top, self.rows))
        else:
            self._gather(top, "", 0)
        if not self.piles:
            raise SubmissionError(_no_layout(top, self.rows) if self.forced else _nobody(top))
        learners = _with_problems(_named_apart(self.piles.values()), self.problems)
        return Reading(tuple(learners), tuple(self.passed))

    def _gather(self, top: Entry, bundle: str, depth: int) -> None:
        """Take in what lies in a folder or zip of a class."""
        top = self._on_disk(top)
        held = top.entries()
        inner = [
            entry for entry in held if entry.is_folder and entry.name in ("submitted", "inbound")
        ]
        if inner and not self.forced:  # the root of a course of nbgrader
            self._gather(inner[0], bundle, depth + 1)
            return
        if self._by_names(top, held, bundle):
            return
        counted = [entry for entry in held if entry.counts()]
        classes = self._classes(counted) if depth < _DEEPEST else []
        if self.forced and not self.plain:
            classes = [entry for entry in counted if entry.is_folder or entry.is_zip]
            counted = classes
        if classes and len(classes) == len(counted):
            self._pass_over(held, counted)
            for entry in classes:
                self._gather(entry, f"{bundle}{entry.stem}/", depth + 1)
        elif classes and not self.forced:
            raise SubmissionError(_mixed(classes, counted))
        elif self.plain:
            self._pass_over(held, counted)
            prefix = _assignment(top.name, counted)
            for entry in counted:
                who = entry.stem.removeprefix(prefix) if entry.is_folder else entry.stem
                self._put(Named(FOLDERS, lms_names.one_spelling(who)), entry, bundle)

    def _by_names(self, top: Entry, held: list[Entry], bundle: str) -> bool:
        """Take in what the rows of the table fit; files beside it are their authors' or no work."""
        found, left = _fitting(self.rows, top, held, self.forced)
        if not found:
            return False
        for named, entry in _logins(found):
            self._put(named, entry, bundle)
        for entry in left:
            ignored = entry.name in {row.ignored for row in LAYOUTS}
            if entry.counts() and self.plain and not ignored:
                self._put(Named(FOLDERS, lms_names.one_spelling(entry.stem)), entry, bundle)
            else:
                self.passed.append(entry.name)
        return True

    def _put(self, named: Named, entry: Entry, bundle: str) -> None:
        key = (named.who, named.number)
        pile = self.piles.setdefault(key, LearnerFiles(named.who, named.number, named.login))
        pile.found.append(Found(named, entry, bundle))

    def _pass_over(self, held: list[Entry], counted: list[Entry]) -> None:
        names = {entry.name for entry in counted}
        self.passed += [entry.name for entry in held if entry.name not in names]

    def _classes(self, counted: list[Entry]) -> list[Entry]:
        """List the entries that hold a whole class, but no zip that lies unpacked beside it."""
        copies = {entry.path: self._copies(entry, len(counted) == 1) for entry in counted}
        all_of_them = all(number > 1 for number in copies.values())
        least = 2 if all_of_them else _MANY
        found = [entry for entry in counted if copies[entry.path] >= least]
        folders = {entry.name for entry in found if entry.is_folder}
        for entry in [entry for entry in found if entry.is_zip and entry.stem in folders]:
            found.remove(entry)
            counted.remove(entry)
        return found

    def _copies(self, entry: Entry, alone: bool, depth: int = 0) -> int:
        """Count how many learners seem to be in one entry; 0 or 1 is a learner's own."""
        if not (entry.is_folder or (entry.is_zip and self.stack)) or depth > _DEEPEST:
            return 0
        held = entry.entries()
        is_work = entries.is_work(held)
        if entry.is_folder and entry.name in _WRAPPERS and not is_work:
            return _MANY
        rows = [row for row in self.rows if row.sure or alone]
        told = _fitting(rows, entry, held, False)[0]
        whose = {(named.who, named.number) for named, _ in told}
        if len(whose) > 1 or (whose and (alone or told[0][0].layout not in _LOOSE)):
            return max(len(whose), _MANY if alone else 2)
        if is_work:
            return 1
        parts = [each for each in held if each.is_folder or each.counts()]
        if len(parts) == 1:
            return self._copies(parts[0], alone, depth + 1) if parts[0].is_folder else 1
        kinds = Counter(kind for part in parts if part.is_folder for kind in _kinds(part))
        deeper = [self._copies(part, False, depth + 1) for part in parts if part.is_folder]
        owned = [part for part in parts if not part.is_folder or _hands_in(part)]
        return max(0, *kinds.values(), *deeper, len(owned) if alone else 0)

    def _is_class_zip(self, top: Entry) -> bool:
        return top.is_zip and self._copies(top, alone=True) > 1

    def _on_disk(self, top: Entry) -> Entry:
        """Unpack a zip, and return the folder in its place."""
        if top.is_folder or self.stack is None:
            return top
        made = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="confirmlab-"))
        folder = Path(made).resolve() / "class"
        self.problems |= bundles.unpack(top.path, folder)
        here = Entry(top.stem, folder, True)
        inside = here.entries()
        if len(inside) == 1 and inside[0].is_folder and not self._whose(here):
            return inside[0]  # a zip made of a folder holds that folder
        return here

    def _whose(self, top: Entry) -> set[str]:
        return {named.who for named, _ in _fitting(self.rows, top, top.entries(), False)[0]}


def _fitting(
    rows: Sequence[Layout], top: Entry, held: list[Entry], forced: bool
) -> tuple[list[tuple[Named, Entry]], list[Entry]]:
    """Return what the rows tell of a folder's entries, and the entries that fit none."""
    found: list[tuple[Named, Entry]] = []
    left = list(held)
    for row in rows:
        start = 1 if row.parts[0].fullmatch(top.name) and len(row.parts) > 1 else 0
        before = [top.name] if start else []
        here = [(entry, list(_matches(row, entry, before))) for entry in left]
        fits = {entry.name for entry, matches in here if matches}
        deep = [named for _, matches in here for named, _, whole in matches if whole]
        if not deep or (not row.sure and not forced and len(fits) < len(_counted(left))):
            continue
        found += [(named, entry) for _, matches in here for named, entry, _ in matches]
        left = [entry for entry in left if entry.name not in fits]
    return found, left


def _matches(row: Layout, entry: Entry, before: list[str]) -> Iterator[tuple[Named, Entry, bool]]:
    """Yield what fits a row at or below an entry, and whether it fits to the row's end."""
    path = [*before, entry.name]
    if len(path) > len(row.parts) or not row.parts[len(path) - 1].fullmatch(entry.name):
        return
    if len(path) == len(row.parts):
        named = row.parse(path)
        if named:
            yield named, entry, True
        return
    deeper = False
    for each in entry.entries() if entry.is_folder else ():
        for match in _matches(row, each, path):
            deeper = True
            yield match
    if not deeper and entry.is_folder:
        named = row.parse(path)
        if named:
            yield named, entry, False


def _counted(held: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in held if entry.counts()]


def _kinds(entry: Entry) -> set[str]:
    """Return what work lies in a folder, or in a folder in it."""
    held = entry.entries()
    return entries.work(held) or {
        kind for each in held if each.is_folder for kind in entries.work(each.entries())
    }


def _hands_in(folder: Entry) -> bool:
    """Return whether somebody's work lies in a folder, or in a folder in it."""
    held = folder.entries()
    inner = [each for entry in held if entry.is_folder for each in entry.entries()]
    return any(not entry.is_folder and entry.counts() for entry in held + inner)


def _logins(found: list[tuple[Named, Entry]]) -> list[tuple[Named, Entry]]:
    """Give logins with an underscore back what was taken for the end of the assignment's name."""
    tasks = Counter(named.task for named, _ in found if named.layout == "blackboard")
    often = [task for task, _ in tasks.most_common() if tasks[task] > 1]
    mended = []
    for named, entry in found:
        task = next((task for task in often if named.task.startswith(f"{task}_")), None)
        if named.layout == "blackboard" and task:
            login = f"{named.task.removeprefix(f'{task}_')}_{named.login}"
            named = replace(named, task=task, who=login, login=login)
        mended.append((named, entry))
    return mended


def _top(path: Path) -> Entry:
    try:
        root = path.resolve(strict=True)
        if root.is_dir():
            os.scandir(root).close()
    except (OSError, RuntimeError) as error:  # a loop of links was a RuntimeError once
        why = reason(error)
        raise SubmissionError(
            f"{shown(path.name)} cannot be read ({why}); give the folder with the submissions."
        ) from None
    return Entry(root.name, root, root.is_dir())


def _assignment(parent: str, found: list[Entry]) -> str:
    """Return what clones of one assignment begin with, if their parent folder is named so, too."""
    prefix = parent.removesuffix("-submissions") + "-"
    folders = [entry.name for entry in found if entry.is_folder]
    named_so = all(name.startswith(prefix) and name != prefix for name in folders)
    return prefix if folders and named_so else ""


def _named_apart(piles: Iterable[LearnerFiles]) -> list[SubmissionSource]:
    """Give each learner a name of their own: two of one name are told apart by their numbers."""
    ordered = sorted(piles, key=lambda pile: (pile.who, pile.number))
    whose = Counter(_clean(pile.who) for pile in ordered)
    taken: set[str] = set()
    sources = []
    for pile in ordered:
        who = _clean(pile.who)
        apart = pile.number or pile.login
        who += f" ({apart})" if whose[who] > 1 and apart else ""
        candidates = (f"{who} [{number}]" if number > 1 else who for number in count(1))
        learner = next(name for name in candidates if name not in taken)
        taken.add(learner)
        sources.append(pile.chosen(learner))
    return sorted(sources, key=lambda source: source.learner)


def _with_problems(
    sources: list[SubmissionSource], problems: dict[Path, str]
) -> list[SubmissionSource]:
    """Tell each learner's files that could not be unpacked."""
    told: dict[Path, list[str]] = {path: [] for source in sources for path in source.paths}
    for place, why in problems.items():
        owner = next((path for path in (place, *place.parents) if path in told), None)
        if owner and len(told[owner]) < SENTENCES:
            told[owner].append(f"{shown(place.name)}: {why}.")
    more = [[sentence for path in each.paths for sentence in told[path]] for each in sources]
    return [
        replace(source, note=" ".join(filter(None, [source.note, *sentences])))
        for source, sentences in zip(sources, more, strict=True)
    ]


def _nameless_copies(held: list[Entry]) -> bool:
    """Return whether notebooks lie here under one name with numbers, as a form collects them."""
    names = [lms_names.version(e.name)[0] for e in held if ".ipynb" in e.name.lower()]
    most = max(Counter(names).values(), default=0)
    return most >= _MANY and not any(entry.is_folder for entry in held)


def _nameless(top: Entry) -> str:
    return (
        f"{shown(top.name)} holds many copies of one notebook, and no name says whose each is; "
        "download it so that names or folders tell the learners, or put each into a folder."
    )


def _clean(who: str) -> str:
    """Return a name that can be written: bytes that are no letters are replaced."""
    return os.fsencode(who).decode("utf-8", "replace").strip() or "nameless"


def _nobody(top: Entry) -> str:
    return (
        f"Nobody's work lies in {shown(top.name)}; give the folder that holds a folder, a "
        "zip or a notebook for each learner."
    )


def _mixed(classes: list[Entry], counted: list[Entry]) -> str:
    others = [entry.name for entry in counted if entry not in classes]
    return (
        f"{quoted([entry.name for entry in classes])} holds the work of a whole class, and lies "
        f"beside {quoted(others)}; give one of them alone, or --layout {FOLDERS} to take each for "
        "one learner's."
    )


def _no_layout(top: Entry, rows: list[Layout]) -> str:
    examples = [example for row in rows for example in row.examples][:1]
    shape = f", such as {shown(examples[0])}" if examples else ""
    return (
        f"Nothing in {shown(top.name)} is named as --layout {rows[0].name if rows else FOLDERS} "
        f"says{shape}; leave --layout out, or give another."
    )
