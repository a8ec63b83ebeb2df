"""A learner's progress in every lesson, and the next step."""

from dataclasses import dataclass
from typing import Any

from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.course.lessons import Exercise, Lesson
from confirmlab.notebook.workspace import Workspace


@dataclass(frozen=True)
class LessonState:
    """A learner's progress in one lesson; `exercises` are (id, title, state)."""

    number: str
    title: str
    state: str
    done: int
    total: int
    points: int
    points_total: int
    minutes_left: int
    exercises: tuple[tuple[str, str, str], ...] = ()
    name: str = ""  # name of the notebook
    standing: str = "not begun"  # or begun, done; visited for a lesson without exercises
    here: bool = False

    def __repr__(self) -> str:
        return f"<LessonState {self.number}: {self.done} of {self.total}>"


@dataclass(frozen=True)
class CourseProgress:
    """The progress in all lessons, in order."""

    lessons: tuple[LessonState, ...]
    short: bool = False  # only the lessons of the short way

    def __repr__(self) -> str:
        return f"<CourseProgress, {self.done} of {self.total} blanks>"

    @property
    def here(self) -> LessonState | None:
        """Return the lesson that is open now."""
        return next((lesson for lesson in self.lessons if lesson.here), None)

    @property
    def done(self) -> int:
        """Return the number of blanks whose check has passed."""
        return sum(lesson.done for lesson in self.lessons)

    @property
    def total(self) -> int:
        """Return the number of blanks."""
        return sum(lesson.total for lesson in self.lessons)

    @property
    def points(self) -> int:
        """Return the points that were earned."""
        return sum(lesson.points for lesson in self.lessons)

    @property
    def points_total(self) -> int:
        """Return the points that can be earned."""
        return sum(lesson.points_total for lesson in self.lessons)

    @property
    def minutes_left(self) -> int:
        """Return the minutes that are left."""
        return sum(lesson.minutes_left for lesson in self.lessons)


@dataclass(frozen=True)
class NextStep:
    """The open exercises of the current lesson, and the next lesson."""

    here: LessonState
    open: tuple[Exercise, ...]
    onward: LessonState | None  # None: nothing is left
    about: str = ""  # what the learner does there
    behind: tuple[str, ...] = ()  # numbers of earlier lessons with open blanks
    short: bool = False  # whether it is on the short way

    def __repr__(self) -> str:
        onward = self.onward.number if self.onward else "the certificate"
        return f"<NextStep, {len(self.open)} open, then {onward}>"

    def state(self, exercise: Exercise) -> str:
        """Return the state of a blank of the lesson: open, filled, failing, covered or passed."""
        return {name: state for name, _, state in self.here.exercises}.get(exercise.id, "open")


def read(workspace: Workspace, here: str = "", short: bool | None = None) -> CourseProgress:
    """Return the progress; by default on the way, full or short, of the last opened lesson."""
    record = workspace.record.read()
    here = here or max(
        record["opened"], key=lambda number: str(record["opened"][number]), default=""
    )
    if short is None:
        short = bool(record["way"].get("short", False))
    listed = lessons.load().short_way if short else lessons.load().lessons
    states = (_lesson_state(workspace, lesson, record, here) for lesson in listed)
    return CourseProgress(tuple(states), short)


def next_step(progress: CourseProgress) -> NextStep:
    """Return the open exercises of the current lesson, and the next lesson with open ones."""
    here = progress.here or progress.lessons[0]
    place = progress.lessons.index(here)
    behind = [lesson for lesson in progress.lessons[:place] if lesson.done < lesson.total]
    ahead = [lesson for lesson in progress.lessons[place + 1 :] if lesson.minutes_left]
    onward = next(iter(ahead + behind), None)
    return NextStep(
        here=here,
        open=tuple(
            lessons.load().exercise(e) for e, _, state in here.exercises if state != "passed"
        ),
        onward=onward,
        about=lessons.load().lesson(onward.number).about if onward else "",
        behind=tuple(lesson.number for lesson in behind if lesson != onward),
        short=progress.short,
    )


def _lesson_state(
    workspace: Workspace, lesson: Lesson, record: dict[str, dict[str, Any]], here: str
) -> LessonState:
    states = [(exercise, _state(workspace, exercise.id)) for exercise in lesson.exercises]
    passed = [exercise for exercise, state in states if state == "passed"]
    opened = lesson.number in record["opened"]
    standing = _lesson_status([state for _, state in states], opened, lesson.number == here)
    finished = standing in ("done", "visited")
    left = 0 if finished else lesson.minutes - sum(exercise.minutes for exercise in passed)
    return LessonState(
        number=lesson.number,
        title=lesson.title,
        state="passed" if standing == "done" else "open",
        done=len(passed),
        total=len(states),
        points=sum(exercise.points for exercise in passed),
        points_total=sum(exercise.points for exercise in lesson.exercises),
        minutes_left=max(0, left),
        exercises=tuple((exercise.id, exercise.title, state) for exercise, state in states),
        name=lesson.name,
        standing=standing,
        here=lesson.number == here,
    )


def _lesson_status(states: list[str], opened: bool, here: bool) -> str:
    if states and all(state == "passed" for state in states):
        return "done"
    if not states and opened and not here:
        return "visited"  # opened and left; whether it was read cannot be known
    touched = any(state not in ("open", "covered") for state in states)
    return "begun" if opened or touched else "not begun"


def _state(workspace: Workspace, exercise_id: str) -> str:
    try:
        return workspace.state(exercise_id)
    except KitError:  # its markers are missing; %restore adds them
        return "open"
