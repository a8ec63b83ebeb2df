"""Be Gradescope's autograder: pack it for the upload, and grade one submission inside of it."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from confirmlab.base import archive, files, paths
from confirmlab.base.errors import ExportError, SubmissionError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import skeleton
from confirmlab.grading import baseline, class_settings, grade_in_subprocess, hidden_tests
from confirmlab.grading.exports import classroom50
from confirmlab.submissions import discovery

SECONDS = 540.0  # Gradescope itself ends a run after ten minutes, unless told otherwise

# All of the kit that grading takes.
_PARTS = ("confirmlab", "app_skeleton", "solutions", "tests/lesson", "tests/mutants")
_FILES = ("course.toml", "requirements.txt")
_SCRIPTS = ("setup.sh", "run_autograder")


def pack(target: Path, hidden: Path | None = None, settings: Path | None = None) -> list[str]:
    """Write the zip to upload, and name what is in it; the same kit gives the same bytes.

    Raises:
        ExportError: it cannot be written.
        KitError: there are no hidden tests, or the reference does not pass them.
    """
    class_settings.load(settings)  # which says what makes no sense
    texts = hidden_tests.read(hidden)
    if texts:
        with Sandbox() as sandbox:
            baseline.measured(sandbox, texts)  # nobody sees there why a test fails on all
    held = dict(_held(hidden))
    if settings:
        held[class_settings.NAME] = settings.read_bytes()
    try:
        archive.write(target, held, _SCRIPTS, 0o600 if hidden else 0o644)
    except OSError as error:
        raise ExportError(
            f"Could not write {target.name!r} ({error.strerror}); give another name with --out."
        ) from None
    return list(held)


def _held(hidden: Path | None) -> Iterator[tuple[str, bytes]]:
    for name in _SCRIPTS:
        yield name, paths.in_package("grading", "exports", "gradescope_files", name).read_bytes()
    for part in _PARTS:
        for path in skeleton.app_files(paths.in_kit(part)):
            yield f"kit/{part}/{path.as_posix()}", paths.in_kit(part, path).read_bytes()
    for name in _FILES:
        yield f"kit/{name}", paths.in_kit(name).read_bytes()
    for name, text in hidden_tests.read(hidden).items():
        yield f"hidden/{name}", text.encode()


def main(root: Path, hidden: Path) -> None:
    """Grade root/submission into root/results/results.json; never end without that file."""
    try:
        settings = hidden.parent / class_settings.NAME
        result = _graded(
            root / "submission",
            hidden if hidden.is_dir() else None,
            settings if settings.is_file() else None,
        )
    except BaseException as error:
        # Only instructors see what is printed, and even there no test's text need stand.
        print(f"{type(error).__name__}: {error}" if isinstance(error, ExportError) else type(error))
        result = _failed(
            "Grading did not finish. This is no verdict on your work: please tell your instructor."
        )
    files.write(root / "results" / "results.json", json.dumps(result, indent=1) + "\n")


def _graded(folder: Path, hidden: Path | None, settings: Path | None) -> dict[str, Any]:
    try:
        found = discovery.find(folder).learners
    except SubmissionError:
        found = ()
    if len(found) != 1:
        return _failed(
            "Nothing was graded: this is not what one learner hands in. Upload the one zip that "
            "`confirmlab submit` packs."
        )
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        return classroom50.gradescope(
            grade_in_subprocess.grade(folder, Path(name), hidden, SECONDS, settings)
        )


def _failed(sentence: str) -> dict[str, Any]:
    return {"score": 0, "output": sentence, "stdout_visibility": "hidden"}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
