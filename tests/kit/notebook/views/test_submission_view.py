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
    """The zip has a link that downloads it, and what is open is named with its lesson."""
    text = as_html(PACKED)
    (link,) = attributes(text, "a")

    assert link == {"href": "../a%20%231.zip", "download": "a #1.zip"}
    assert f"1 of {len(EXERCISES)} exercises filled." in text
    assert "○ open</span> 03: The confirmed column" in text


def test_a_long_list_of_open_exercises_is_folded():
    """What is open stands in a fold, which is shut while the course has only begun."""
    few = replace(PACKED, filled=EXERCISES[3:], open=EXERCISES[:3])

    assert "open" not in attributes(as_html(PACKED), "details")[0]
    assert "open" in attributes(as_html(few), "details")[0]
