"""Facts about hidden tests: a test that would never count is an error."""

import pytest

from confirmlab.base.errors import KitError
from confirmlab.grading import hidden_tests

MARK = '@pytest.mark.exercise("confirm-token")\n'
TEST = "def test_it():\n    pass\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEST, "'test_more.py': test_it has no mark"),
        (
            MARK.replace("confirm-token", "confirm-tokn") + TEST,
            "'confirm-tokn', which is not an",
        ),
        (MARK.replace("confirm-token", "confirmation-tests") + TEST, "which faulty apps grade"),
        (MARK.replace('"', "") + TEST, "without an exercise id"),
        ("def test_it(:", r"'test_more.py' is not valid Python \(line 1\)"),
        ("x = 1", "'test_more.py' has no test"),
        (f"class TestIt:\n    def test_own(self):\n        pass\n{MARK}{TEST}", "TestIt::test_own"),
    ],
)
def test_a_test_that_never_counts(tmp_path, text, said):
    """The error for a test that would never count names it, and says what to do."""
    (tmp_path / "test_more.py").write_text(text)

    with pytest.raises(KitError, match=said):
        hidden_tests.read(tmp_path)


def test_each_problem_is_named(tmp_path):
    """Each test with a problem gets one sentence of its own."""
    (tmp_path / "test_a.py").write_text("def test_one():\n    pass\n\ndef test_two():\n    pass")
    (tmp_path / "test_b.py").write_text(TEST)

    with pytest.raises(KitError, match="test_one .*test_two .*'test_b.py': test_it"):
        hidden_tests.read(tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path):
    """The error for a file in another encoding names it and says how to save it."""
    (tmp_path / "test_good.py").write_text(MARK + TEST)
    (tmp_path / "test_latin.py").write_bytes(b"# \xe4")

    with pytest.raises(KitError, match=r"test_latin.py' are not UTF-8 \(byte 2\); save the file"):
        hidden_tests.read(tmp_path)


def test_a_byte_order_mark_is_left_out(tmp_path):
    """A hidden test that an editor saved with a byte order mark is read without it."""
    (tmp_path / "test_more.py").write_text(MARK + TEST, encoding="utf-8-sig")

    assert hidden_tests.read(tmp_path) == {"test_more.py": MARK + TEST}


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """The error for a file that cannot be opened names it with the reason."""
    (tmp_path / "test_folder.py").mkdir()

    with pytest.raises(KitError, match=r"test_folder.py' \(Is a directory\); give a folder"):
        hidden_tests.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        MARK + TEST,
        f"pytestmark = {MARK[1:-1]}\n{TEST}",
        f"pytestmark = [{MARK[1:-1]}]\n{TEST}",
        f"{MARK}class TestIt:\n    def test_own(self):\n        pass",
    ],
)
def test_marks_of_files_and_classes_count(tmp_path, text):
    """A mark may be on the test, on its class, or in the file's `pytestmark`."""
    (tmp_path / "test_more.py").write_text(text)

    assert hidden_tests.read(tmp_path) == {"test_more.py": text}
