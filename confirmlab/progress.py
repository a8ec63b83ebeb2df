"""Say how every lesson of the course stands in a workspace."""

from confirmlab import course
from confirmlab.course import Lesson
from confirmlab.errors import KitError
from confirmlab.results import LessonState
from confirmlab.workspace import Workspace


def states(workspace: Workspace) -> tuple[LessonState, ...]:
    """Say how every lesson stands, in their order."""
    return tuple(_lesson_state(workspace, lesson) for lesson in course.load().lessons)


def _lesson_state(workspace: Workspace, lesson: Lesson) -> LessonState:
    found = [(exercise, _state(workspace, exercise.id)) for exercise in lesson.exercises]
    passed = [exercise for exercise, state in found if state == "passed"]
    complete = bool(found) and len(passed) == len(found)
    left = 0 if complete else lesson.minutes - sum(exercise.minutes for exercise in passed)
    return LessonState(
        number=lesson.number,
        title=lesson.title,
        state="passed" if complete else "open",
        done=len(passed),
        total=len(found),
        points=sum(exercise.points for exercise in passed),
        points_total=sum(exercise.points for exercise in lesson.exercises),
        minutes_left=max(0, left),
        exercises=tuple((exercise.id, exercise.title, state) for exercise, state in found),
    )


def _state(workspace: Workspace, exercise_id: str) -> str:
    try:
        return workspace.state(exercise_id)
    except KitError:  # its markers are gone; %restore brings them back
        return "open"
