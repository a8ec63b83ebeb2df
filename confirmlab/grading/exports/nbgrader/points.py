"""Give nbgrader the points of an exercise: what its grade cells call."""

import io
import os
from contextlib import ExitStack, redirect_stderr
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from confirmlab.base.errors import ExportError
from confirmlab.course.results import Grade
from confirmlab.grading import class_settings, grade_in_subprocess
from confirmlab.grading.exports import classroom50

# Where an instructor says what nbgrader has no options for.
_HIDDEN, _SUBMITTED = "CONFIRMLAB_HIDDEN", "CONFIRMLAB_SUBMITTED"


def points(exercise_id: str) -> float | None:
    """Grade what was handed in, tell how this exercise was judged, and give its points.

    The whole submission is graded, as `confirmlab grade` does it, and this exercise's part taken.
    """
    if not os.environ.get("NBGRADER_EXECUTION"):
        print("nbgrader fills this in when it grades what you hand in.")
        return None
    # To nbgrader any word on stderr is a failure, also a library's advice.
    with redirect_stderr(io.StringIO()):
        grade = _graded(handed_in())
    entry = next((e for e in grade.exercises if e.exercise == exercise_id), None)
    if grade.status != "graded":
        print(f"{grade.status}: {grade.sentence}\n")
    if entry is None:
        return 0.0
    print(classroom50.explained(entry))
    return float(entry.points)


def handed_in() -> Path:
    """Name the folder with all that the learner handed in.

    While nbgrader works on the first notebook, the others are not in this folder yet.

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
            f"No submission lies in {str(folder)!r}; let {_SUBMITTED} name the folder in which "
            "nbgrader keeps what was handed in."
        )
    return folder


@cache
def _graded(folder: Path) -> Grade:
    """Ask once in each kernel; of the kernels of one submission, only the first has it graded."""
    hidden, settings = os.environ.get(_HIDDEN), None
    with ExitStack() as stack:
        if os.environ["NBGRADER_EXECUTION"] == "autograde":
            # Not in the folder of the notebooks, which learners fill.
            here = Path.cwd()
            out = here.parents[2] / ".confirmlab" / here.name / here.parent.name
            settings = here.parents[2] / class_settings.NAME  # of the course, not of the learner
        else:
            out = Path(stack.enter_context(TemporaryDirectory(prefix="confirmlab-")))
        return grade_in_subprocess.grade(
            *(folder, out, Path(hidden).resolve() if hidden else None),
            settings=settings if settings and settings.is_file() else None,
        )
