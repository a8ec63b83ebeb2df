"""Find fills in the text of a handed-in file or notebook; nothing here opens files."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from confirmlab.course import blanks, lessons, notebook_format, skeleton
from confirmlab.course.lessons import Lesson
from confirmlab.course.notebook_format import fill_id
from confirmlab.submissions import cell_places
from confirmlab.submissions.bounded_files import shown

LONGEST = 1_000_000  # characters of one fill
CELLS = 200_000  # cells of one notebook


@dataclass(frozen=True)
class FoundFills:
    """The fills in some files: a text for each blank, and notes about what is unusual."""

    texts: Mapping[str, str]
    problems: tuple[str, ...] = ()
    of_this_course: bool = True  # whether the files have any exercise of this course
    earlier: Mapping[str, str] = field(default_factory=dict)  # texts of blanks before a refill

    def __repr__(self) -> str:
        return f"<FoundFills of {', '.join(self.texts) or 'nothing'}>"


@dataclass(frozen=True)
class _Cell:
    """A cell with a %%fill line, or with the id of one."""

    id: str
    kind: str
    blank: str  # the id on its %%fill line; empty if it has none
    text: str
    number: int = 0  # position of the cell in the notebook, from 1
    ran: int = 0  # execution count; 0 if it never ran

    @property
    def label(self) -> str:
        """Return the cell's id, or else its number."""
        return repr(self.id) if self.id else f"cell {self.number}"


def in_file(name: str, source: str) -> FoundFills:
    """Return the fills in a file of the app."""
    in_source, problems = blanks.find_with_problems(source)
    known = _exercise_ids()
    notes = [f"{shown(name)}: {problem}" for problem in problems]
    notes += [_unknown(name, blank_id) for blank_id in in_source if blank_id not in known]
    texts = {blank_id: blank.text for blank_id, blank in in_source.items() if blank_id in known}
    return usable(name, texts, notes)


def in_notebook(name: str, source: str, lesson: Lesson | None) -> FoundFills:
    """Return the fills in the %%fill cells of a notebook.

    `lesson` is the lesson that the file name shows.
    """
    try:
        cells = _cells(json.loads(source), lesson)
    except RecursionError:
        return _no_fills(f"{shown(name)} is nested too deeply, so it was not read.")
    except ValueError as error:
        return _no_fills(f"{shown(name)} is not a notebook ({str(error)[:100]}); it was not read.")
    known = _exercise_ids()
    if lesson is None and not any(cell.blank in known for cell in cells):
        return _no_fills(f"{shown(name)} holds no exercise of this course.")
    unknown = dict.fromkeys(cell.blank for cell in cells if cell.blank not in {"", *known})
    notes = [_unknown(name, blank_id) for blank_id in unknown]
    by_blank = defaultdict(list)
    for cell in cells:
        by_blank[cell.blank].append(cell)
    texts = {}
    for exercise_id in known:
        chosen = _chosen(exercise_id, by_blank[exercise_id])
        if chosen:
            texts[exercise_id] = blanks.normal(chosen.text)
            notes += _notes_on_choice(name, exercise_id, by_blank[exercise_id], chosen)
    return usable(name, texts, notes + _misplaced(name, lesson, cells))


def _cells(notebook: Any, lesson: Lesson | None) -> list[_Cell]:
    """Return the cells that have a %%fill line or should have one; the JSON is untrusted."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells")
    if len(cells) > CELLS:
        raise ValueError(f"it has more than {CELLS:,} cells")
    # IPython ignores empty lines above a magic, too.
    sources = [_source(cell).lstrip() for cell in cells]
    fills = [notebook_format.fill_cell(source) or ("", "") for source in sources]
    given = [str(c.get("id", ""))[:80] if isinstance(c, dict) else "" for c in cells]
    name = lesson.name if lesson else cell_places.lesson_of([blank for blank, _ in fills])
    ids = cell_places.ids(given, sources, name) if name else given
    return [
        _Cell(ids[n], _kind(cell), *fills[n], n + 1, _ran(cell))
        for n, cell in enumerate(cells)
        if fills[n][0] or ids[n] in _exercise_of_cell()
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
    """Return the cell that counts: of those that the learner changed, the one that ran last.

    A changed draft cell of the course counts only if no other cell was changed. If none was
    changed, the exercise's own cell counts.
    """
    texts, _ = _drafts()
    given = [skeleton.stubs()[exercise_id], *texts.get(exercise_id, ())]
    changed = [c for c in cells if not any(blanks.same(c.text, text) for text in given)]
    answers = [c for c in changed if not _is_draft(c) or c.id in _refill_ids(exercise_id)]
    made_for_it = [cell for cell in cells if cell.id == fill_id(exercise_id)]
    chosen = _ran_last(answers, exercise_id) or _ran_last(changed, exercise_id)
    return chosen or (made_for_it[-1] if made_for_it else None)


def _ran_last(cells: list[_Cell], exercise_id: str) -> _Cell | None:
    """Return the cell that ran last; if none ran, the exercise's own cell or the lowest one."""
    made_for_it = fill_id(exercise_id)
    order = sorted(cells, key=lambda cell: (cell.ran, cell.id == made_for_it, cell.number))
    return order[-1] if order else None


