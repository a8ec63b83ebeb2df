"""Classroom 50's result.json of one grade."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from confirmlab.base.errors import ExportError
from confirmlab.grading.exports import grade_text
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.submissions.bounded_files import shown

# Environment variables in which Classroom 50's runner passes fields of the result; it adds owner,
# type and times itself.
_VARIABLES = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}


def result_json(
    grade: Grade, environ: Mapping[str, str], at: datetime | None = None
) -> dict[str, Any]:
    """Return the values of result.json, for the run that `environ` describes.

    Points are whole numbers there. Halves are rounded up, but only a passed exercise gets them all.

    Raises:
        ExportError: the environment is not that of a Classroom 50 run.
    """
    missing = [name for name in _VARIABLES.values() if not environ.get(name)]
    if missing:
        raise ExportError(
            f"Not set: {', '.join(missing)}; export this in a Classroom 50 workflow, "
            "whose runner sets them."
        )
    numbered = grade_text.numbered(grade_text.all_exercises(grade))
    tests = [_test(number, exercise) for number, exercise in numbered]
    fields = {field: environ[name] for field, name in _VARIABLES.items()}
    moment = {"datetime": at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")} if at else {}
    return {
        "schema": "classroom50/result/v1",
        **fields,
        "review": environ.get("REVIEW_URL") or fields["commit"],
        "assignment_type": environ.get("ASSIGNMENT_TYPE") or "individual",
        "owner": grade.learner,
        **moment,
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
        "status": grade_text.status_line(grade),
    }


def grade_of(learner: str | None, grades: Iterable[Grade]) -> Grade:
    """Return the grade of a learner; without a name, the only grade.

    Raises:
        ExportError: there is no such learner, or there are several grades and no name.
    """
    matching = list(islice((g for g in grades if learner in (None, g.learner)), 2))
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise ExportError("There is more than one grade; choose one with --learner NAME.")
    whose = "at all" if learner is None else f"of a learner {shown(learner)}"
    raise ExportError(
        f"There is no grade {whose}; run confirmlab grade first, with this folder as its --out."
    )


def _test(number: str, exercise: ExerciseGrade) -> dict[str, Any]:
    passed = exercise.status == "passed"
    out_of = round(exercise.out_of)
    rounded = min(int(exercise.points + 0.5), out_of - 1)
    return {
        "test-name": grade_text.plain_text([f"{number} {exercise.title}"]),
        "passed": passed,
        "score": out_of if passed else max(rounded, 0),
        "max-score": 0 if exercise.optional else out_of,
    }
