"""The course as an assignment of nbgrader: learner notebooks with a grade cell per exercise.

One assignment holds all lessons with exercises, since an app is graded as a whole. The cells in
which learners fill blanks are not nbgrader's: it does not clear, replace or count them, so a copied
or deleted cell does no harm.
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
# nbclient, with which nbgrader runs notebooks, skips cells with this tag.
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

# Learners' cells are read, not run, and each notebook gets new grade cells.
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
    """Write source/, nbgrader's configuration and class.toml; return the names of the files.

    An existing configuration is not changed. Grading reads class.toml from the course folder.

    Raises:
        ExportError: the assignment exists, or the folder cannot be written.
    """
    folder = root / "source" / NAME
    if folder.exists():
        raise ExportError(
            f"'source/{NAME}' exists already, and nothing was written; "
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
    """Return the text of nbgrader_config.py."""
    return _CONFIG.format(name=NAME)


def of_class(settings: Path | None) -> ClassSettings:
    """Return the settings of a class; without a file no exercise is optional.

    nbgrader has no optional exercises, so optional ones would be missing from the assignment.
    """
    chosen = class_settings.load(settings)
    return chosen if settings else replace(chosen, optional=frozenset())


def sources(settings: ClassSettings | None = None) -> dict[str, str]:
    """Return the text of each notebook of the assignment by file name."""
    settings = settings or of_class(None)
    texts = {}
    for lesson in graded_lessons(settings):
        path = paths.in_kit("notebooks", f"{lesson.name}.ipynb")
        given = notebook_format.read(path.read_text(encoding="utf-8"))
        made = json.loads(notebook_format.write(given))
        made["cells"] = with_grades(made["cells"], lesson, settings)
        text = json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True)
        texts[path.name] = text + "\n"
    return texts


def graded_lessons(settings: ClassSettings | None = None) -> list[Lesson]:
    """Return the graded lessons that have exercises."""
    chosen = settings.lessons if settings else ()
    with_exercises = [lesson for lesson in lessons.load().lessons if lesson.exercises]
    return [le for le in with_exercises if le.number in chosen or not chosen]


def with_grades(
    cells: Iterable[Cell], lesson: Lesson, settings: ClassSettings | None = None
) -> list[Cell]:
    """Return the cells with a new grade cell after each exercise; nbgrader runs no other cell.

    An optional exercise has no grade cell, since nbgrader would count its points.
    """
    settings = settings or of_class(None)
    kept = [_unmarked(cell) for cell in cells if not _is_grade_cell(cell)]
    counted = [exercise for exercise in lesson.exercises if not settings.is_optional(exercise)]
    worth = {e.id: settings.worth(e.id, e.points) for e in counted}
    weighed = [replace(e, points=worth[e.id]) for e in counted]  # type: ignore[arg-type]
    places = {exercise: _position(kept, exercise) for exercise in weighed}
    made = []
    for number, cell in enumerate(kept):
        made.append(cell)
        made += [_grade_cell(exercise) for exercise, at in places.items() if at == number]
    return made + [_grade_cell(exercise) for exercise, at in places.items() if at is None]


def grade_id(exercise: Exercise) -> str:
    """Return the id of an exercise's grade cell."""
    return f"points-{exercise.id}"


def _position(cells: list[Cell], exercise: Exercise) -> int | None:
    """Return the position of the cell before the grade cell: the exercise's check, or its fill."""
    positions = {cell.get("id"): number for number, cell in enumerate(cells)}
    fill = positions.get(notebook_format.fill_id(exercise.id))
    return positions.get(f"ex-{exercise.id}-check", fill)


def _is_grade_cell(cell: Cell) -> bool:
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
    tags = given if isinstance(given, list) else []
    yield from (tag for tag in tags if isinstance(tag, str) and tag != SKIPPED)
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
