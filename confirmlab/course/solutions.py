"""The reference fills, read from the solved notebooks."""

import gzip
import json
from functools import cache
from typing import NamedTuple

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import lessons, notebook_format

PACKED = "solutions/fills.json.gz"  # instead of the notebooks, where learners must not see them


@cache
def fills(lesson: str = "") -> dict[str, str]:
    """Return the reference fill of each blank as it is after a lesson, by default the last one."""
    by_blank: dict[str, str] = {}
    for entry in lessons.load().lessons:
        if not lesson or entry.number <= lesson:
            by_blank.update({cell.blank_id: cell.text for cell in _cells(entry.name)})
    return by_blank


def fill(exercise_id: str) -> str:
    """Return the reference fill of one exercise."""
    return answer(exercise_id)[exercise_id]


def finished() -> dict[str, str]:
    """Return the reference fills of the finished app, without the changes of extra lessons."""
    return fills(lessons.load().finished)


@cache
def answer(exercise_id: str) -> dict[str, str]:
    """Return the reference fills of one exercise: its own blank and those that it fills again."""
    exercise = lessons.load().exercise(exercise_id)
    cell_ids = {
        notebook_format.fill_id(exercise_id),
        *(notebook_format.refill_id(exercise_id, name) for name in exercise.refills),
    }
    name = lessons.load().lesson(exercise.lesson).name
    found = {cell.blank_id: cell.text for cell in _cells(name) if cell.cell_id in cell_ids}
    for blank_id in (exercise_id, *exercise.refills):
        if blank_id not in found:
            raise CourseError(
                f"solutions/ has no fill for {blank_id!r}; add its %%fill cell there."
            )
    return found


def may_be_shown() -> bool:
    """Return whether the solved notebooks are part of this installation."""
    return not paths.in_kit(PACKED).exists()


def packed() -> bytes:
    """Return the reference fills alone, compressed, for an installation without solutions."""
    cells = {lesson.name: _read(lesson.name) for lesson in lessons.load().lessons}
    return gzip.compress(json.dumps(cells).encode(), mtime=0)


class _Cell(NamedTuple):
    """A solved %%fill cell."""

    cell_id: str
    blank_id: str
    text: str


def _cells(name: str) -> tuple[_Cell, ...]:
    """Return the solved cells of a lesson, from the packed fills where there are no notebooks."""
    if may_be_shown():
        return _read(name)
    content = gzip.decompress(paths.in_kit(PACKED).read_bytes())
    return tuple(_Cell(*cell) for cell in json.loads(content)[name])


def _read(name: str) -> tuple[_Cell, ...]:
    path = paths.in_kit("solutions", f"{name}.ipynb")
    if not path.exists():
        return ()
    cells = notebook_format.load(path)["cells"]
    solved = [c for c in cells if notebook_format.is_answer(c) or notebook_format.is_refill(c)]
    found = ((cell["id"], notebook_format.fill_cell(cell["source"])) for cell in solved)
    return tuple(_Cell(cell_id, *filled) for cell_id, filled in found if filled)
