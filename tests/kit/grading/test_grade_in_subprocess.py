"""Facts about grading a single submission in a subprocess."""

import re
import subprocess

import pytest

from confirmlab.base.errors import ExportError
from confirmlab.grading import grade_in_subprocess
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import Grade

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

    folder = re.escape(repr(str(tmp_path)))
    with pytest.raises(ExportError, match=f"{folder} could not be graded. confirmlab: The sandbox"):
        grade_in_subprocess.grade(tmp_path, tmp_path / "out")


def test_a_failure_without_a_reason_gives_the_status(grading, tmp_path):
    """If the command printed nothing, the error gives its exit status."""
    grading(3)

    with pytest.raises(ExportError, match="The command ended with status 3; run it in a terminal"):
        grade_in_subprocess.grade(tmp_path, tmp_path / "out")


def test_two_grades_are_none(grading, tmp_path):
    """A folder with the work of several learners is not graded as one."""
    grading(grades=(GRADE, Grade("bob", "graded", "Done.")))

    with pytest.raises(ExportError, match="2 grades; give a folder with the work of one"):
        grade_in_subprocess.grade(tmp_path, tmp_path / "out")
