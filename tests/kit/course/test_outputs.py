"""The text of the notebooks agrees with what their cells print."""

import pytest

from confirmlab.base import paths
from confirmlab.course import lessons, notebook_format

# Lesson, cell, and what the text before or after the cell says of its output.
PROMISED = [
    ("08", "replay-again", "held off"),
    ("09", "away-register", "500 /auth/register"),
    ("09", "away-database", "True"),
    ("09", "away-retry", "You have an account already"),
    ("09", "thread-context", "Working outside of application context"),
    ("09", "thread-session", "DetachedInstanceError"),
    ("09", "thread-back", "Inbox: empty"),
    ("09", "thread-log", "ConnectionRefusedError"),
    ("09", "refused-letters", "550"),
    ("09", "kill-site", "0 mails arrived"),
    ("09", "kill-letters", "tries: 1"),
]


@pytest.mark.parametrize(("number", "cell_id", "text"), PROMISED)
def test_output_holds_what_the_text_says(number, cell_id, text):
    """The solved notebook's output of a cell holds what the text says about it."""
    assert text in _output(number, cell_id)


def test_a_replayed_link_is_held_off():
    """After the exercise that spends tokens no replayed link gets in any more."""
    assert "got in" not in _output("08", "replay-again")


def _output(number, cell_id):
    """Return the text that a cell of the solved notebook prints and displays."""
    lesson = next(lesson for lesson in lessons.load().lessons if lesson.number == number)
    path = paths.in_kit("solutions", f"{lesson.name}.ipynb")
    cells = notebook_format.read(path.read_text("utf-8"))["cells"]
    outputs = next(cell["outputs"] for cell in cells if cell["id"] == cell_id)
    # A stream has its text at the top, everything else in `data`.
    return "".join(_joined(o.get("text") or o["data"]["text/plain"]) for o in outputs)


def _joined(text):
    return text if isinstance(text, str) else "".join(text)
