"""Read what one learner hands in: the text of the blanks, and what is damaged; nothing is run."""

import codecs
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from confirmlab import __version__, answers, blanks, course, parcel, reference
from confirmlab.answers import Answers
from confirmlab.course import Lesson
from confirmlab.errors import SubmissionError
from confirmlab.parcel import Parcel, listed, shown

MANIFEST = "confirmlab.json"  # says which version of the kit packed it
TEXT = 1_000_000  # bytes of a .py, .html, .txt or .json file
NOTEBOOK = 20_000_000  # bytes of a notebook, with its outputs
NESTED = 3  # folders around my_app or a notebook
SENTENCES = 40

# The course's own answers: a learner who hands in the whole kit did not write these.
_GIVEN = {"solutions", "app_skeleton"}


@dataclass(frozen=True)
class Submission:
    """Hold what counts of one learner's work: a text for each exercise that is not open."""

    learner: str
    fills: dict[str, str]
    damage: tuple[str, ...]
    status: str  # ok, no-submission or unreadable

    def __repr__(self) -> str:
        return f"<Submission of {shown(self.learner)}: {self.status}, {len(self.fills)} fills>"


def read(path: Path, learner: str = "") -> Submission:
    """Read a folder, a zip or a notebook; whatever is in it, this ends with a status."""
    packed = path.suffix.lower() in (".zip", ".ipynb")
    learner = learner or (path.stem if packed else path.name)
    try:
        with parcel.opened(path) as opened:
            return _read(learner, opened)
    except SubmissionError as error:
        return Submission(learner, {}, (str(error),), "unreadable")


def _read(learner: str, opened: Parcel) -> Submission:
    names, said = _without_given(opened.names)
    said += _version(opened)
    root, choice = _root(names)
    sheets = _notebooks(opened, names)
    from_app = _app(opened, names, root) if root is not None else Answers({})
    from_notebooks = _merged(sheets)
    fills, differences = _counting(from_app.texts, from_notebooks.texts, root is not None)
    said += [*choice, *from_app.problems, *from_notebooks.problems, *differences]
    if root is not None or any(sheet.ours for sheet in sheets.values()):
        return Submission(learner, fills, _short(said + opened.problems), "ok")
    # Something was there and could not be read, or nothing of the course was there at all.
    status = "unreadable" if any(_lesson(name) for name in names) else "no-submission"
    return Submission(learner, {}, _short([_missing(names), *said, *opened.problems]), status)


def _notebooks(opened: Parcel, names: list[str]) -> dict[str, Answers]:
    """Read the notebooks, those with the course's own names first."""
    own = {f"{lesson.name}.ipynb" for lesson in course.load().lessons}
    found = [name for name in names if name.endswith(".ipynb") and name.count("/") <= NESTED]
    found.sort(key=lambda name: (name.rpartition("/")[2] not in own, name.count("/"), name))
    sheets = {}
    for name in found:
        text = _text(opened, name, NOTEBOOK)
        if text is not None:
            sheets[name] = answers.in_notebook(name, text, _lesson(name))
    return sheets


def _merged(sheets: Mapping[str, Answers]) -> Answers:
    texts: dict[str, str] = {}
    source: dict[str, str] = {}
    said = [problem for sheet in sheets.values() for problem in sheet.problems]
    for name, sheet in sheets.items():
        for exercise_id, text in sheet.texts.items():
            if not _is_open(exercise_id, text):
                if blanks.same(texts.setdefault(exercise_id, text), text):
                    source.setdefault(exercise_id, name)
                else:
                    one = shown(source[exercise_id])
                    said.append(
                        f"{exercise_id!r} is filled in {one} and otherwise in {shown(name)}; "
                        "the first counts."
                    )
    return Answers(texts, tuple(said))


def _root(names: list[str]) -> tuple[str | None, list[str]]:
    """Find the folder of the app: the one named my_app, or else with the most of its files."""
    files = _app_files()
    ends = [
        name[: -len(file)] for file in files for name in names if f"/{name}".endswith(f"/{file}")
    ]
    roots = Counter(root for root in ends if root.count("/") <= NESTED)
    ranked = sorted(
        roots, key=lambda root: (not f"/{root}".endswith("/my_app/"), -roots[root], len(root), root)
    )
    said = [f"More than one app: that in {shown(ranked[0])} counts, not that in {shown(other)}."
            for other in ranked[1:]]  # fmt: skip
    return (ranked[0] if ranked else None), said


def _app(opened: Parcel, names: list[str], root: str) -> Answers:
    """Read the blanks in the files of the app, each where it belongs or else where it is."""
    present = set(names)
    texts: dict[str, str] = {}
    said: list[str] = []
    for file in _app_files():
        if root + file not in present:
            said.append(f"The file {shown(root + file)} is missing.")
            continue
        _add(opened, root + file, texts, said)
    if any(exercise.id not in texts for exercise in course.load().exercises):
        for name in _other_files(names, root):
            for exercise_id in _add(opened, name, texts, said):
                said.append(f"The blank {exercise_id!r} was moved to {shown(name)}; it counts.")
    lost = [exercise for exercise in course.load().exercises if exercise.id not in texts]
    said += [f"{shown(root + e.file)} has no readable blank {e.id!r}." for e in lost]
    texts = _uncovered(opened, f"{root}.confirmlab/record.json", texts, said)
    return Answers(texts, tuple(said))