def _notes_on_choice(name: str, exercise_id: str, cells: list[_Cell], chosen: _Cell) -> list[str]:
    notes = []
    refills = _refill_ids(exercise_id)
    candidates = [cell for cell in cells if not _is_draft(cell) and cell.id not in refills]
    if len(candidates) > 1:
        last = bool(chosen.ran) and chosen.ran > min(cell.ran for cell in candidates)
        which = chosen.label if chosen.id == fill_id(exercise_id) else f"the one in {chosen.label}"
        notes.append(
            f"{shown(name)}: {exercise_id!r} is filled in {len(candidates)} cells; "
            f"{which} counts{', which ran last' if last else ''}."
        )
    if chosen.kind != "code":
        notes.append(
            f"{shown(name)}: the cell that fills {exercise_id!r} is no longer a code cell; "
            "its text counts."
        )
    return notes


def _misplaced(name: str, lesson: Lesson | None, cells: list[_Cell]) -> list[str]:
    notes = []
    present = [cell.id for cell in cells if cell.id in _exercise_of_cell()]
    for cell_id in dict.fromkeys(present):
        exercise = lessons.load().exercise(_exercise_of_cell()[cell_id])
        if lesson and exercise.lesson != lesson.number:
            notes.append(f"{shown(name)}: the cell {cell_id!r} comes from another notebook.")
        if not any(cell.id == cell_id and cell.blank == exercise.id for cell in cells):
            notes.append(
                f"{shown(name)}: the cell {cell_id!r} does not begin with its %%fill line."
            )
    expected = [fill_id(exercise.id) for exercise in lesson.exercises] if lesson else []
    filled = {fill_id(cell.blank) for cell in cells}
    missing = [c for c in expected if c not in present and c not in filled]
    notes += [f"{shown(name)}: the cell {cell_id!r} is missing." for cell_id in missing]
    order = [cell_id for cell_id in dict.fromkeys(present) if cell_id in expected]
    if order != [cell_id for cell_id in expected if cell_id in order]:
        notes.append(f"{shown(name)}: the exercises are in another order than in the course.")
    return notes


def usable(name: str, texts: Mapping[str, str], notes: list[str]) -> FoundFills:
    """Return the fills without those that cannot be put into a file of the app."""
    refused = {exercise_id: _refusal(text) for exercise_id, text in texts.items()}
    more = [
        f"{shown(name)}: the text for {exercise_id!r} {reason}; it does not count."
        for exercise_id, reason in refused.items()
        if reason
    ]
    kept = {key: text for key, text in texts.items() if not refused[key]}
    return FoundFills(kept, (*notes, *more))


def _refusal(text: str) -> str:
    if len(text) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    if "\0" in text:
        return "holds a NUL character"
    if any("\ud800" <= char <= "\udfff" for char in text):
        return "holds half of a UTF-16 pair, which cannot be saved as UTF-8"
    # A marker would end the blank early and damage the other blanks of the file.
    return "holds the marker of a blank" if any(blanks.find_with_problems(text)) else ""


def _is_draft(cell: _Cell) -> bool:
    """Return whether a cell was made for a draft, in this version of the course or an older one."""
    return cell.id in _drafts()[1] or cell.id.startswith("draft-")


@cache
def _drafts() -> tuple[dict[str, list[str]], set[str]]:
    """Return the draft fills in the course's own notebooks by blank, and the ids of their cells."""
    texts: dict[str, list[str]] = defaultdict(list)
    ids = set()
    for lesson in lessons.load().lessons:
        for cell in cell_places.course_cells(lesson.name):
            fill = notebook_format.fill_cell(cell["source"])
            if fill and not notebook_format.is_answer(cell):
                texts[fill[0]].append(fill[1])
                ids.add(cell["id"])
    return texts, ids


@cache
def _refill_ids(exercise_id: str) -> set[str]:
    later = lessons.load().refilled_by(exercise_id)
    return {notebook_format.refill_id(exercise.id, exercise_id) for exercise in later}


@cache
def _exercise_of_cell() -> dict[str, str]:
    return {fill_id(exercise_id): exercise_id for exercise_id in _exercise_ids()}


def _exercise_ids() -> list[str]:
    return [exercise.id for exercise in lessons.load().exercises]


def _unknown(name: str, blank_id: str) -> str:
    return f"{shown(name)}: this course has no exercise {shown(blank_id)}."


def _no_fills(problem: str) -> FoundFills:
    return FoundFills({}, (problem,), of_this_course=False)
