"""Turn a grade into what other platforms read: values in, plain values out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from itertools import islice
from typing import Any

from confirmlab.base.errors import ExportError
from confirmlab.checks import result_view
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseGrade, ExerciseResult, Grade
from confirmlab.submissions.bounded_files import shown

LONGEST = 8_000  # characters of text about one exercise
# What Classroom 50's runner tells an autograder; it stamps owner, type and times itself.
_TOLD = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}


def gradescope(grade: Grade) -> dict[str, Any]:
    """Give a grade as Gradescope's results.json."""
    exercises = _all(grade)
    return {
        "score": round(grade.points + (0 if grade.extra_counts else grade.extra), 2),
        "execution_time": round(grade.seconds),
        "output": _text([_status(grade), *grade.notes, *grade.damage]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        # Were a single one hidden, Gradescope would show learners no total.
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_gradescope_test(*numbered) for numbered in _numbered(exercises)],
        "extra_data": {
            "status": grade.status,
            "content": grade.content,
            "suite": grade.suite,
            "sandbox": grade.sandbox,
        },
    }


def classroom50(
    grade: Grade, environ: Mapping[str, str], at: datetime | None = None
) -> dict[str, Any]:
    """Give a grade as Classroom 50's result.json, for the run that `environ` describes.

    Points are whole numbers there: halves go up, but nothing short of all becomes all.

    Raises:
        ExportError: the environment is not that of a Classroom 50 run.
    """
    missing = [name for name in _TOLD.values() if not environ.get(name)]
    if missing:
        raise ExportError(
            f"Not set: {', '.join(missing)}; export this in a Classroom 50 workflow, "
            "whose runner sets them."
        )
    tests = [_classroom50_test(*numbered) for numbered in _numbered(_all(grade))]
    told = {field: environ[name] for field, name in _TOLD.items()}
    moment = {"datetime": at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")} if at else {}
    return {
        "schema": "classroom50/result/v1",
        **told,
        "review": environ.get("REVIEW_URL") or told["commit"],
        "assignment_type": environ.get("ASSIGNMENT_TYPE") or "individual",
        "owner": grade.learner,
        **moment,
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
        "status": _status(grade),
    }


def chosen(grades: Iterable[Grade], learner: str | None) -> Grade:
    """Choose the grade of one learner; without a name, the only one that there is.

    Raises:
        ExportError: there is no such learner, or nobody was named and there are several.
    """
    found = list(islice((g for g in grades if learner in (None, g.learner)), 2))
    if len(found) == 1:
        return found[0]
    if found:
        raise ExportError("There is more than one grade; say whose with --learner NAME.")
    whose = "at all" if learner is None else f"of a learner {shown(learner)}"
    raise ExportError(f"There is no grade {whose}; run confirmlab grade with this --out first.")


def explained(exercise: ExerciseGrade) -> str:
    """Tell a learner how an exercise was judged; of a hidden test no more than how it ended."""
    parts = [result_view.as_text(_without_hidden(exercise.counted))]
    if exercise.alone is not None and exercise.counted is exercise.alone:
        parts.append(
            "This counts your blank alone, in the finished app: in your app as a whole "
            "another blank keeps it from passing."
        )
    if exercise.hint and exercise.status in ("partly", "failed"):
        parts.append(f"A hint: {exercise.hint}")
    return _text(parts)


def _all(grade: Grade) -> tuple[ExerciseGrade, ...]:
    """List the exercises; a submission that could not be graded has all of them, at 0."""
    return grade.exercises or tuple(
        ExerciseGrade.untouched(exercise, grade.sentence) for exercise in lessons.load().exercises
    )


def _numbered(exercises: Iterable[ExerciseGrade]) -> Iterator[tuple[str, ExerciseGrade]]:
    """Count the exercises of each lesson: 3.2 is the second one of lesson 03."""
    seen: dict[str, int] = {}
    for exercise in exercises:
        seen[exercise.lesson] = seen.get(exercise.lesson, 0) + 1
        yield f"{int(exercise.lesson)}.{seen[exercise.lesson]}", exercise


def _gradescope_test(number: str, exercise: ExerciseGrade) -> dict[str, Any]:
    return {
        "number": number,
        "name": _text([exercise.title + (" (extra)" if exercise.optional else "")]),
        "score": exercise.points,
        "max_score": exercise.out_of,
        "status": "passed" if exercise.status == "passed" else "failed",
        "output": explained(exercise),
        "tags": [exercise.exercise],
        "visibility": "visible",
        "extra_data": {"exercise": exercise.exercise, "status": exercise.status},
    }


def _classroom50_test(number: str, exercise: ExerciseGrade) -> dict[str, Any]:
    passed = exercise.status == "passed"
    out_of = round(exercise.out_of)
    rounded = min(int(exercise.points + 0.5), out_of - 1)
    return {
        "test-name": _text([f"{number} {exercise.title}"]),
        "passed": passed,
        "score": out_of if passed else max(rounded, 0),
        "max-score": 0 if exercise.optional else out_of,
    }


def _without_hidden(result: ExerciseResult) -> ExerciseResult:
    tests = (
        replace(test, sentence=f"Hidden test {test.name}", message="", where="")
        if test.hidden
        else test
        for test in result.tests
    )
    return replace(result, tests=tuple(tests))


def _status(grade: Grade) -> str:
    return f"{grade.status}: {grade.sentence}" if grade.sentence else grade.status


def _text(parts: Iterable[str]) -> str:
    """Join what is to be shown; no database of theirs need choke on what a learner wrote."""
    text = "\n\n".join(part for part in parts if part)
    text = "".join(char for char in text if char in "\n\t" or char.isprintable())
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n… and {len(text) - LONGEST:,} more characters"
    return text
