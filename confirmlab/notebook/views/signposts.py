"""Plain-text renderings of progress, next step and resets."""

from confirmlab.base import files
from confirmlab.base.text import wrapped
from confirmlab.checks.result_view import SIGNS
from confirmlab.course.results import LessonState
from confirmlab.notebook.certificate import Certificate, CertifiedExercise
from confirmlab.notebook.progress import CourseProgress, NextStep
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.views.plain import STATES, plain

SHORT_WAY_DONE = (
    "That is the whole short way. The full course has the rest: begin with "
    "notebooks/01_the_wrong_way.ipynb. %certificate writes a page of what you did."
)
_STANDING = {"done": "+", "visited": "+"}  # signs; begun and not begun have a plain dash


@plain.register
def _(drawn: CourseProgress) -> str:
    name = "The map of the short way" if drawn.short else "The map"
    head = [f"{name}: {reached(drawn)}{_left(drawn.minutes_left)}"]
    if drawn.here:
        head += [f"You are in lesson {drawn.here.number}: {drawn.here.title}."]
    return "\n".join([*head, "", *map(plain, drawn.lessons)])


@plain.register
def _(lesson: LessonState) -> str:
    sign = ">" if lesson.here else _STANDING.get(lesson.standing, "-")
    here = ", you are here" if lesson.here else ""
    words = f"{lesson.number} {lesson.title} ({lesson.standing}{here}): {tally(lesson)}"
    lines = wrapped(words, f"{sign} ")
    for exercise, title, state in lesson.exercises:
        words = f"{SIGNS.get(state, '-')} {STATES.get(state, state)}: {title} ({exercise})"
        lines += wrapped(words, "     ")
    return "\n".join(lines)


@plain.register
def _(step: NextStep) -> str:
    lines = []
    if step.open:
        lines += [f"Still open in lesson {step.here.number}:"]
        lines += [
            f"  - {e.title} ({e.id}, about {e.minutes} minutes){_unless_open(step.state(e))}"
            for e in step.open
        ]
    elif step.here.total:
        lines += [f"Lesson {step.here.number} is done."]
    if step.onward:
        onward = step.onward
        lines += wrapped(
            f"{'Then' if step.open else 'Next'}: lesson {onward.number}, {onward.title}, "
            f"{span(onward.minutes_left)}: you {step.about}. Open notebooks/{onward.name}.ipynb."
        )
    elif step.short:
        lines += wrapped(SHORT_WAY_DONE)
    else:
        lines += ["Nothing else is left. %certificate writes a page of what you did."]
    if step.behind:
        lines += wrapped(f"Blanks are open in lesson {' and '.join(step.behind)} too.")
    return "\n".join(lines)


@plain.register
def _(done: ResetResult) -> str:
    lines = wrapped(f"{title(done)}.")
    if done.blanks:
        lines += wrapped(f"Empty now: {', '.join(done.blanks)}.")
    if done.kept:
        lines += wrapped(f"As it was, it is kept in {files.shown(done.kept)}.")
        lines += wrapped(f"{done.back} brings that back.")
    lines += [line for note in done.notes for line in wrapped(note)]
    return "\n".join(lines)


@plain.register
def _(certificate: Certificate) -> str:
    lines = [f"Your certificate: {files.shown(certificate.path)}", reached(certificate.progress)]
    lines += [f"Help used: {helped(certificate)}."]
    lines += [f"Open: {', '.join(entry.id for entry in certificate.open) or 'nothing'}."]
    return "\n".join(lines)


def reached(drawn: CourseProgress) -> str:
    """Return how many blanks and points are done."""
    return f"{drawn.done} of {drawn.total} blanks, {drawn.points} of {drawn.points_total} points"


def title(done: ResetResult) -> str:
    """Return in a few words what was reset or restored."""
    back = done.headline.startswith("back to ")
    return done.headline.capitalize() if back else f"Started over: {done.headline}"


def helped(certificate: Certificate) -> str:
    """Return how many hints and early solutions were used."""
    hints, peeks = certificate.hints, certificate.peeks
    words = f"{hints or 'no'} hint{'' if hints == 1 else 's'}"
    return f"{words}, {peeks or 'no'} solution{'' if peeks == 1 else 's'} before success"


def help_for(entry: CertifiedExercise) -> str:
    """Return which help was used for one exercise."""
    words = f"{entry.hints} of {entry.hints_total} hints" if entry.hints else "no hint"
    seen = {"on request": ", solution before success", "after success": ", solution afterwards"}
    return words + seen.get(entry.solution, "")


def tally(lesson: LessonState) -> str:
    """Return how far a lesson is done, and how long the rest takes."""
    if not lesson.total:
        return "nothing to hand in" + _left(lesson.minutes_left)
    blanks = f"{lesson.done} of {lesson.total} blank{'' if lesson.total == 1 else 's'}"
    most = lesson.points_total
    points = f"{lesson.points} of {most} point{'' if most == 1 else 's'}"
    return f"{blanks}, {points}{_left(lesson.minutes_left)}"


def span(minutes: int) -> str:
    """Return a duration in everyday words."""
    if minutes <= 90:
        return f"about {minutes} minutes"
    hours, rest = divmod(round(minutes / 30) * 30, 60)
    return f"about {hours}{' and a half' if rest else ''} hours"


def _unless_open(state: str) -> str:
    return "" if state == "open" else f": {STATES.get(state, state)}"


def _left(minutes: int) -> str:
    return f", {span(minutes)} to go" if minutes else ""
