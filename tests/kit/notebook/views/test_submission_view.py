"""Facts about the view of a packed submission."""

from dataclasses import replace
from pathlib import Path

from markup import attributes

from confirmlab.course import lessons
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.views.registry import as_html

EXERCISES = lessons.load().exercises
PACKED = PackedSubmission(Path("../a #1.zip"), ("a.py",), EXERCISES[:1], EXERCISES[1:], ("Odd.",))


def test_a_hand_in_can_be_downloaded():
    """The card has a link to download the zip, and lists open exercises by lesson."""
    text = as_html(PACKED)
    (link,) = attributes(text, "a")

    assert link == {"href": "../a%20%231.zip", "download": "a #1.zip"}
    assert f"1 of {len(EXERCISES)} exercises filled." in text
    assert "○ open</span> 03: The confirmed column" in text


def test_a_long_list_of_open_exercises_is_folded():
    """Open exercises are in a fold, which is closed early in the course."""
    few = replace(PACKED, filled=EXERCISES[3:], open=EXERCISES[:3])

    assert "open" not in attributes(as_html(PACKED), "details")[0]
    assert "open" in attributes(as_html(few), "details")[0]
