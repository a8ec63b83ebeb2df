"""Facts about grading a single submission in a subprocess."""

import subprocess

import pytest

from confirmlab.base.errors import ExportError
from confirmlab.course.results import Grade
from confirmlab.grading import grade_in_subprocess
from confirmlab.grading.gradebook import Gradebook

GRADE = Grade("ada", "graded", "Done.")


@pytest.fixture
def grading(monkeypatch, tmp_path):
    """Return a function that replaces `confirmlab grade` by a stub and returns its calls."""
    asked = []

    def answer(returncode=0, stderr=b"", grades=(GRADE,)):
        def run(command, **settings):
            asked.append((command, settings))
            with Gradebook(tmp_path / "out") as book:
                for grade in grades:
                    book.add(grade)
            return subprocess.CompletedProcess(command, returncode, b"", stderr)

        monkeypatch.setattr(subprocess, "run", run)
        return asked

    return answer


def test_the_grade_is_returned(grading, tmp_path):
    """The one grade in the gradebook is returned."""
    grading()

    assert grade_in_subprocess.grade(tmp_path, tmp_path / "out") == GRADE


def test_no_module_of_a_learner_is_imported(grading, tmp_path):
    """Python starts in the folder of results, and imports from neither that nor the learner's."""
    asked = grading()

    grade_in_subprocess.grade(tmp_path / "work", tmp_path / "out")

    [(command, settings)] = asked
    assert command[1] == "-P"
    assert settings["cwd"] == tmp_path / "out"


def test_hidden_tests_are_passed_on(grading, tmp_path):
    """A folder of hidden tests is passed to the command."""
    asked = grading()

    grade_in_subprocess.grade(tmp_path, tmp_path / "out", tmp_path / "hidden")

    assert asked[0][0][-2:] == ["--hidden", str(tmp_path / "hidden")]


def test_a_failure_quotes_the_last_line(grading, tmp_path):
    """The error quotes the last line that the command printed."""
    grading(1, b"first\nconfirmlab: The sandbox does not start.\n")

    with pytest.raises(ExportError, match="not be graded. confirmlab: The sandbox does not start"):
        grade_in_subprocess.grade(tmp_path, tmp_path / "out")


def test_two_grades_are_none(grading, tmp_path):
    """A folder with the work of several learners is not graded as one."""
    grading(grades=(GRADE, Grade("bob", "graded", "Done.")))

    with pytest.raises(ExportError, match="could not be graded"):
        grade_in_subprocess.grade(tmp_path, tmp_path / "out")
