"""Gradescope's results.json of one grade."""

from typing import Any

from confirmlab.grading.exports import grade_text
from confirmlab.grading.grades import ExerciseGrade, Grade


def results_json(grade: Grade) -> dict[str, Any]:
    """Return the values of results.json.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/ documents them.
    """
    numbered = grade_text.numbered(grade_text.all_exercises(grade))
    return {
        "score": round(grade.points + (0 if grade.extra_counts else grade.extra), 2),
        "execution_time": round(grade.seconds),
        "output": grade_text.plain_text(
            [grade_text.status_line(grade), *grade.notes, *grade.damage]
        ),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        # If any test were hidden, Gradescope would hide the total from learners as well.
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(number, exercise) for number, exercise in numbered],
        "extra_data": {
            "status": grade.status,
            "content": grade.content,
            "suite": grade.suite,
            "sandbox": grade.sandbox,
        },
    }


def _test(number: str, exercise: ExerciseGrade) -> dict[str, Any]:
    return {
        "number": number,
        "name": grade_text.plain_text([exercise.title + (" (extra)" if exercise.optional else "")]),
        "score": exercise.points,
        "max_score": exercise.out_of,
        "status": "passed" if exercise.status == "passed" else "failed",
        "output": grade_text.exercise_text(exercise),
        "tags": [exercise.exercise],
        "visibility": "visible",
        "extra_data": {"exercise": exercise.exercise, "status": exercise.status},
    }
