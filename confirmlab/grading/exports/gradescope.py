"""Gradescope's autograder: pack the zip to upload, prepare the image, grade a submission in it."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from confirmlab.base import archive, files, paths
from confirmlab.base.errors import ExportError, SubmissionError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import skeleton
from confirmlab.grading import (
    baseline,
    class_settings,
    grade_class,
    hidden_tests,
    input_hashes,
    pool,
)
from confirmlab.grading.exports import gradescope_result
from confirmlab.grading.grades import Grade
from confirmlab.submissions import discovery
from confirmlab.submissions.discovery import FoundClass

BASELINE = "baseline.json"

# The parts of the kit that grading needs.
_PARTS = (
    *("confirmlab", "app_skeleton", "notebooks", "solutions", "tests/lesson", "tests/mutants"),
)
_FILES = ("course.toml", "requirements.txt")
_SCRIPTS = ("setup.sh", "run_autograder")
_UNFINISHED = (
    "Grading did not finish. This is no verdict on your work: please tell your instructor."
)


def pack(target: Path, hidden: Path | None = None, settings: Path | None = None) -> list[str]:
    """Write the zip to upload, and return the names in it; the same kit gives the same bytes.

    Hidden tests are run on the reference first, for the lessons that `settings` choose.

    Raises:
        ExportError: the zip cannot be written.
        KitError: the settings or the hidden tests contain a mistake.
    """
    lessons = class_settings.load(settings).lessons
    texts = hidden_tests.read(hidden)
    if texts:
        with Sandbox() as sandbox:
            baseline.vet(sandbox, texts, lessons)
    contents = dict(_contents(texts))
    if settings:
        contents[class_settings.NAME] = settings.read_bytes()
    try:
        archive.write(target, contents, _SCRIPTS, 0o600 if hidden else 0o644)
    except OSError as error:
        raise ExportError(
            f"Could not write {target.name!r} ({error.strerror}); give another name with --out."
        ) from None
    return list(contents)


def _contents(hidden: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    for name in _SCRIPTS:
        yield name, paths.in_package("grading", "exports", "gradescope_files", name).read_bytes()
    for part in _PARTS:
        for path in skeleton.app_files(paths.in_kit(part)):
            if (part, path.parts[0]) == ("confirmlab", "kit"):
                continue  # in a wheel the course lies in the package; its parts follow
            yield f"kit/{part}/{path.as_posix()}", paths.in_kit(part, path).read_bytes()
    for name in _FILES:
        yield f"kit/{name}", paths.in_kit(name).read_bytes()
    for name, text in hidden.items():
        yield f"hidden/{name}", text.encode()


def prepare(source: Path) -> None:
    """Measure the reference once, while the image is built, and save the result for all runs.

    Raises:
        KitError: the reference fails a test here.
    """
    hidden, settings = _instructors_files(source)
    lessons = class_settings.load(settings).lessons
    with Sandbox() as sandbox:
        known = baseline.measure(sandbox, hidden_tests.read(hidden), lessons)
    known.save(source / BASELINE)
    os.chmod(source / BASELINE, 0o600)  # it has the names of hidden tests


def main(root: Path, source: Path) -> None:
    """Grade root/submission, and always write root/results/results.json."""
    try:
        result = _graded(root / "submission", source)
    except BaseException as error:
        # Only instructors see the output; the texts of hidden tests do not belong there either.
        print(f"{type(error).__name__}: {error}" if isinstance(error, ExportError) else type(error))
        result = _failed(_UNFINISHED)
    files.write(root / "results" / "results.json", json.dumps(result, indent=1) + "\n")


def _graded(folder: Path, source: Path) -> dict[str, Any]:
    try:
        found = discovery.find(folder)
    except SubmissionError:
        found = FoundClass(())
    if len(found.learners) != 1:
        return _failed(
            "Nothing was graded: this is not the submission of one learner. Upload the one zip "
            "that %submit makes, alone."
        )
    return gradescope_result.results_json(grade(folder, found, source))


def grade(folder: Path, found: FoundClass, source: Path) -> Grade:
    """Return the grade of the one submission that was found in a folder.

    Raises:
        KitError: the settings, the hidden tests or the reference contain a mistake.
    """
    hidden, settings = _instructors_files(source)
    measured = source / BASELINE
    options = grade_class.GradeOptions(settings=settings, only_given=True)
    texts, record = hidden_tests.read(hidden), options.read(folder, found)
    lessons = record.settings.lessons
    with Sandbox() as sandbox:
        suite = input_hashes.suite_hash(texts, lessons)
        known = measured if measured.is_file() else None
        prepared = pool.prepare(sandbox, texts, suite, lessons, known)
        grades = list(pool.grade_in_threads(found.learners, prepared, 1, sandbox))
    return next(record.adjust(grades))


def _instructors_files(source: Path) -> tuple[Path | None, Path | None]:
    """Return the packed folder of hidden tests and the packed class settings; None for either."""
    hidden, settings = source / "hidden", source / class_settings.NAME
    return hidden if hidden.is_dir() else None, settings if settings.is_file() else None


def _failed(sentence: str) -> dict[str, Any]:
    return {"score": 0, "output": sentence, "stdout_visibility": "hidden"}


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
