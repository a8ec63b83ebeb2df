"""Restore the ids of the course's cells in a handed-in notebook that has lost them."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from confirmlab.base import paths
from confirmlab.course import lessons, notebook_format

MOST = 2_000  # cells that are compared; notebooks of the course have far fewer


def ids(given: Sequence[str], sources: Sequence[str], lesson_name: str) -> list[str]:
    """Return the id of each cell, with the course's ids restored if the notebook has none.

    Colab and old formats drop ids. The first lines of all cells are aligned with those of the
    course's notebook, and a cell gets the id of the course's cell that it is aligned with.
    """
    if len(sources) > MOST or any(map(notebook_format.is_fill_id, given)):
        return list(given)
    course_ids, course_lines = _ids_and_lines(lesson_name)
    lines = [_first_line(source) for source in sources]
    restored = list(given)
    matcher = SequenceMatcher(None, course_lines, lines, autojunk=False)
    for here, there, size in matcher.get_matching_blocks():
        restored[there : there + size] = course_ids[here : here + size]
    return restored


def lesson_of(blank_ids: Sequence[str]) -> str:
    """Return the name of the lesson with most of these blanks; empty if the course has none."""
    by_blank = {e.id: lesson.name for lesson in lessons.load().lessons for e in lesson.exercises}
    counted = Counter(by_blank[blank_id] for blank_id in blank_ids if blank_id in by_blank)
    return counted.most_common(1)[0][0] if counted else ""


def course_cells(lesson_name: str) -> list[dict[str, Any]]:
    """Return the cells of a lesson's notebook as learners get it."""
    path = paths.in_kit("notebooks", f"{lesson_name}.ipynb")
    return list(notebook_format.read(path.read_text(encoding="utf-8"))["cells"])


@cache
def _ids_and_lines(lesson_name: str) -> tuple[list[str], list[str]]:
    cells = course_cells(lesson_name)
    return [cell["id"] for cell in cells], [_first_line(cell["source"]) for cell in cells]


def _first_line(source: str) -> str:
    """Return the first non-blank line of a cell.

    Return "fill ID" for both %%fill and %refill, so that the two match for the same blank.
    """
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    words = first.split()
    if len(words) == 2 and words[0] in ("%%fill", "%refill"):
        return f"fill {words[1]}"
    return first
