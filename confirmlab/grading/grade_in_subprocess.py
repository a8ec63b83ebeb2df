"""Grade a single submission in a subprocess, for platforms that call a grader for each one."""

import subprocess
import sys
from pathlib import Path

from confirmlab.base.errors import ExportError
from confirmlab.grading import class_record
from confirmlab.grading.grades import Grade


def grade(
    folder: Path,
    out: Path,
    hidden: Path | None = None,
    settings: Path | None = None,
) -> Grade:
    """Run `confirmlab grade` on a folder, and return the grade; one that is in `out` is reused.

    Raises:
        ExportError: the command failed.
    """
    folder, out = folder.resolve(), out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    # With -P and another folder no module that a learner hands in is imported instead of the kit's.
    command = [sys.executable, "-P", "-m", "confirmlab", "grade", str(folder), "--out", str(out)]
    command += ["--workers", "1", "--only-given"]
    options = {"--hidden": hidden, "--settings": settings}
    for option, path in options.items():
        command += [option, str(path.resolve())] if path else []
    done = subprocess.run(command, cwd=out, stdin=subprocess.DEVNULL, capture_output=True)
    grades = list(class_record.grades(out))
    if done.returncode or len(grades) != 1:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if lines:
            reason = lines[-1]
        elif done.returncode:
            reason = f"The command ended with status {done.returncode}; run it in a terminal."
        else:
            reason = f"It gave {len(grades)} grades; give a folder with the work of one learner."
        raise ExportError(f"{str(folder)!r} could not be graded. {reason}")
    return grades[0]
