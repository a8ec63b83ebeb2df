"""Facts about the grades that other platforms read."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from click.testing import CliRunner

from confirmlab.base.errors import ExportError
from confirmlab.cli import main
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading.exports import classroom50, grade_text
from confirmlab.grading.exports.gradescope_result import results_json
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import ExerciseGrade, Grade

RUN = {
    "CLASSROOM": "pigeons",
    "ASSIGNMENT": "confirm",
    "SUBMISSION_TAG": "submit/2026-11-01T10-00-00Z-abc1234",
    "COMMIT_URL": "https://example.org/commit/abc1234",
    "RELEASE_URL": "https://example.org/releases/1",
    "REVIEW_URL": "https://example.org/compare/1",
}
MET = TestResult("test_met", "A token has two dots.", "passed")
UNMET = TestResult("test_unmet", "It ends in an hour.", "failed", "It ended at once.", "models.py")
SECRET = TestResult("test_secret", "THE SECRET", "failed", "SEEN", "tests/SECRET.py", 1, True)


def result(*tests, status="failed"):
    return ExerciseResult("generate-token", "A token for this user", status, tests)


def exercise(in_full_app, in_reference_app=None, lesson="03", out_of=3, **more):
    about = (in_full_app.exercise, in_full_app.title, lesson, out_of)
    return ExerciseGrade(*about, in_full_app, in_reference_app, **more)


def export(*arguments):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def graded(*exercises, **more):
    return Grade("ada", "graded", "All of it was graded.", exercises, **more)


@pytest.fixture
def partly():
    return graded(exercise(result(MET, UNMET)), seconds=1.6, content="c0", suite="s0")


def test_gradescope_gets_points_by_exercise(partly):
    """Each exercise is a test with its number, points and messages."""
    [test] = results_json(partly)["tests"]

    assert (test["number"], test["name"]) == ("3.1", "A token for this user")
    assert (test["score"], test["max_score"], test["status"]) == (1.5, 3, "failed")
    assert "It ended at once." in test["output"]


def test_gradescope_gets_the_sum_and_a_sentence(partly):
    """The results begin with the total, the time and the sentence on the status."""
    given = results_json(partly)

    assert given["score"] == 1.5
    assert given["execution_time"] == 2
    assert given["output"] == "graded: All of it was graded."
    assert given["extra_data"]["suite"] == "s0"


def test_what_learners_see_at_once_accuses_nobody(partly):
    """Of a tampered submission Gradescope and Classroom 50 say that it will be reviewed."""
    accused = replace(partly, status="tampered", sentence="Possible tampering: it forked.")
    shown = [results_json(accused)["output"], classroom50.result_json(accused, RUN)["status"]]

    assert shown == [f"review: {accused.sentence_for_learner}"] * 2
    assert "tamper" not in shown[0].lower() and "fork" not in shown[0]


def test_exercises_are_counted_within_their_lesson():
    """The second exercise of lesson 03 is number 3.2, and the first of lesson 05 is 5.1."""
    some = [exercise(result(MET), lesson=lesson) for lesson in ("03", "03", "05")]

    numbers = [test["number"] for test in results_json(graded(*some))["tests"]]

    assert numbers == ["3.1", "3.2", "5.1"]


def test_learners_see_their_total(partly):
    """No test is hidden, since Gradescope would then hide the total as well."""
    given = results_json(graded(exercise(result(MET, SECRET))))

    assert given["visibility"] == "visible"
    assert {test["visibility"] for test in given["tests"]} == {"visible"}


@pytest.mark.parametrize("form", ["gradescope", "classroom50"])
def test_a_hidden_test_is_named_and_not_revealed(form):
    """For a hidden test, learners get only its name and outcome."""
    grade = graded(exercise(result(MET, SECRET), in_reference_app=result(MET, SECRET)))
    given = results_json(grade) if form == "gradescope" else classroom50.result_json(grade, RUN)

    output = json.dumps(given)

    assert "SECRET" not in output and "SEEN" not in output
    assert form == "classroom50" or "Hidden test test_secret" in output


@pytest.mark.parametrize("form", ["gradescope", "classroom50"])
def test_a_note_does_not_quote_a_hidden_test(form):
    """A note that quotes the message of a hidden test, also of the other run, is left out."""
    note = f"What is seen there: {SECRET.message}"
    alone = replace(result(MET, status="passed"), note=note)
    grade = graded(exercise(result(MET, SECRET), in_reference_app=alone))
    given = results_json(grade) if form == "gradescope" else classroom50.result_json(grade, RUN)

    assert "SEEN" not in json.dumps(given) and "What is seen" not in json.dumps(given)


def test_a_result_from_the_reference_app_says_so():
    """If the points were earned in the finished app, the text says why."""
    grade = graded(exercise(result(UNMET), in_reference_app=result(MET, status="passed")))

    [test] = results_json(grade)["tests"]

    assert test["score"] == 3
    assert "This result is of your blank in the finished app." in test["output"]


def test_a_hint_goes_with_what_failed():
    """A failed exercise shows its hint; a passed one does not."""
    failed = exercise(result(UNMET), hint="Look at exp.")
    passed = exercise(result(MET, status="passed"), hint="Look at exp.")

    assert grade_text.exercise_text(failed).endswith("A hint: Look at exp.")
    assert "A hint" not in grade_text.exercise_text(passed)


def test_no_control_character_leaves():
    """NUL, lone surrogates and characters that reverse a line are removed."""
    hostile = replace(UNMET, message="a\0b\ud800c\u202ed\x1b[31me")

    [test] = results_json(graded(exercise(result(hostile))))["tests"]

    assert "abcd[31me" in test["output"]


def test_long_texts_are_cut():
    """Long output of learners' code is cut at a limit."""
    endless = replace(UNMET, message="coo " * 100_000)

    [test] = results_json(graded(exercise(result(endless))))["tests"]

    assert len(test["output"]) < grade_text.LONGEST + 100
    assert test["output"].endswith("more characters")


