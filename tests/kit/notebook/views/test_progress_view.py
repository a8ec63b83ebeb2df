"""Facts about the views of progress and of the next step."""

from dataclasses import replace

import pytest

from confirmlab.base import paths
from confirmlab.course import lessons
from confirmlab.notebook.progress import CourseProgress, LessonState, NextStep
from confirmlab.notebook.views.progress import duration
from confirmlab.notebook.views.registry import as_html, as_text

STATES = (("a", "One", "passed"), ("b", "Two", "failing"), ("c", "Three", "covered"))
MODEL = LessonState(
    "03", "The user model", "open", 1, 3, 4, 12, 30, STATES, "03_model", "begun", here=True
)
READ = LessonState("02", "Tokens", "open", 0, 0, 0, 0, 0, (), "02_tokens", "visited")
DONE = LessonState("00", "Start", "passed", 1, 1, 1, 1, 0, STATES[:1], "00_start", "done")
LATER = LessonState("05", "The link", "open", 0, 1, 0, 5, 45, STATES[2:], "05_link", "not begun")
MAP = CourseProgress((DONE, READ, MODEL, LATER))
EXERCISE = lessons.load().exercise("confirm-token")


def test_progress_is_complete_in_words():
    """The text has the sums, the current lesson, and the state of each lesson and exercise."""
    assert as_text(MAP).splitlines() == [
        "The map: 2 of 5 blanks, 5 of 18 points, about 75 minutes to go",
        "You are in lesson 03: The user model.",
        "",
        "+ 00 Start (done): 1 of 1 blank, 1 of 1 point",
        "     + passed: One (a)",
        "+ 02 Tokens (visited): nothing to hand in",
        "> 03 The user model (begun, you are here): 1 of 3 blanks, 4 of 12 points, about",
        "  30 minutes to go",
        "     + passed: One (a)",
        "     x not there yet: Two (b)",
        "     - covered by the reference: Three (c)",
        "- 05 The link (not begun): 0 of 1 blank, 0 of 5 points, about 45 minutes to go",
        "     - covered by the reference: Three (c)",
    ]


def test_progress_links_to_the_notebooks():
    """Each lesson links to its notebook, each exercise to its cell there."""
    shown = as_html(MAP)

    assert 'notebooks/03_model.ipynb"><b>03 The user model</b></a>' in shown
    assert 'notebooks/03_model.ipynb#cell-id=ex-b">Two</a>' in shown


def test_progress_shows_states_by_sign_and_word():
    """The card shows states by sign and word, and marks the current lesson."""
    shown = as_html(MAP)

    for words in ("✓ done", "✓ visited", "◐ begun", "○ not begun", "✗ not there yet"):
        assert words in shown
    assert "You are in lesson 03" in shown and "← you are here" in shown


def test_cells_of_exercises_are_where_links_lead():
    """The cell that a link to an exercise names exists in its notebook."""
    for lesson in lessons.load().lessons:
        text = paths.in_kit("notebooks", f"{lesson.name}.ipynb").read_text(encoding="utf-8")
        assert all(f'"id": "ex-{exercise.id}"' in text for exercise in lesson.exercises)


def test_a_step_says_what_is_open_and_what_follows():
    """The next step lists what is open here, then the next lesson with its time."""
    text = as_text(NextStep(MODEL, (EXERCISE,), LATER, "write the view", ("00",)))

    assert text.splitlines() == [
        "Still open in lesson 03:",
        "  - Is this token for me? (confirm-token, about 12 minutes)",
        "Then: lesson 05, The link, about 45 minutes: you write the view. Open",
        "notebooks/05_link.ipynb.",
        "Blanks are open in lesson 00, too.",
    ]


def test_a_step_lists_the_lessons_behind():
    """Several lessons with open blanks are listed as in a sentence."""
    text = as_text(NextStep(MODEL, (), LATER, "write the view", ("00", "03", "05")))

    assert text.endswith("Blanks are open in lessons 00, 03 and 05, too.")


def test_a_step_tells_a_filled_blank_from_an_empty_one():
    """A filled blank that was not checked yet is not just called open."""
    filled = replace(MODEL, exercises=((EXERCISE.id, EXERCISE.title, "filled"),))
    step = NextStep(filled, (EXERCISE,), LATER, "write the view")

    assert "about 12 minutes): filled, not checked since" in as_text(step)
    assert "filled, not checked since" in as_html(step)


def test_a_step_links_to_what_it_names():
    """The card of the next step links to the open exercise and to the next notebook."""
    shown = as_html(NextStep(MODEL, (EXERCISE,), LATER, "write the view"))

    assert "notebooks/03_model.ipynb#cell-id=ex-confirm-token" in shown
    assert 'notebooks/05_link.ipynb">05 The link</a>' in shown


def test_the_last_step_is_the_certificate():
    """If nothing is left, the next step names the certificate."""
    step = NextStep(DONE, (), None)

    assert "Lesson 00 is done." in as_text(step)
    assert "%certificate" in as_text(step) and "%certificate" in as_html(step)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(20, "about 20 minutes"), (90, "about 90 minutes"), (100, "about 1 and a half hours")]
    + [(115, "about 2 hours"), (150, "about 2 and a half hours"), (600, "about 10 hours")],
)
def test_durations_are_in_everyday_words(minutes, words):
    """Long durations are shown in hours and half hours."""
    assert duration(minutes) == words
