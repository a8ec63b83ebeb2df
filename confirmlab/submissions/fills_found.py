"""Find fills in the texts that a learner hands in: text in, fills and sentences out."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from confirmlab.base import paths
from confirmlab.course import blanks, lessons, notebook_format, skeleton
from confirmlab.course.lessons import Lesson
from confirmlab.submissions import cell_places
from confirmlab.submissions.bounded_files import shown

LONGEST = 1_000_000  # characters of one fill
CELLS = 200_000  # cells of one notebook


@dataclass(frozen=True)
class Answers:
    """What one file contains: a text for each exercise, and what is odd about it."""

    texts: Mapping[str, str]
    problems: tuple[str, ...] = ()
    ours: bool = True  # whether anything in it belongs to this course
    earlier: Mapping[str, str] = field(default_factory=dict)  # of blanks that were filled anew

    def __repr__(self) -> str:
        return f"<Answers to {', '.join(self.texts) or 'nothing'}>"


@dataclass(frozen=True)
class _Cell:
    id: str
    kind: str
    blank: str  # the id on its %%fill line; empty if it has none
    text: str
    number: int = 0  # counted from 1, as people count
    ran: int = 0  # when in its session it ran last; 0 if never

    @property
    def label(self) -> str:
        """Return the cell's id, or else its number."""
        return repr(self.id) if self.id else f"cell {self.number}"


def in_file(name: str, source: str) -> Answers:
    """Return the fills in a file of the app."""
    found, problems = blanks.survey(source)
    known = _known()
    said = [f"{shown(name)}: {problem}" for problem in problems]
    said += [_unknown(name, blank_id) for blank_id in found if blank_id not in known]
    texts = {blank_id: blank.text for blank_id, blank in found.items() if blank_id in known}
    return sound(name, texts, said)


def in_notebook(name: str, source: str, lesson: Lesson | None) -> Answers:
    """Read the cells with %%fill of a notebook; `lesson` is the one that its name tells."""
    try:
        cells = _cells(json.loads(source), lesson)
    except RecursionError:
        return _nothing(f"{shown(name)} is nested too deep, so it was not read.")
    except ValueError as error:
        return _nothing(f"{shown(name)} is not a notebook ({str(error)[:100]}); it was not read.")
    known = _known()
    if lesson is None and not any(cell.blank in known for cell in cells):
        return _nothing(f"{shown(name)} holds no exercise of this course.")
    strange = dict.fromkeys(cell.blank for cell in cells if cell.blank not in {"", *known})
    said = [_unknown(name, blank_id) for blank_id in strange]
    by_id = defaultdict(list)
    for cell in cells:
        by_id[cell.blank].append(cell)
    texts = {}
    for exercise_id in known:
        chosen = _chosen(exercise_id, by_id[exercise_id])
        if chosen:
            texts[exercise_id] = blanks.normal(chosen.text)
            said += _oddities(name, exercise_id, by_id[exercise_id], chosen)
    return sound(name, texts, said + _misplaced(name, lesson, cells))


