"""The text of the notebooks agrees with the outputs of their cells."""

import pytest

from confirmlab.base import paths
from confirmlab.course import lessons, notebook_format

# Lesson, cell, and what the text before or after the cell says about its output.
PROMISED = [
    ("08", "score-before", "13 of 22 attacks got in"),
    ("08", "guess-see", "The key is 'changeme'"),
    ("08", "purpose-attack", "got in"),
    ("08", "move-by-hand", "queen@sheba.example"),
    ("08", "ex-spent-tokens-see", "status 500"),
    ("08", "host-attack", "evil.example"),
    ("08", "bombs-attacks", "5 requests, 5 mails"),
    ("08", "score-after", "All 22 attacks held off"),
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


# Cells of lesson 08 that run attacks which, by the text, are held off from then on.
HELD_OFF = [
    *("key-back", "ex-token-key-see", "replay-again", "ex-confirm-page-see"),
    *("ex-pinned-host-see", "ex-resend-throttle-see", "ex-session-id-see"),
]


@pytest.mark.parametrize(("number", "cell_id", "text"), PROMISED)
def test_output_holds_what_the_text_says(number, cell_id, text):
    """The output of a solved cell contains what the text says about it."""
    assert text in _output(number, cell_id)


@pytest.mark.parametrize("cell_id", HELD_OFF)
def test_attacks_are_held_off_after_their_exercise(cell_id):
    """A cell that runs attacks after their exercise shows that all are held off."""
    output = _output("08", cell_id)

    assert "held off" in output and "got in" not in output


def _output(number, cell_id):
    """Return the text that a cell of the solved notebook printed and displayed."""
    lesson = next(lesson for lesson in lessons.load().lessons if lesson.number == number)
    path = paths.in_kit("solutions", f"{lesson.name}.ipynb")
    cells = notebook_format.read(path.read_text("utf-8"))["cells"]
    outputs = next(cell["outputs"] for cell in cells if cell["id"] == cell_id)
    # A stream has its text at the top, everything else in `data`.
    return "".join(_joined(o.get("text") or o["data"]["text/plain"]) for o in outputs)


def _joined(text):
    return text if isinstance(text, str) else "".join(text)
