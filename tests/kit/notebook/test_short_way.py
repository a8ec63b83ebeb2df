"""Facts about the short way: its content, and how it leads a learner along."""

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import lessons, notebook_format, solutions
from confirmlab.notebook import exercise_commands, progress
from confirmlab.notebook.lesson_opening import open_lesson
from confirmlab.notebook.views.registry import as_html, as_text
from confirmlab.notebook.workspace import Workspace

SHORT_WAY = lessons.load().short_way
LEFT_OUT = ("confirm-html", "unconfirmed-page", "resend-view")


def cells(lesson):
    path = paths.in_kit("notebooks", f"{lesson.name}.ipynb")
    return notebook_format.read(path.read_text("utf-8"))["cells"]


def test_it_takes_less_than_two_hours():
    """The notebooks of the short way take between an hour and a half and two hours."""
    assert 90 <= sum(lesson.minutes for lesson in SHORT_WAY) <= 120


@pytest.mark.parametrize("lesson", SHORT_WAY, ids=lambda le: le.number)
def test_its_notebooks_have_its_exercises(lesson):
    """A notebook of the short way has the exercises that course.toml puts on it, in order."""
    asked = [c["id"] for c in cells(lesson) if notebook_format.is_answer(c)]

    assert asked == [f"ex-{exercise.id}-fill" for exercise in lesson.exercises]


@pytest.mark.parametrize("lesson", SHORT_WAY, ids=lambda le: le.number)
def test_its_exercises_can_be_checked(lesson):
    """Each exercise of the short way has its text, its blank and its check there."""
    ids = [cell["id"] for cell in cells(lesson)]

    for exercise in lesson.exercises:
        start = ids.index(f"ex-{exercise.id}")
        wanted = [f"ex-{exercise.id}{end}" for end in ("", "-fill", "-check")]
        assert ids[start : start + 3] == wanted


@pytest.mark.parametrize("lesson", SHORT_WAY, ids=lambda le: le.number)
def test_its_notebooks_open_the_lesson_for_it(lesson):
    """The first code cell opens the short way, and the last one leads on."""
    code = [cell["source"] for cell in cells(lesson) if cell["cell_type"] == "code"]

    assert code[0].endswith(f"%lesson {int(lesson.number)} --short")
    assert code[-1] == "%next"


def test_skipped_blanks_use_the_reference(session):
    """The reference fills the blanks that the short way skips, until the full lesson opens."""
    opened = open_lesson(session, "7", short=True)
    states = {name: session.workspace.state(name) for name in LEFT_OUT}
    open_lesson(session, "7")

    assert set(states.values()) == {"covered"}
    assert opened.notes[-1] == "The reference fills in what the short way leaves out."
    assert opened.notes[-2].endswith("confirm-view, send-confirmation, confirm-txt.")
    assert session.workspace.is_open("resend-view")
    assert [e.id for e in opened.lesson.exercises] == ["gate", "unconfirmed-view"]


def test_own_work_beside_it_stays(session):
    """A blank that the short way skips keeps the learner's text if its check passes."""
    open_lesson(session, "7")
    for name in LEFT_OUT[1:]:
        exercise_commands.fill(session, name, solutions.finished()[name] + "\n")
        session.workspace.store_result(name, passed=True)
    open_lesson(session, "7", short=True)
    states = {name: session.workspace.state(name) for name in LEFT_OUT}

    assert set(states.values()) == {"covered", "passed"} and states["resend-view"] == "passed"


def test_other_lessons_are_not_on_it(session):
    """The error for a lesson that the short way skips lists those that it has."""
    with pytest.raises(CourseError, match=r"'04' is not on the short way.*00, 02, 03.*%lesson 4"):
        open_lesson(session, "4", short=True)


def test_its_progress_is_short(session):
    """On the short way, progress has only its lessons, blanks and minutes, with links."""
    open_lesson(session, "3", short=True)
    drawn = progress.read(session.workspace, session.lesson)

    assert [state.number for state in drawn.lessons] == [lesson.number for lesson in SHORT_WAY]
    assert drawn.total == sum(len(lesson.exercises) for lesson in SHORT_WAY)
    assert "The map of the short way" in as_text(drawn)
    assert 'notebooks/short/05_the_confirmation_link.ipynb"' in as_html(drawn)
    assert len(progress.read(session.workspace, session.lesson, short=False).lessons) == len(
        lessons.load().lessons
    )


def test_the_full_lesson_leaves_it(session):
    """After a lesson is opened in full, the progress of the full course is shown again."""
    open_lesson(session, "3", short=True)
    open_lesson(session, "3")

    assert not progress.read(session.workspace, session.lesson).short


def test_it_leads_from_lesson_to_lesson(session):
    """The next step on the short way skips the lessons that it leaves out."""
    open_lesson(session, "3", short=True)
    step = progress.next_step(progress.read(session.workspace, session.lesson))

    assert step.onward.name == "short/05_the_confirmation_link"
    assert "notebooks/short/05_the_confirmation_link.ipynb" in as_text(step)


def test_its_end_leads_to_the_full_course(folder):
    """After the whole short way, the next step is the full course."""
    workspace = Workspace(folder)
    with workspace.record.change() as notes:
        notes["opened"] = {lesson.number: lesson.number for lesson in SHORT_WAY}
    for exercise in (e for lesson in SHORT_WAY for e in lesson.exercises):
        workspace.fill(exercise.id, solutions.finished()[exercise.id])
        workspace.store_result(exercise.id, passed=True)
    step = progress.next_step(progress.read(workspace, short=True))

    assert "the whole short way" in as_text(step) and "the whole short way" in as_html(step)
    assert "notebooks/01_the_wrong_way.ipynb" in as_html(step)


@pytest.mark.parametrize("name", ["00_start_here", "short/00_start_here"])
def test_its_start_says_how_to_add_a_cell(name):
    """The first notebook of each way explains how to add a cell for hints."""
    notebook = paths.in_kit("notebooks", f"{name}.ipynb").read_text("utf-8")

    assert "<kbd>Esc</kbd>, then <kbd>B</kbd>" in notebook
