"""Text and HTML of the progress in the course and of the next step."""

from confirmlab.base.templating import render
from confirmlab.base.text import wrapped
from confirmlab.checks.result_view import SIGNS
from confirmlab.course import lessons
from confirmlab.course.lessons import Exercise, Lesson
from confirmlab.notebook.progress import CourseProgress, LessonState, NextStep
from confirmlab.notebook.views.links import notebook_link
from confirmlab.notebook.views.registry import register

STATES = {
    "passed": "passed",
    "failing": "not there yet",
    "open": "open",
    "covered": "covered by the reference",
    "filled": "filled, not checked since",
}
_SHORT_WAY_DONE = (
    "That is the whole short way. The full course has the rest: begin with "
    "notebooks/{}.ipynb. %certificate writes a page of what you did."
)
_STANDING_SIGNS = {"done": "+", "visited": "+"}  # begun and not begun have a plain dash


def summary(progress: CourseProgress) -> str:
    """Return how many blanks and points are done."""
    points = f"{progress.points} of {progress.points_total} points"
    return f"{progress.done} of {progress.total} blanks, {points}"


def duration(minutes: int) -> str:
    """Return a duration in everyday words."""
    if minutes <= 90:
        return f"about {minutes} minutes"
    hours, rest = divmod(round(minutes / 30) * 30, 60)
    return f"about {hours}{' and a half' if rest else ''} hours"


def _progress_text(progress: CourseProgress) -> str:
    name = "The map of the short way" if progress.short else "The map"
    lines = [f"{name}: {summary(progress)}{_time_left(progress.minutes_left)}"]
    if progress.here:
        lines += [f"You are in lesson {progress.here.number}: {progress.here.title}."]
    lines += [""]
    for lesson in progress.lessons:
        lines += _lesson_lines(lesson)
    return "\n".join(lines)


def _lesson_lines(lesson: LessonState) -> list[str]:
    sign = ">" if lesson.here else _STANDING_SIGNS.get(lesson.standing, "-")
    here = ", you are here" if lesson.here else ""
    words = f"{lesson.number} {lesson.title} ({lesson.standing}{here}): {_tally(lesson)}"
    lines = wrapped(words, f"{sign} ")
    for exercise, title, state in lesson.exercises:
        words = f"{SIGNS.get(state, '-')} {STATES.get(state, state)}: {title} ({exercise})"
        lines += wrapped(words, "     ")
    return lines


def _tally(lesson: LessonState) -> str:
    """Return the done blanks and points of a lesson, and the minutes that the rest takes."""
    if not lesson.total:
        return "nothing to hand in" + _time_left(lesson.minutes_left)
    blanks = f"{lesson.done} of {lesson.total} blank{'' if lesson.total == 1 else 's'}"
    most = lesson.points_total
    points = f"{lesson.points} of {most} point{'' if most == 1 else 's'}"
    return f"{blanks}, {points}{_time_left(lesson.minutes_left)}"


def _time_left(minutes: int) -> str:
    return f", {duration(minutes)} to go" if minutes else ""


def _progress_html(progress: CourseProgress) -> str:
    return render(
        "progress.html",
        map=progress,
        summary=summary(progress),
        duration=duration,
        states=STATES,
        notebook=notebook_link,
    )


def _step_text(step: NextStep) -> str:
    lines = []
    if step.open:
        lines += [f"Still open in lesson {step.here.number}:"]
        lines += [_open_line(step, exercise) for exercise in step.open]
    elif step.here.total:
        lines += [f"Lesson {step.here.number} is done."]
    if step.onward:
        onward = step.onward
        lines += wrapped(
            f"{'Then' if step.open else 'Next'}: lesson {onward.number}, {onward.title}, "
            f"{duration(onward.minutes_left)}: you {step.about}. "
            f"Open notebooks/{onward.name}.ipynb."
        )
    elif step.short:
        lines += wrapped(_SHORT_WAY_DONE.format(_beyond_the_short_way().name))
    else:
        lines += ["Nothing else is left. %certificate writes a page of what you did."]
    if step.behind:
        lines += wrapped(f"{_open_behind(step)}.")
    return "\n".join(lines)


def _open_line(step: NextStep, exercise: Exercise) -> str:
    state = step.state(exercise)
    words = "" if state == "open" else f": {STATES.get(state, state)}"
    return f"  - {exercise.title} ({exercise.id}, about {exercise.minutes} minutes){words}"


def _open_behind(step: NextStep) -> str:
    """Return a sentence, without its end, that names the earlier lessons with open blanks."""
    *others, last = step.behind
    if not others:
        return f"Blanks are open in lesson {last}, too"
    return f"Blanks are open in lessons {', '.join(others)} and {last}, too"


def _step_html(step: NextStep) -> str:
    return render(
        "next_step.html",
        step=step,
        open_behind=_open_behind(step) if step.behind else "",
        beyond=_beyond_the_short_way(),
        duration=duration,
        states=STATES,
        notebook=notebook_link,
    )


def _beyond_the_short_way() -> Lesson:
    """Return the first lesson that the short way leaves out."""
    course = lessons.load().lessons
    return next((lesson for lesson in course if not lesson.short_minutes), course[0])


register(CourseProgress, _progress_text, _progress_html)
register(NextStep, _step_text, _step_html)
