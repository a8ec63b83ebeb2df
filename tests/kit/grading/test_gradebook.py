"""Facts about the file of grades, which one run at a time may write."""

import json
import os
from contextlib import suppress

import pytest

from confirmlab.base.errors import KitError
from confirmlab.grading import gradebook, input_hashes
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import Grade
from confirmlab.submissions.learner_files import SubmissionSource


def grade(learner, content="c", suite="s", sentence=""):
    return Grade(learner, "graded", sentence, content=content, suite=suite)


@pytest.fixture
def handed(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "work.py").write_text("x = 1")
    return SubmissionSource("ada", (tmp_path / "ada",))


def test_a_grade_is_there_at_once(tmp_path):
    """A grade that was added is in the file immediately."""
    with Gradebook(tmp_path) as book:
        book.add(grade("ada"))
        assert [one.learner for one in Gradebook(tmp_path).grades()] == ["ada"]


def test_grades_are_private(tmp_path):
    """Only the owner may read the folder of grades, if it is new, and the files in it."""
    with Gradebook(tmp_path / "out") as book:
        book.add(grade("ada"))
        book.keep(["ada"])

    paths = (tmp_path / "out", book.path, tmp_path / "out" / gradebook.LOCK)
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o700, 0o600, 0o600]


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    """If a grade cannot be written, the error names the file; the grades before it are kept."""
    with Gradebook(tmp_path) as book:
        book.add(grade("ada"))
        with open("/dev/full", "wb") as full:
            monkeypatch.setattr(book, "_file", full)
            with pytest.raises(KitError, match=f"Could not write '.*{gradebook.NAME}' .No space"):
                book.add(grade("bob"))
            with suppress(OSError):  # what is still in the buffer
                full.close()

    assert [one.learner for one in Gradebook(tmp_path).grades()] == ["ada"]


def test_the_latest_grade_counts(tmp_path):
    """Of two grades of a learner the later is kept; learners are sorted by name."""
    with Gradebook(tmp_path) as book:
        for one in (grade("zoe"), grade("ada", sentence="first"), grade("ada", sentence="then")):
            book.add(one)
        book.keep(["ada", "zoe"])
        assert [(g.learner, g.sentence) for g in book.grades()] == [("ada", "then"), ("zoe", "")]


def test_removed_grades_are_kept_beside(tmp_path):
    """Lines of learners who are removed are added to a private file, and their names returned."""
    with Gradebook(tmp_path) as book:
        for name in ("zoe", "ada", "ben"):
            book.add(grade(name))
        assert (book.keep(["ada", "ben"]), book.keep(["ada", "ben"])) == (["zoe"], [])
        assert book.keep(["ada", "cem"]) == ["ben"]

    kept = tmp_path / gradebook.REMOVED
    assert [json.loads(line)["learner"] for line in kept.read_text().splitlines()] == ["zoe", "ben"]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_stopped_run_leaves_one_grade_of_each(tmp_path):
    """Of two lines of a learner, which a stopped run leaves, only the last is read."""
    with Gradebook(tmp_path) as book:
        for one in (grade("ada", sentence="first"), grade("ben"), grade("ada", sentence="then")):
            book.add(one)

    found = [(one.learner, one.sentence) for one in Gradebook(tmp_path).grades()]
    assert found == [("ben", ""), ("ada", "then")]


def test_half_a_line_is_passed_over(tmp_path):
    """A half-written line damages neither the lines before it nor those after it."""
    with Gradebook(tmp_path) as book:
        book.add(grade("ada"))
    with open(tmp_path / gradebook.NAME, "ab") as file:
        file.write(b'{"learner": "ben')
    with Gradebook(tmp_path) as book:
        book.add(grade("cem"))
        assert [one.learner for one in book.grades()] == ["ada", "cem"]


def test_new_content_is_new(tmp_path, handed):
    """A submission counts as graded until its files or the suite change."""
    with Gradebook(tmp_path / "out") as book:
        book.add(grade("ada", input_hashes.content_hash(handed.paths), "s"))
        assert book.has(handed, "s") and not book.has(handed, "other")
        os.rename(handed.paths[0] / "work.py", handed.paths[0] / "w.py")
        assert not book.has(handed, "s")


def test_a_folder_that_cannot_be_written(tmp_path):
    """The error for an unwritable --out folder names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(gradebook.KitError, match="file.*give a folder that you may write to"):
        Gradebook(tmp_path / "file").__enter__()