@pytest.mark.parametrize("status", ["no-submission", "unreadable", "crashed", "timeout"])
def test_an_ungraded_submission_gets_a_sentence(status):
    """Every exercise is listed with 0 points, and the sentence says what happened."""
    grade = Grade("ada", status, "It holds nothing.", (), damage=("A cell is missing.",))

    scope, fifty = results_json(grade), classroom50.result_json(grade, RUN)

    assert scope["output"] == f"{status}: It holds nothing.\n\nA cell is missing."
    assert scope["score"] == fifty["score"] == 0
    assert len(scope["tests"]) == len(lessons.load().exercises)
    assert fifty["max-score"] == sum(e.points for e in lessons.load().exercises)


def test_classroom50_gets_the_fields_of_its_runner(partly):
    """Classroom, assignment and addresses come from the environment variables."""
    given = classroom50.result_json(partly, RUN)

    assert given["schema"] == "classroom50/result/v1"
    assert given["submission"] == RUN["SUBMISSION_TAG"]
    assert given["review"] == RUN["REVIEW_URL"]


def test_classroom50_without_a_review_links_to_the_commit(partly):
    """If the address of the review is missing, the commit's is used."""
    given = classroom50.result_json(partly, RUN | {"REVIEW_URL": ""})

    assert given["review"] == RUN["COMMIT_URL"]


def test_classroom50_without_its_runner_is_refused(partly):
    """Outside of a workflow, the error lists the missing variables."""
    with pytest.raises(ExportError, match="Not set: ASSIGNMENT, COMMIT_URL; export this in"):
        classroom50.result_json(partly, {**RUN, "ASSIGNMENT": "", "COMMIT_URL": ""})


def test_classroom50_gets_an_override_of_nothing():
    """A passed exercise whose points the instructor set to 0 has a score of 0."""
    passed = exercise(result(MET, status="passed"), override=0)

    [test] = classroom50.result_json(graded(passed), RUN)["tests"]

    assert (test["passed"], test["score"]) == (False, 0)


def test_classroom50_gets_whole_numbers_that_add_up():
    """Points are integers, halves are rounded up, and the total is the sum of the list."""
    grade = graded(exercise(result(MET, UNMET)), exercise(result(MET, status="passed")))

    given = classroom50.result_json(grade, RUN)

    assert [test["score"] for test in given["tests"]] == [2, 3]
    assert (given["score"], given["max-score"]) == (5, 6)
    assert all(type(test["score"]) is int for test in given["tests"])


