"""Facts about the view of a reset."""

from pathlib import Path

from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.views.registry import as_html, as_text

EMPTIED = ResetResult(
    "lesson 03, The user model", ("a", "b"), Path("/x/my_app/.confirmlab/history/1"), "%restore it"
)


def test_a_fresh_start_says_how_to_come_back():
    """Text and HTML say where the copy is, and which command restores it."""
    for said in (as_text(EMPTIED), as_html(EMPTIED)):
        assert "Started over: lesson 03, The user model" in said
        assert "my_app/.confirmlab/history/1" in said and "%restore it" in said
