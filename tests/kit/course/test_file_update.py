"""Facts about updating a learner's file to a newer skeleton."""

import pytest

from confirmlab.course import file_update


@pytest.mark.parametrize(
    ("own", "before", "newer", "merged"),
    [
        ("a\nb", "a\nb\n", "a\nb\nc\n", "a\nb\nc\n"),
        ("a\r\nb", "a\nb\n", "a\nb\nc\n", "a\r\nb\r\nc\r\n"),
        ("a\nmine\nb", "a\nb\n", "a\nnew\nb\nc\n", "a\nmine\nb\nc\n"),
        ("a\nb\nmine\n", "a\nb", "a\nb2", "a\nb\nmine\n"),
        ("a\nb", "a\nb\n", "a0\na\nb\n", "a0\na\nb"),
        ("a\nb", "a\nb\n", "a\nb\n", "a\nb"),
        ("a\rb\nc", "a\rb\n", "a\rb\n", "a\rb\nc"),
        ("", "", "a\n", "a\n"),
        ("", "", "", ""),
    ],
)
def test_an_added_line_stays_a_line_of_its_own(own, before, newer, merged):
    """A line is added after the learner's last line, even if that has no line end."""
    assert file_update.merged(own, before, newer) == merged