def _cells(notebook: Any, lesson: Lesson | None) -> list[_Cell]:
    """Return the cells that fill, or should; whatever else a stranger's JSON holds is left out."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells")
    if len(cells) > CELLS:
        raise ValueError(f"it has more than {CELLS:,} cells")
    # IPython too passes over empty lines above a magic.
    sources = [_source(cell).lstrip() for cell in cells]
    fills = [notebook_format.fill_cell(source) or ("", "") for source in sources]
    given = [str(c.get("id", ""))[:80] if isinstance(c, dict) else "" for c in cells]
    name = lesson.name if lesson else cell_places.lesson_of([blank for blank, _ in fills])
    ids = cell_places.ids(given, sources, name) if name else given
    return [
        _Cell(ids[n], _kind(cell), *fills[n], n + 1, _ran(cell))
        for n, cell in enumerate(cells)
        if fills[n][0] or ids[n] in _places()
    ]


def _kind(cell: Any) -> str:
    return str(cell.get("cell_type")) if isinstance(cell, dict) else ""


def _ran(cell: Any) -> int:
    count = cell.get("execution_count") if isinstance(cell, dict) else None
    return count if isinstance(count, int) and 0 < count < 10**9 else 0


def _source(cell: Any) -> str:
    source = cell.get("source") if isinstance(cell, dict) else None
    parts = source if isinstance(source, list) else [source]
    return "".join(part for part in parts if isinstance(part, str))


def _chosen(exercise_id: str, cells: list[_Cell]) -> _Cell | None:
    """Choose among the cells that were worked on: of several the one that ran last.

    A draft of the course counts only where nothing else was worked on.
    """
    texts, _ = _drafts()
    given = [skeleton.stubs()[exercise_id], *texts.get(exercise_id, ())]
    worked = [c for c in cells if not any(blanks.same(c.text, text) for text in given)]
    own = [cell for cell in cells if cell.id == _place(exercise_id)]
    apart = [cell for cell in worked if not _is_draft(cell) or cell.id in _refills(exercise_id)]
    return _last(apart, exercise_id) or _last(worked, exercise_id) or (own[-1] if own else None)


def _last(cells: list[_Cell], exercise_id: str) -> _Cell | None:
    """Return the cell that ran last; where none ran, the one made for the exercise, or the last."""
    own = [cell.id == _place(exercise_id) for cell in cells]
    order = sorted(range(len(cells)), key=lambda n: (cells[n].ran, own[n], n))
    return cells[order[-1]] if order else None


def _oddities(name: str, exercise_id: str, cells: list[_Cell], chosen: _Cell) -> list[str]:
    said = []
    anew = _refills(exercise_id)
    rivals = [cell for cell in cells if not _is_draft(cell) and cell.id not in anew]
    if len(rivals) > 1:
        why = ", which ran last" if chosen.ran and chosen.ran > min(c.ran for c in rivals) else ""
        which = chosen.label if chosen.id == _place(exercise_id) else f"the one in {chosen.label}"
        said.append(
            f"{shown(name)}: {exercise_id!r} is filled in {len(rivals)} cells; {which} counts{why}."
        )
    if chosen.kind != "code":
        said.append(
            f"{shown(name)}: the cell that fills {exercise_id!r} is no code cell any more; "
            "its text counts."
        )
    return said


def _misplaced(name: str, lesson: Lesson | None, cells: list[_Cell]) -> list[str]:
    said = []
    places = [cell.id for cell in cells if cell.id in _places()]
    for place in dict.fromkeys(places):
        exercise = lessons.load().exercise(_places()[place])
        if lesson and exercise.lesson != lesson.number:
            said.append(f"{shown(name)}: the cell {place!r} was moved here from another notebook.")
        if not any(cell.id == place and cell.blank == exercise.id for cell in cells):
            said.append(f"{shown(name)}: the cell {place!r} does not begin with its %%fill line.")
    wanted = [_place(exercise.id) for exercise in lesson.exercises] if lesson else []
    filled = {_place(cell.blank) for cell in cells}
    lost = [place for place in wanted if place not in places and place not in filled]
    said += [f"{shown(name)}: the cell {place!r} is missing." for place in lost]
    order = [place for place in dict.fromkeys(places) if place in wanted]
    if order != [place for place in wanted if place in order]:
        said.append(f"{shown(name)}: the exercises were moved: they stand in another order.")
    return said


def sound(name: str, texts: Mapping[str, str], said: list[str]) -> Answers:
    """Remove texts that cannot be put into a file of the app."""
    refused = {exercise_id: _refusal(text) for exercise_id, text in texts.items()}
    for exercise_id, reason in refused.items():
        if reason:
            said.append(f"{shown(name)}: the text for {exercise_id!r} {reason}; it does not count.")
    return Answers({key: text for key, text in texts.items() if not refused[key]}, tuple(said))


def _refusal(text: str) -> str:
    if len(text) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    if "\0" in text:
        return "holds a NUL character"
    if any("\ud800" <= char <= "\udfff" for char in text):
        return "holds half a character, which no file can hold"
    # A marker in a fill would end the blank early, in a file that others' answers share.
    return "holds the marker of a blank" if any(blanks.survey(text)) else ""


def _is_draft(cell: _Cell) -> bool:
    """Return whether the course itself made a cell for a draft, in this version or an older one."""
    return cell.id in _drafts()[1] or cell.id.startswith("draft-")


@cache
def _drafts() -> tuple[dict[str, list[str]], set[str]]:
    """Collect the fills that the course itself gives in its notebooks, and their cells' ids."""
    texts: dict[str, list[str]] = defaultdict(list)
    ids = set()
    for lesson in lessons.load().lessons:
        path = paths.in_kit("solutions", f"{lesson.name}.ipynb")
        solved = notebook_format.read(path.read_text(encoding="utf-8"))
        for cell in notebook_format.learner_version(solved, skeleton.stubs())["cells"]:
            found = notebook_format.fill_cell(cell["source"])
            if found and not notebook_format.is_answer(cell):
                texts[found[0]].append(found[1])
                ids.add(cell["id"])
    return texts, ids


@cache
def _refills(exercise_id: str) -> set[str]:
    later = lessons.load().refilled_by(exercise_id)
    return {notebook_format.refill_id(exercise.id, exercise_id) for exercise in later}


@cache
def _places() -> dict[str, str]:
    return {_place(exercise_id): exercise_id for exercise_id in _known()}


def _place(exercise_id: str) -> str:
    return f"ex-{exercise_id}-fill"


def _known() -> list[str]:
    return [exercise.id for exercise in lessons.load().exercises]


def _unknown(name: str, blank_id: str) -> str:
    return f"{shown(name)}: this course has no exercise {shown(blank_id)}."


def _nothing(problem: str) -> Answers:
    return Answers({}, (problem,), ours=False)
