"""Facts about the view of a packed submission."""

from pathlib import Path

from markup import attributes

from confirmlab.course import lessons
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.views.registry import as_html

EXERCISES = lessons.load().exercises
PACKED = PackedSubmission(Path("../a #1.zip"), ("a.py",), EXERCISES[:1], EXERCISES[1:], ("Odd.",))


def test_a_hand_in_can_be_downloaded():
    """The zip has a link that downloads it, and what is open is named with its lesson."""
    text = as_html(PACKED)
    (link,) = attributes(text, "a")

    assert link == {"href": "../a%20%231.zip", "download": "a #1.zip"}
    assert f"1 of {len(EXERCISES)} exercises filled." in text
    assert "○ open</span> 03: The confirmed column" in text
