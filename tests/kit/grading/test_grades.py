"""Facts about the points of a grade, and about its form as JSON."""

import json
from dataclasses import replace

from confirmlab.course.results import Effort, ExerciseResult, TestResult
from confirmlab.grading import grades
from confirmlab.grading.grades import ExerciseGrade, Grade


def result(*outcomes, status="failed"):
    tests = tuple(TestResult(f"t{n}", f"Fact {n}.", outcome) for n, outcome in enumerate(outcomes))
    return ExerciseResult("gate", "The gate", status, tests)


def entry(in_full_app, in_reference_app=None, out_of=4):
    return ExerciseGrade("gate", "The gate", "07", out_of, in_full_app, in_reference_app, "x = 1")


def test_the_better_result_counts():
    """Of the results in the full app and in the reference app, the better counts."""
    assert entry(result("failed"), result("passed", status="passed")).points == 4
    assert entry(result("passed", "failed"), result("failed", "failed")).points == 2


def test_partial_credit():
    """An exercise earns the share of its points that its passed tests are worth."""
    assert entry(result("passed", "failed", "not-run")).points == 1.33
    assert entry(result("passed", "failed")).status == "partly"
    assert entry(result("error")).status == "failed"


def test_an_override_of_nothing_is_no_pass():
    """An exercise whose tests passed is failed if the instructor set its points to 0."""
    passed = entry(result("passed", status="passed"))

    assert (passed.status, replace(passed, override=0).status) == ("passed", "failed")
    assert replace(passed, override=4).status == "passed"


def test_an_open_blank_earns_nothing():
    """A blank that nobody filled is open, and is worth 0 points."""
    untouched = entry(ExerciseResult("gate", "The gate", "not-yet"))
    assert (untouched.status, untouched.points) == ("open", 0)


def test_a_grade_adds_up():
    """A grade adds up the points of its exercises."""
    grade = Grade("ada", "graded", "", (entry(result("passed", status="passed")),) * 2)
    assert (grade.points, grade.out_of) == (8, 8)


def test_extra_points_take_nothing_away():
    """A learner with more than the maximum by hand keeps these points where extra ones count."""
    generous = replace(entry(result("failed")), override=6)
    extra = replace(entry(result("passed", status="passed")), optional=True)
    grade = Grade("ada", "graded", "", (generous, extra), extra_counts=True)

    assert (grade.points, grade.out_of) == (6, 4)


def test_a_grade_lives_through_json():
    """A grade that was written as JSON is read back unchanged."""
    grade = Grade(
        "ada", "timeout", "Too long.", (entry(result("failed"), result("passed")),), ("Odd.",), 1.5
    )
    assert grades.from_json(json.loads(json.dumps(grades.to_json(grade)))) == grade


def test_an_effort_lives_through_json():
    """Hints and attempts that were written as JSON are read back unchanged."""
    exercise = replace(entry(result("failed")), effort=Effort(1, 2, "2026-03-01"))
    grade = Grade("ada", "graded", "", (exercise,))

    assert grades.from_json(json.loads(json.dumps(grades.to_json(grade)))) == grade


def test_old_results_are_read():
    """A line of results.jsonl written by an earlier version is read with both results."""
    grade = Grade("ada", "graded", "", (entry(result("failed"), result("passed")),))
    values = grades.to_json(grade)
    for exercise in values["exercises"]:
        exercise["whole"] = exercise.pop("in_full_app")
        exercise["alone"] = exercise.pop("in_reference_app")

    assert grades.from_json(json.loads(json.dumps(values))) == grade
