"""Find out whose submission lies where in what an instructor got; only names are read."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from confirmlab.base.errors import SubmissionError
from confirmlab.submissions import bundles, layout, lms_names
from confirmlab.submissions.bounded_files import reason, shown
from confirmlab.submissions.learner_files import Pile
from confirmlab.submissions.reader import SENTENCES

_PACKED = {".zip", ".ipynb", ".gz", ".tgz", ".tar", ".7z", ".rar", ".xz", ".bz2"}
_GRADED = "results.jsonl"  # lies in the folder of a gradebook, which nobody handed in


@dataclass(frozen=True)
class HandedIn:
    """Hold what one learner handed in; submission.read takes all the paths as one."""

    learner: str
    paths: tuple[Path, ...]
    late: bool = False
    note: str = ""

    def __repr__(self) -> str:
        return f"<HandedIn by {shown(self.learner)}: {len(self.paths)} paths>"


@contextmanager
def opened(path: Path) -> Iterator[list[HandedIn]]:
    """Find what learners handed in, also in a download that is still zipped.

    That one is unpacked into a temporary folder, which is gone when this ends.

    Raises:
        SubmissionError: it is not there, cannot be read, or holds nothing.
    """
    if not (path.is_file() and path.suffix.lower() == ".zip" and _holds_many(path)):
        yield find(path)
        return
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        folder = Path(name).resolve() / "class"
        problems = bundles.unpack(path, folder)
        inside = [entry for entry in layout.listed(folder) if entry.is_dir()]
        if len(inside) == len(layout.listed(folder)) == 1:
            folder = Path(inside[0].path)  # a zip made of a folder holds that folder
        yield _with_problems(find(folder), problems)


def find(folder: Path) -> list[HandedIn]:
    """Find what each learner handed in, in the order of their names; no name comes twice.

    Raises:
        SubmissionError: the folder is not there, cannot be read, or holds nothing.
    """
    root = _root(folder)
    if not root.is_dir() or layout.is_work(layout.listed(root)):
        return [HandedIn(_clean(root.name if root.is_dir() else root.stem), (root,))]
    piles: dict[tuple[str, str], Pile] = {}
    entries = [entry for entry in layout.listed(root) if _counts(entry)]
    prefix = _assignment(root, entries)
    for entry in entries:
        _put(piles, entry, prefix)
    if not piles:
        raise SubmissionError(
            f"Nobody's work lies in {shown(root.name)}; give the folder that holds a folder, a "
            "zip or a notebook for each learner."
        )
    return sorted(_named(piles.values()), key=lambda handed: handed.learner)


def _root(folder: Path) -> Path:
    """Go to where the learners' work lies: nbgrader's `submitted`, or what a download wraps."""
    try:
        root = folder.resolve(strict=True)
        if root.is_dir():
            os.scandir(root).close()
    except (OSError, RuntimeError) as error:  # a loop of links was a RuntimeError once
        why = reason(error)
        raise SubmissionError(
            f"{shown(folder.name)} cannot be read ({why}); give the folder with the submissions."
        ) from None
    while root.is_dir():
        entries = layout.listed(root)
        inside = [entry for entry in entries if os.path.isdir(entry.path)]
        submitted = [entry for entry in inside if entry.name == "submitted"]
        wrapped = inside if len(inside) == len(entries) == 1 else []
        wrapped = wrapped if wrapped and _wraps(wrapped[0]) else []
        if layout.is_work(entries) or not (submitted or wrapped):
            break
        root = Path((submitted or wrapped)[0].path)
    return root


def _wraps(entry: os.DirEntry[str]) -> bool:
    if entry.name == "submissions" or lms_names.parse(entry.name):
        return entry.name == "submissions"
    return any(lms_names.parse(file.name) for file in layout.listed(Path(entry.path)))


def _put(piles: dict[tuple[str, str], Pile], entry: os.DirEntry[str], prefix: str) -> None:
    named = lms_names.parse(entry.name)
    if not named:
        folder = entry.is_dir(follow_symlinks=False)
        who = entry.name.removeprefix(prefix) if folder else Path(entry.name).stem
        piles.setdefault((who, ""), Pile(who)).files.append((entry.name, Path(entry.path)))
        return
    pile = piles.setdefault((named.who, named.number), Pile(named.who, named.number))
    pile.late = pile.late or named.late
    files = pile.online if named.online else pile.files
    files.append((named.rest or entry.name, Path(entry.path)))


def _counts(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is somebody's work, and not a gradebook, a list or a read-me."""
    if entry.is_dir(follow_symlinks=False):
        return not os.path.isfile(os.path.join(entry.path, _GRADED))
    return bool(Path(entry.name).suffix.lower() in _PACKED or lms_names.parse(entry.name))


def _assignment(root: Path, entries: list[os.DirEntry[str]]) -> str:
    """Give what clones of one assignment begin with, if their parent folder is named so, too."""
    prefix = root.name.removesuffix("-submissions") + "-"
    folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    named_so = all(name.startswith(prefix) and name != prefix for name in folders)
    return prefix if folders and named_so else ""


def _named(piles: Iterable[Pile]) -> Iterator[HandedIn]:
    """Give each pile a name of its own: two of one name are told apart by their numbers."""
    piles = sorted(piles, key=lambda pile: (pile.who, pile.number))
    whose = Counter(_clean(pile.who) for pile in piles)
    taken: set[str] = set()
    for pile in piles:
        who = _clean(pile.who)
        who += f" ({pile.number})" if whose[who] > 1 and pile.number else ""
        names = (f"{who} [{number}]" if number > 1 else who for number in count(1))
        learner = next(name for name in names if name not in taken)
        taken.add(learner)
        paths, note = pile.chosen()
        yield HandedIn(learner, paths, pile.late, note)


def _holds_many(path: Path) -> bool:
    """Say whether a zip holds the work of several; a broken one is a submission like any other."""
    try:
        names = bundles.names(path)
    except SubmissionError:
        return False
    tops = {name.partition("/")[0] for name in names if not layout.is_junk(name.partition("/")[0])}
    inside = [name.partition("/")[2] for name in names] if len(tops) == 1 else []
    return not (layout.names_work(names) or layout.names_work(inside)) and any(
        Path(name).suffix.lower() in (".zip", ".ipynb", ".py") or lms_names.parse(part)
        for name in names
        for part in name.split("/")
    )


def _clean(who: str) -> str:
    """Make a name that can be written: bytes that are no letters are replaced."""
    return os.fsencode(who).decode("utf-8", "replace").strip() or "nameless"


def _with_problems(found: list[HandedIn], problems: dict[Path, str]) -> list[HandedIn]:
    """Tell each learner's files that could not be unpacked."""
    said: dict[Path, list[str]] = {path: [] for handed in found for path in handed.paths}
    for place, why in problems.items():
        owner = next((path for path in (place, *place.parents) if path in said), None)
        if owner and len(said[owner]) < SENTENCES:
            said[owner].append(f"{shown(place.name)}: {why}.")
    more = [[sentence for path in handed.paths for sentence in said[path]] for handed in found]
    return [
        replace(handed, note=" ".join(filter(None, [handed.note, *sentences])))
        for handed, sentences in zip(found, more, strict=True)
    ]
