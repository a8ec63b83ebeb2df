"""Facts about the progress in all lessons."""

import shutil

import pytest

from confirmlab.course import lessons, solutions
from confirmlab.notebook import progress
from confirmlab.notebook.workspace import Workspace

THREE = ("confirmed-column", "generate-token", "confirm-token")


@pytest.fixture
def workspace(folder):
    return Workspace(folder)


def lesson(workspace, number="03"):
    return next(state for state in progress.read(workspace).lessons if state.number == number)


def passed(workspace, *exercise_ids):
    for exercise_id in exercise_ids:
        workspace.fill(exercise_id, solutions.fill(exercise_id))
        workspace.store_result(exercise_id, passed=True)


def test_every_lesson_is_listed(workspace):
    """The progress lists the course's lessons in order."""
    states = progress.read(workspace).lessons

    assert [state.title for state in states] == [le.title for le in lessons.load().lessons]
    assert {state.state for state in states} == {"open"}


def test_what_passed_counts(workspace):
    """A passed exercise adds its points and removes its minutes."""
    before = lesson(workspace)
    passed(workspace, "generate-token")
    after = lesson(workspace)

    exercise = lessons.load().exercise("generate-token")
    assert (after.done, after.points) == (1, exercise.points)
    assert before.minutes_left - after.minutes_left == exercise.minutes


def test_a_lesson_is_done_when_all_passed(workspace):
    """A lesson whose exercises all passed is done, and has no minutes left."""
    passed(workspace, *THREE)
    state = lesson(workspace)

    assert (state.state, state.done, state.minutes_left) == ("passed", 3, 0)
    assert state.points == state.points_total


def test_a_lesson_without_blanks_is_never_done(workspace):
    """A lesson without blanks stays open, since nothing shows whether it was read."""
    state = lesson(workspace, "02")

    assert (state.state, state.total, state.standing) == ("open", 0, "not begun")


def test_a_changed_fill_counts_no_more(workspace):
    """A fill that was changed since it passed has to be checked again."""
    passed(workspace, "generate-token")
    workspace.fill("generate-token", "def generate_confirmation_token(self):\n    return 'x'")

    assert dict((e, s) for e, _, s in lesson(workspace).exercises)["generate-token"] == "filled"


def test_the_reference_earns_nothing(workspace):
    """A blank that uses the reference is covered, and does not count as done."""
    workspace.use_reference(THREE)
    state = lesson(workspace)

    assert {word for _, _, word in state.exercises} == {"covered"}
    assert (state.done, state.points) == (0, 0)


def test_a_damaged_file_does_not_hide_the_map(workspace):
    """Blanks of a missing file, or one without markers, are listed as open."""
    passed(workspace, *THREE)
    models = workspace.folder / "app" / "models.py"
    models.write_text(models.read_text().replace("# endregion confirm-token", ""))

    assert {word for _, _, word in lesson(workspace).exercises} == {"open"}


def test_without_a_folder_all_is_open(workspace):
    """Progress can be shown before there is an app."""
    shutil.rmtree(workspace.folder)

    assert sum(state.done for state in progress.read(workspace).lessons) == 0


def open_lesson(workspace, *numbers):
    for number in numbers:
        with workspace.record.change() as notes:
            notes["opened"][number] = f"2030-05-01T10:00:{len(notes['opened']):02}"


def test_the_current_lesson(workspace):
    """The current lesson is the one opened last, unless the kernel opened another one."""
    open_lesson(workspace, "01", "03")

    assert progress.read(workspace).here.number == "03"
    assert progress.read(workspace, "01").here.number == "01"


def test_before_the_first_lesson_none_is_current(workspace):
    """If no lesson was opened, none is current, and the next step is the first lesson."""
    drawn = progress.read(workspace)

    assert drawn.here is None
    assert progress.next_step(drawn).here.number == "00"


def test_what_was_opened_is_begun(workspace):
    """A lesson is begun once it was opened or one of its blanks was changed."""
    open_lesson(workspace, "05")
    workspace.fill("generate-token", solutions.fill("generate-token"))
    standing = {state.number: state.standing for state in progress.read(workspace).lessons}

    assert (standing["03"], standing["05"], standing["06"]) == ("begun", "begun", "not begun")


def test_a_lesson_to_read_is_visited_once_one_went_on(workspace):
    """A lesson without blanks has no minutes left after another lesson was opened."""
    open_lesson(workspace, "02")
    assert lesson(workspace, "02").standing == "begun"

    open_lesson(workspace, "03")
    state = lesson(workspace, "02")
    assert (state.standing, state.minutes_left, state.state) == ("visited", 0, "open")


def test_sums_of_the_progress(workspace):
    """The sums of the progress are those of its lessons."""
    passed(workspace, "generate-token", "welcome-line")
    drawn = progress.read(workspace)

    assert (drawn.done, drawn.total) == (2, len(lessons.load().exercises))
    assert drawn.points == sum(
        lessons.load().exercise(name).points for name in ("generate-token", "welcome-line")
    )
    assert drawn.minutes_left < sum(le.minutes for le in lessons.load().lessons)


def test_the_next_step_is_what_is_open_here(workspace):
    """The next step lists what is open in this lesson, then the lesson after it."""
    open_lesson(workspace, "03")
    passed(workspace, "confirmed-column")
    step = progress.next_step(progress.read(workspace))

    assert [exercise.id for exercise in step.open] == ["generate-token", "confirm-token"]
    assert (step.onward.number, step.behind) == ("04", ("00",))
    assert step.about == lessons.load().lesson("04").about


def test_the_next_step_skips_what_is_done(workspace):
    """A lesson that is done is not named as the next one."""
    open_lesson(workspace, "03")
    passed(workspace, *THREE, "confirmation-tests")
    step = progress.next_step(progress.read(workspace))

    assert (step.open, step.onward.number) == ((), "05")


def test_the_next_step_turns_back_at_the_end(workspace):
    """After the last lesson, the next one is the first lesson with an open blank."""
    open_lesson(workspace, lessons.load().lessons[-1].number)
    step = progress.next_step(progress.read(workspace))

    assert step.onward.number == "00"
    assert step.behind[0] == "03"


def test_at_the_end_nothing_is_next(workspace):
    """If every blank has passed and every lesson was opened, there is no next lesson."""
    for exercise in lessons.load().exercises:
        workspace.fill(exercise.id, solutions.fills()[exercise.id])
        workspace.store_result(exercise.id, passed=True)
    for number in lessons.load().lessons:
        open_lesson(workspace, number.number)
    step = progress.next_step(progress.read(workspace))

    assert (step.open, step.onward, step.behind) == ((), None, ())


def test_every_lesson_says_what_it_is_about():
    """Each lesson has a short text on what the learner does there."""
    assert all(3 <= len(lesson.about.split()) <= 20 for lesson in lessons.load().lessons)
