"""Grade one submission by itself, for a platform that brings them one at a time."""

import subprocess
import sys
from pathlib import Path

from confirmlab.base.errors import ExportError
from confirmlab.course.results import Grade
from confirmlab.grading import class_record


def grade(
    folder: Path,
    out: Path,
    hidden: Path | None = None,
    seconds: float | None = None,
    settings: Path | None = None,
) -> Grade:
    """Let `confirmlab grade` grade what lies in a folder; what is known in `out` is not done again.

    Raises:
        ExportError: it could not, or it took longer than `seconds`.
    """
    folder, out = folder.resolve(), out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    # -P and the folder: no module that a learner hands in may stand in for one of the kit's.
    command = [sys.executable, "-P", "-m", "confirmlab", "grade", str(folder), "--out", str(out)]
    command += ["--workers", "1", "--only-given"]
    for option, path in (("--hidden", hidden), ("--settings", settings)):
        command += [option, str(path.resolve())] if path else []
    try:
        done = subprocess.run(
            command, cwd=out, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise ExportError(
            f"Grading took more than {seconds:g} seconds and was ended; please tell the instructor."
        ) from None
    grades = list(class_record.grades(out))
    if done.returncode or len(grades) != 1:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ExportError(f"It could not be graded. {said[-1] if said else 'Nothing was said.'}")
    return grades[0]
