"""The reference fills, read from the solved notebooks."""

import json
from collections.abc import Collection
from functools import cache
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import lessons, notebook_format

FINISHED = "07"  # the app is complete after this lesson; later ones harden it


@cache
def fills(lesson: str = "99") -> dict[str, str]:
    """Return the reference fill of each blank as it is after a lesson; later ones may change it."""
    by_blank: dict[str, str] = {}
    for entry in lessons.load().lessons:
        if entry.number <= lesson:
            by_blank.update(_fills_in(paths.in_kit("solutions", f"{entry.name}.ipynb")))
    return by_blank


def fill(exercise_id: str) -> str:
    """Return the reference fill of one exercise."""
    return answer(exercise_id)[exercise_id]


@cache
def answer(exercise_id: str) -> dict[str, str]:
    """Return the reference fills of one exercise: its own blank and those that it fills again."""
    exercise = lessons.load().exercise(exercise_id)
    cell_ids = {
        f"ex-{exercise_id}-fill",
        *(notebook_format.refill_id(exercise_id, name) for name in exercise.refills),
    }
    name = lessons.load().lesson(exercise.lesson).name
    found = _fills_in(paths.in_kit("solutions", f"{name}.ipynb"), cell_ids)
    for blank_id in (exercise_id, *exercise.refills):
        if blank_id not in found:
            raise CourseError(
                f"solutions/ has no fill for {blank_id!r}; add its %%fill cell there."
            )
    return found


def _fills_in(path: Path, only: Collection[str] = ()) -> dict[str, str]:
    if not path.exists():
        return {}
    notebook = json.loads(path.read_text(encoding="utf-8"))
    answers = [
        cell
        for cell in notebook["cells"]
        if notebook_format.is_answer(cell) or notebook_format.is_refill(cell)
    ]
    chosen = [cell for cell in answers if not only or cell["id"] in only]
    return dict(
        filter(None, (notebook_format.fill_cell("".join(cell["source"])) for cell in chosen))
    )
