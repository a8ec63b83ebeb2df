"""Facts about the function that nbgrader's grade cells call."""

import sys
from dataclasses import replace

import pytest

from confirmlab.base.errors import ExportError
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading import grade_in_subprocess
from confirmlab.grading.exports.nbgrader import points
from confirmlab.grading.grades import ExerciseGrade, Grade

UNMET = TestResult("test_gate", "Strangers stay out.", "failed", "A stranger came in.")
MET = TestResult("test_static", "The style sheet is open.", "passed")
RESULT = ExerciseResult("gate", "The gate", "failed", (UNMET, MET))
GRADE = Grade("ada", "graded", "Done.", (ExerciseGrade("gate", "The gate", "07", 5, RESULT),))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Create an nbgrader course, enter a folder that it grades, and record what is graded."""
    for step in ("submitted", "autograded"):
        (tmp_path / step / "ada" / "confirmlab").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "autograded" / "ada" / "confirmlab")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for name in ("CONFIRMLAB_HIDDEN", "CONFIRMLAB_SUBMITTED"):
        monkeypatch.delenv(name, raising=False)
    points._graded.cache_clear()
    asked = []

    def grade(*arguments, settings=None):
        asked.append(arguments)
        print("advice", file=sys.stderr)
        return GRADE

    monkeypatch.setattr(grade_in_subprocess, "grade", grade)
    return tmp_path, asked


def test_a_grade_cell_gives_points_and_reasons(course, capsys):
    """The points are returned as a number, and the unmet requirements are printed."""
    assert points.points("gate") == 2.5
    assert "A stranger came in." in capsys.readouterr().out


def test_a_grade_cell_accuses_nobody(course, monkeypatch, capsys):
    """Of a tampered submission a grade cell says that it will be reviewed."""
    accused = replace(GRADE, status="tampered", sentence="Possible tampering: it forked.")
    monkeypatch.setattr(grade_in_subprocess, "grade", lambda *_, **__: accused)

    points.points("gate")

    said = capsys.readouterr().out
    assert said.startswith(f"review: {accused.sentence_for_learner}")
    assert "tamper" not in said.lower() and "fork" not in said


def test_a_grade_cell_says_nothing_on_stderr(course, capsys):
    """Nothing is printed to stderr, since that would cost all points in nbgrader."""
    points.points("gate")

    assert capsys.readouterr().err == ""


def test_the_submission_is_graded_once(course):
    """The cells of one notebook share a grade, stored outside of the submission."""
    folder, asked = course

    points.points("gate")
    points.points("gate")

    submitted = folder / "submitted" / "ada" / "confirmlab"
    assert asked == [(submitted, folder / ".confirmlab" / "confirmlab" / "ada", None)]


def test_all_notebooks_are_read_where_they_were_handed_in(course):
    """Notebooks are read from the submission, since nbgrader copies only one at a time."""
    folder, _ = course

    assert points.handed_in() == folder / "submitted" / "ada" / "confirmlab"


def test_a_course_may_name_its_folders_otherwise(course, monkeypatch):
    """CONFIRMLAB_SUBMITTED sets the folder of submissions; if there is none, an error says so."""
    folder, _ = course
    monkeypatch.setenv("CONFIRMLAB_SUBMITTED", str(folder / "elsewhere"))

    with pytest.raises(ExportError, match="set CONFIRMLAB_SUBMITTED to the folder"):
        points.handed_in()


def test_hidden_tests_come_from_the_instructors_environment(course, monkeypatch, tmp_path):
    """CONFIRMLAB_HIDDEN names the folder of the hidden tests."""
    monkeypatch.setenv("CONFIRMLAB_HIDDEN", str(tmp_path))

    points.points("gate")

    assert course[1][0][2] == tmp_path


def test_validating_reads_the_folder_itself(course, monkeypatch):
    """`nbgrader validate` reads the notebooks in the current folder."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")

    points.points("gate")

    assert course[1][0][0] == course[0] / "autograded" / "ada" / "confirmlab"


def test_outside_of_nbgrader_nothing_is_graded(course, monkeypatch, capsys):
    """Outside of nbgrader the cell only prints what it is for."""
    monkeypatch.delenv("NBGRADER_EXECUTION")

    assert points.points("gate") is None
    assert "when it grades what you hand in" in capsys.readouterr().out
    assert course[1] == []


def test_another_status_is_printed(course, monkeypatch, capsys):
    """A status other than graded is printed, so nbgrader's feedback shows it."""
    late = replace(GRADE, status="timeout", sentence="It never stopped.", exercises=())
    monkeypatch.setattr(grade_in_subprocess, "grade", lambda *_, **named: late)

    assert points.points("gate") == 0
    assert capsys.readouterr().out.startswith("timeout: It never stopped.")
