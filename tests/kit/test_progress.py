"""Facts about the map of all lessons."""

import shutil

import pytest

from confirmlab import course, progress, reference
from confirmlab.workspace import Workspace

THREE = ("confirmed-column", "generate-token", "confirm-token")


@pytest.fixture
def workspace(folder):
    return Workspace(folder)


def lesson(workspace, number="03"):
    return next(state for state in progress.states(workspace) if state.number == number)


def passed(workspace, *exercise_ids):
    for exercise_id in exercise_ids:
        workspace.fill(exercise_id, reference.fill(exercise_id))
        workspace.judged(exercise_id, passed=True)


def test_every_lesson_is_on_the_map(workspace):
    """The map has the course's lessons in their order."""
    states = progress.states(workspace)

    assert [state.title for state in states] == [le.title for le in course.load().lessons]
    assert {state.state for state in states} == {"open"}


def test_what_passed_counts(workspace):
    """An exercise that passed adds its points and takes its minutes off."""
    before = lesson(workspace)
    passed(workspace, "generate-token")
    after = lesson(workspace)

    exercise = course.load().exercise("generate-token")
    assert (after.done, after.points) == (1, exercise.points)
    assert before.minutes_left - after.minutes_left == exercise.minutes


def test_a_lesson_is_done_when_all_passed(workspace):
    """A lesson whose exercises all passed is passed, and takes no more time."""
    passed(workspace, *THREE)
    state = lesson(workspace)

    assert (state.state, state.done, state.minutes_left) == ("passed", 3, 0)
    assert state.points == state.points_total


def test_a_lesson_without_blanks_is_never_done(workspace):
    """A lesson with nothing to fill stays open: nobody can see that it was read."""
    state = lesson(workspace, "02")

    assert (state.state, state.total) == ("open", 0)


def test_a_changed_fill_counts_no_more(workspace):
    """What passed once and was changed since has to be checked again."""
    passed(workspace, "generate-token")
    workspace.fill("generate-token", "def generate_confirmation_token(self):\n    return 'x'")

    assert dict((e, s) for e, _, s in lesson(workspace).exercises)["generate-token"] == "filled"


def test_the_reference_earns_nothing(workspace):
    """A blank that the reference covers is named, and is not done."""
    workspace.cover(THREE)
    state = lesson(workspace)

    assert {word for _, _, word in state.exercises} == {"covered"}
    assert (state.done, state.points) == (0, 0)


def test_a_damaged_file_does_not_hide_the_map(workspace):
    """A file that lost its markers or is gone shows as open."""
    passed(workspace, *THREE)
    models = workspace.folder / "app" / "models.py"
    models.write_text(models.read_text().replace("# endregion confirm-token", ""))

    assert {word for _, _, word in lesson(workspace).exercises} == {"open"}


def test_without_a_folder_all_is_open(workspace):
    """The map can be drawn before there is an app at all."""
    shutil.rmtree(workspace.folder)

    assert sum(state.done for state in progress.states(workspace)) == 0