def test_rounding_never_makes_all_points():
    """An exercise that earned nearly all points is not rounded up to all of them."""
    nearly = result(*[MET] * 19, UNMET)

    [test] = classroom50.result_json(graded(exercise(nearly)), RUN)["tests"]

    assert (test["passed"], test["score"], test["max-score"]) == (False, 2, 3)


def test_the_time_is_given_in_utc(partly):
    """A given time is written with a Z; without one there is no time."""
    at = datetime(2026, 11, 1, 12, tzinfo=timezone(timedelta(hours=2)))

    assert classroom50.result_json(partly, RUN, at)["datetime"] == "2026-11-01T10:00:00Z"
    assert "datetime" not in classroom50.result_json(partly, RUN)


def test_the_same_grade_gives_the_same_text(partly):
    """Both exports give equal, JSON-serialisable values when called twice."""
    forms = (results_json, lambda grade: classroom50.result_json(grade, RUN))

    for form in forms:
        assert json.dumps(form(partly)) == json.dumps(form(partly))


def test_the_only_grade_needs_no_name(partly):
    """If one learner was graded, no name is needed."""
    assert classroom50.grade_of(None, [partly]) is partly
    assert classroom50.grade_of("ada", [partly]) is partly


def test_of_several_grades_one_is_named(partly):
    """If a class was graded, the name selects the learner."""
    other = replace(partly, learner="bob")

    assert classroom50.grade_of("bob", [partly, other]) is other
    with pytest.raises(ExportError, match="choose one with --learner"):
        classroom50.grade_of(None, [partly, other])


def test_an_unknown_learner_is_quoted(partly):
    """The error for an unknown name shows its hidden characters escaped."""
    with pytest.raises(ExportError, match=r"of a learner 'a\\u202eda'; run confirmlab grade"):
        classroom50.grade_of("a\u202eda", [partly])


def test_the_command_writes_result_json(tmp_path, monkeypatch, partly):
    """`confirmlab export classroom50` reads a gradebook, and writes what the runner collects."""
    with Gradebook(tmp_path / "graded") as book:
        book.add(partly)
    for name, value in RUN.items():
        monkeypatch.setenv(name, value)

    output = export("classroom50", tmp_path / "graded", "--out", tmp_path / "result.json")

    assert output.stdout == f"Wrote {tmp_path / 'result.json'}: 2 of 3.\n"
    assert json.loads((tmp_path / "result.json").read_text())["classroom"] == "pigeons"


def test_the_command_outside_of_a_workflow_fails(tmp_path, monkeypatch, partly):
    """Without the runner's variables there is an error, exit status 1, and no file."""
    with Gradebook(tmp_path / "graded") as book:
        book.add(partly)
    for name in RUN:
        monkeypatch.delenv(name, raising=False)

    output = export("classroom50", tmp_path / "graded", "--out", tmp_path / "result.json")

    assert (output.exit_code, (tmp_path / "result.json").exists()) == (1, False)
    assert output.stderr.startswith("confirmlab: Not set: CLASSROOM,")


def test_a_result_that_cannot_be_written_is_reported(tmp_path, monkeypatch, partly):
    """If result.json cannot be written, the error names the file and the option for another."""
    with Gradebook(tmp_path / "graded") as book:
        book.add(partly)
    for name, value in RUN.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "file").touch()

    output = export("classroom50", tmp_path / "graded", "--out", tmp_path / "file" / "result.json")

    assert output.exit_code == 1
    assert "result.json' (File exists); give another file with --out." in output.stderr


def test_the_command_packs_for_gradescope(tmp_path):
    """`confirmlab export gradescope` writes the zip to upload."""
    output = export("gradescope", "--out", tmp_path / "a.zip")

    assert output.stdout.endswith("a.zip; upload it to Gradescope as it is.\n")
    assert (tmp_path / "a.zip").is_file()


def test_the_command_makes_an_assignment(tmp_path):
    """`confirmlab export nbgrader` fills source/, and shows what an existing config needs."""
    (tmp_path / "nbgrader_config.py").write_text("# mine")

    output = export("nbgrader", "--out", tmp_path)

    assert output.stdout.startswith("Wrote source/confirmlab/00_start_here.ipynb, ")
    assert "nbgrader_config.py exists already; add this to it:" in output.stdout