def _add(opened: Parcel, name: str, texts: dict[str, str], said: list[str]) -> list[str]:
    """Take the blanks of one file in, but for those that are known; name the new ones."""
    source = _text(opened, name, TEXT)
    if source is None:
        return []
    found = answers.in_file(name, source)
    said += found.problems
    new = [exercise_id for exercise_id in found.texts if exercise_id not in texts]
    texts |= {exercise_id: found.texts[exercise_id] for exercise_id in new}
    return new


def _other_files(names: list[str], root: str) -> list[str]:
    folders = (f"{root}app/", f"{root}tests/")
    known = {root + file for file in _app_files()}
    return [
        name
        for name in names
        if name.startswith(folders)
        and name.endswith((".py", ".html", ".txt"))
        and name not in known
    ]


def _uncovered(
    opened: Parcel, record: str, texts: dict[str, str], said: list[str]
) -> dict[str, str]:
    """Put the learner's own text where %lesson covered it with the reference.

    The record is believed in this one thing, since to lie here costs the liar points.
    """
    notes = _json(opened, record)
    filled, covered = notes.get("filled"), notes.get("covered")
    if not isinstance(filled, dict) or not isinstance(covered, dict):
        return texts
    own = {
        exercise_id: covered[exercise_id]
        for exercise_id, text in texts.items()
        if filled.get(exercise_id) == text and isinstance(covered.get(exercise_id), str)
    }
    sound = answers.sound(record, own, [])
    said += sound.problems
    kept = {exercise_id: text for exercise_id, text in texts.items() if exercise_id not in own}
    return {**kept, **sound.texts}


def _counting(
    app: Mapping[str, str], cells: Mapping[str, str], has_app: bool
) -> tuple[dict[str, str], list[str]]:
    """Choose between my_app and the notebooks: my_app counts, where it is not open."""
    fills, said = {}, []
    for exercise in course.load().exercises:
        here, there = app.get(exercise.id), cells.get(exercise.id)
        if here is not None and not _is_open(exercise.id, here):
            fills[exercise.id] = blanks.normal(here)
            if there is not None and not blanks.same(here, there):
                said.append(f"{exercise.id!r} differs in the notebook and my_app; my_app counts.")
        elif there is not None:
            fills[exercise.id] = there
            if has_app:
                said.append(f"{exercise.id!r} is open in my_app; the notebook's text counts.")
    return fills, said


def _is_open(exercise_id: str, text: str) -> bool:
    return blanks.same(text, reference.stubs()[exercise_id])


def _text(opened: Parcel, name: str, limit: int) -> str | None:
    """Read a text as what it seems to be, since one odd letter is no reason for no points."""
    data = opened.read(name, limit)
    if data is None:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        kind = "utf-16" if wide else "latin-1"
        opened.note(
            f"{shown(name)} is not UTF-8 (byte {error.start}); it was read as {kind.capitalize()}."
        )
        return data.decode(kind, errors="replace")


def _json(opened: Parcel, name: str) -> dict:
    """Read a small JSON object; a missing or broken one is empty."""
    data = opened.read(name, TEXT) if name in opened.names else None
    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _version(opened: Parcel) -> list[str]:
    manifests = [name for name in opened.names if name.rpartition("/")[2] == MANIFEST]
    if not manifests:
        return []
    version = str(_json(opened, manifests[0]).get("confirmlab", "unknown"))
    if version == __version__:
        return []
    return [f"It was packed with version {shown(version)} of the kit; this is {__version__}."]


def _without_given(names: list[str]) -> tuple[list[str], list[str]]:
    kept = [name for name in names if not _GIVEN & set(name.split("/")[:-1])]
    if len(kept) == len(names):
        return kept, []
    return kept, ["What lies in 'solutions' or 'app_skeleton' is the course's, and was not read."]


def _lesson(name: str) -> Lesson | None:
    """Tell a notebook's lesson by its name, to which a browser or an LMS may have added."""
    last = name.rpartition("/")[2]
    lessons = course.load().lessons
    wanted = (lesson for lesson in lessons if lesson.name in last and last.endswith(".ipynb"))
    return next(wanted, None)


def _app_files() -> list[str]:
    return list(dict.fromkeys(exercise.file for exercise in course.load().exercises))


def _missing(names: list[str]) -> str:
    held = listed(names) if names else "nothing"
    return f"No readable notebook of this course and no my_app: it holds {held}."


def _short(said: list[str]) -> tuple[str, ...]:
    sentences = list(dict.fromkeys(said))
    more = len(sentences) - SENTENCES
    return (*sentences[:SENTENCES], *([f"And {more} sentences more."] if more > 0 else []))
