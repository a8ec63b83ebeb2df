"""Which cells of a handed-in notebook are the course's own, where their ids were lost."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache

from confirmlab.base import paths
from confirmlab.course import lessons, notebook_format, skeleton

MOST = 2_000  # cells; comparing more takes too long, and no notebook of the course has them


def ids(given: Sequence[str], sources: Sequence[str], lesson_name: str) -> list[str]:
    """Return the id of each cell, told by place and text where the notebook has lost the course's.

    Colab and old formats keep no ids. Position decides: a cell is the course's if what stands
    around it (the first line of text and code, the blank of a fill) is in the course's order.
    """
    if len(sources) > MOST or any(re.fullmatch("ex-.+-fill", cell_id) for cell_id in given):
        return list(given)
    own, marks = _course_cells(lesson_name)
    found = list(given)
    matcher = SequenceMatcher(None, marks, [_mark(source) for source in sources], autojunk=False)
    for here, there, size in matcher.get_matching_blocks():
        found[there : there + size] = own[here : here + size]
    return found


def lesson_of(blank_ids: Sequence[str]) -> str:
    """Return the name of the lesson to which most blanks belong; empty if none is the course's."""
    by_blank = {e.id: lesson.name for lesson in lessons.load().lessons for e in lesson.exercises}
    counted = Counter(by_blank[blank_id] for blank_id in blank_ids if blank_id in by_blank)
    return counted.most_common(1)[0][0] if counted else ""


@cache
def _course_cells(lesson_name: str) -> tuple[list[str], list[str]]:
    path = paths.in_kit("solutions", f"{lesson_name}.ipynb")
    solved = notebook_format.read(path.read_text(encoding="utf-8"))
    cells = notebook_format.learner_version(solved, skeleton.stubs())["cells"]
    return [cell["id"] for cell in cells], [_mark(cell["source"]) for cell in cells]


def _mark(source: str) -> str:
    """Return what tells a cell: its first line, and of a fill the blank, whatever was written."""
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    words = first.split()
    if len(words) == 2 and words[0] in ("%%fill", "%refill"):
        return f"fill {words[1]}"
    return first
