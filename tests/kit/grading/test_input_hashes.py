"""Facts about the hashes that tell whether a submission has to be graded again."""

import os

from confirmlab.grading import input_hashes
from confirmlab.submissions import bounded_files


def test_a_renamed_file_is_new(tmp_path):
    """The name of a single file counts, too, since it tells which notebook it is."""
    (tmp_path / "a.ipynb").write_text("{}")
    before = input_hashes.content_hash([tmp_path / "a.ipynb"])
    os.rename(tmp_path / "a.ipynb", tmp_path / "b.ipynb")
    assert input_hashes.content_hash([tmp_path / "b.ipynb"]) != before


def test_what_is_not_read_does_not_count(tmp_path):
    """Files that Python or Jupyter leaves in a submission do not make it a new one."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "models.py").write_text("x = 1\n")
    before = input_hashes.content_hash([tmp_path])
    for name in ("__pycache__", ".ipynb_checkpoints"):
        (tmp_path / "app" / name).mkdir()
        (tmp_path / "app" / name / "left").write_text("over")

    assert input_hashes.content_hash([tmp_path]) == before


def test_a_file_behind_a_large_one_counts(tmp_path, monkeypatch):
    """A change in a file that comes after a very large one makes the submission a new one."""
    monkeypatch.setattr(bounded_files, "TOTAL", 10)
    (tmp_path / "a_film.mp4").write_bytes(bytes(100))
    (tmp_path / "models.py").write_text("x = 1\n")
    before = input_hashes.content_hash([tmp_path])
    (tmp_path / "models.py").write_text("x = 2\n")

    assert input_hashes.content_hash([tmp_path]) != before


def test_links_and_pipes_are_not_read(tmp_path):
    """Links in a submission are not followed, and pipes are not read."""
    os.mkfifo(tmp_path / "pipe")
    os.symlink("/dev/zero", tmp_path / "zeros")
    assert len(input_hashes.content_hash([tmp_path])) == 16


def test_the_suite_counts_hidden_tests():
    """The suite's hash changes with the hidden tests, and only then."""
    assert input_hashes.suite_hash({"test_a.py": "1"}) != input_hashes.suite_hash(
        {"test_a.py": "2"}
    )
    assert input_hashes.suite_hash({}) == input_hashes.suite_hash({})
