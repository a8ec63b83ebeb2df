"""Make the course an assignment of nbgrader: the learner's notebooks, and a cell for each grade.

One assignment holds all lessons that have exercises, since one grade is about one whole app. The
cells in which learners fill blanks are no cells of nbgrader's: it neither empties, replaces nor
counts them, so a copied or a deleted one stops nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from confirmlab.base import paths
from confirmlab.base.errors import ExportError
from confirmlab.course import lessons, notebook_format
from confirmlab.course.lessons import Exercise, Lesson
from confirmlab.grading import class_settings
from confirmlab.grading.class_settings import ClassSettings

NAME = "confirmlab"
CONFIG = "nbgrader_config.py"
# nbclient, with which nbgrader runs notebooks, passes over cells with this tag.
SKIPPED = "skip-execution"

Cell = dict[str, Any]

_SOURCE = """\
# nbgrader runs this cell on what was handed in; %check {id} tells you how it stands.
import sys

sys.path = [place for place in sys.path if place]  # files beside the notebook do not count
from confirmlab import nbgrading

nbgrading.points("{id}")"""

_CONFIG = """\
# How nbgrader grades the assignment "{name}"; other assignments of the course are not touched.
import os

c = get_config()  # noqa: F821

# A file that a learner hands in must not stand in for a part of Jupyter's kernel.
os.environ["PYTHONSAFEPATH"] = "1"

# Learners' cells are read, not run, and each notebook gets its grade cells anew.
c.Autograde.sanitize_preprocessors = [
    "confirmlab.nbgrader_plugin.FreshCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# The first grade cell grades the whole submission, endless loops and all.
c.Execute.timeout = 900
"""


def write(root: Path, settings: Path | None = None) -> list[str]:
    """Write source/ and nbgrader's configuration, and name what was written.

    A configuration that is there stays as it is. The settings of the class are kept beside it,
    for nbgrader to obey them when it grades.

    Raises:
        ExportError: the assignment is there, or the folder cannot be written.
    """
    folder = root / "source" / NAME
    if folder.exists():
        raise ExportError(
            f"'source/{NAME}' is there already, and nothing was written; "
            "move it away, or give another folder with --out."
        )
    chosen = of_class(settings)
    files = {f"source/{NAME}/{name}": text for name, text in sources(chosen).items()}
    if settings:
        files[class_settings.NAME] = settings.read_text(encoding="utf-8-sig")
    if not (root / CONFIG).exists():
        files[CONFIG] = config()
    try:
        folder.mkdir(parents=True)
        for name, text in files.items():
            (root / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ExportError(
            f"Could not write {root.name!r} ({error.strerror}); give another folder with --out."
        ) from None
    return list(files)


def config() -> str:
    """Give the text of nbgrader_config.py."""
    return _CONFIG.format(name=NAME)


def of_class(settings: Path | None) -> ClassSettings:
    """Return the settings of a class; without a file every lesson counts.

    (nbgrader knows no exercise beside the total.)
    """
    found = class_settings.load(settings)
    return found if settings else replace(found, optional=frozenset())


def sources(settings: ClassSettings | None = None) -> dict[str, str]:
    """Give the text of each notebook of the assignment, by its file name."""
    settings = settings or of_class(None)
    found = {}
    for lesson in graded_lessons(settings):
        path = paths.in_kit("notebooks", f"{lesson.name}.ipynb")
        given = notebook_format.read(path.read_text(encoding="utf-8"))
        made = json.loads(notebook_format.write(given))
        made["cells"] = with_grades(made["cells"], lesson, settings)
        text = json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True)
        found[path.name] = text + "\n"
    return found


def graded_lessons(settings: ClassSettings | None = None) -> list[Lesson]:
    """List the lessons that have something to grade."""
    chosen = settings.lessons if settings else ()
    found = [lesson for lesson in lessons.load().lessons if lesson.exercises]
    return [lesson for lesson in found if lesson.number in chosen or not chosen]


def with_grades(
    cells: Iterable[Cell], lesson: Lesson, settings: ClassSettings | None = None
) -> list[Cell]:
    """Put a fresh grade cell after each exercise, and let nbgrader run no other cell.

    An exercise that the class need not do has no cell, since nbgrader would count its points.
    """
    settings = settings or of_class(None)
    kept = [_unmarked(cell) for cell in cells if not _grades(cell)]
    counted = [exercise for exercise in lesson.exercises if not settings.is_optional(exercise)]
    worth = {e.id: settings.worth(e.id, e.points) for e in counted}
    weighed = [replace(e, points=worth[e.id]) for e in counted]  # type: ignore[arg-type]
    places = {exercise: _place(kept, exercise) for exercise in weighed}
    made = []
    for number, cell in enumerate(kept):
        made.append(cell)
        made += [_grade_cell(exercise) for exercise, at in places.items() if at == number]
    return made + [_grade_cell(exercise) for exercise, at in places.items() if at is None]


def grade_id(exercise: Exercise) -> str:
    """Name the cell that gives an exercise its points."""
    return f"points-{exercise.id}"


def _place(cells: list[Cell], exercise: Exercise) -> int | None:
    """Find the cell after which the points stand: the exercise's check, or else its fill."""
    found = {cell.get("id"): number for number, cell in enumerate(cells)}
    return found.get(f"ex-{exercise.id}-check", found.get(f"ex-{exercise.id}-fill"))


def _grades(cell: Cell) -> bool:
    marks = cell["metadata"].get("nbgrader")
    marked = isinstance(marks, dict) and bool(marks.get("grade"))
    return marked or str(cell.get("id")).startswith("points-")


def _unmarked(cell: Cell) -> Cell:
    metadata = {key: value for key, value in cell["metadata"].items() if key != "nbgrader"}
    if cell["cell_type"] == "code":
        metadata["tags"] = list(_tags(metadata))
    return {**cell, "metadata": metadata}


def _tags(metadata: dict[str, Any]) -> Iterator[str]:
    given = metadata.get("tags")
    found = given if isinstance(given, list) else []
    yield from (tag for tag in found if isinstance(tag, str) and tag != SKIPPED)
    yield SKIPPED


def _grade_cell(exercise: Exercise) -> Cell:
    marks = {
        "grade": True,
        "grade_id": grade_id(exercise),
        "locked": True,
        "points": exercise.points,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": grade_id(exercise),
        "metadata": {"deletable": False, "editable": False, "nbgrader": marks},
        "outputs": [],
        "source": _SOURCE.format(id=exercise.id),
    }
