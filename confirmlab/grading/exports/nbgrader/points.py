"""`points`, which nbgrader's grade cells call to get the points of an exercise."""

import io
import os
from contextlib import ExitStack, redirect_stderr
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from confirmlab.base.errors import ExportError
from confirmlab.grading import class_settings, grade_in_subprocess
from confirmlab.grading.exports import grade_text
from confirmlab.grading.grades import Grade

# Environment variables for settings that nbgrader has no options for.
_HIDDEN, _SUBMITTED = "CONFIRMLAB_HIDDEN", "CONFIRMLAB_SUBMITTED"


def points(exercise_id: str) -> float | None:
    """Grade the whole submission, print the result of one exercise and return its points.

    Returns None outside of nbgrader.
    """
    if not os.environ.get("NBGRADER_EXECUTION"):
        print("nbgrader fills this in when it grades what you hand in.")
        return None
    # nbgrader takes any text on stderr for a failure, also a library's warning.
    with redirect_stderr(io.StringIO()):
        grade = _graded(handed_in())
    exercise = next((e for e in grade.exercises if e.exercise == exercise_id), None)
    if grade.status != "graded":
        print(f"{grade_text.status_line(grade)}\n")
    if exercise is None:
        return 0.0
    print(grade_text.exercise_text(exercise))
    return float(exercise.points)


def handed_in() -> Path:
    """Return the folder with all notebooks that the learner handed in.

    It is not the current folder, to which nbgrader copies one notebook at a time.

    Raises:
        ExportError: it is not where nbgrader keeps submissions.
    """
    here = Path.cwd()
    if os.environ.get("NBGRADER_EXECUTION") != "autograde":
        return here
    step = os.environ.get(_SUBMITTED) or here.parents[2] / "submitted"
    folder = Path(step) / here.parent.name / here.name
    if not folder.is_dir():
        raise ExportError(
            f"There is no submission in {str(folder)!r}; set {_SUBMITTED} to the folder in which "
            "nbgrader keeps submissions."
        )
    return folder


@cache
def _graded(folder: Path) -> Grade:
    """Return the submission's grade; later kernels of the same submission read it from a file."""
    hidden, settings = os.environ.get(_HIDDEN), None
    with ExitStack() as stack:
        if os.environ["NBGRADER_EXECUTION"] == "autograde":
            # Outside of the notebooks' folder, whose files come from learners.
            here = Path.cwd()
            out = here.parents[2] / ".confirmlab" / here.name / here.parent.name
            settings = here.parents[2] / class_settings.NAME
        else:
            out = Path(stack.enter_context(TemporaryDirectory(prefix="confirmlab-")))
        return grade_in_subprocess.grade(
            *(folder, out, Path(hidden).resolve() if hidden else None),
            settings=settings if settings and settings.is_file() else None,
        )
