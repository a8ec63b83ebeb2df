"""The certificate: what a learner has done, and with which help."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from confirmlab.base.errors import KitError
from confirmlab.base.text import visible
from confirmlab.course import lessons
from confirmlab.notebook.progress import CourseProgress
from confirmlab.notebook.workspace import Workspace

_LONGEST_NAME = 100


@dataclass(frozen=True)
class CertifiedExercise:
    """One exercise: whether and when it passed, and which help was used."""

    id: str
    title: str
    points: int
    state: str
    since: str  # the day of the first success; "" if unknown
    hints: int
    hints_total: int
    solution: str  # "after success", "on request" or ""

    def __repr__(self) -> str:
        return f"<CertifiedExercise {self.id}: {self.state}>"


@dataclass(frozen=True)
class Certificate:
    """What the certificate lists, and the path of its page."""

    path: Path
    name: str
    day: str
    progress: CourseProgress
    entries: dict[str, tuple[CertifiedExercise, ...]]  # number of a lesson -> its exercises

    def __repr__(self) -> str:
        return f"<Certificate {self.path.name}, {self.progress!r}>"

    @property
    def open(self) -> tuple[CertifiedExercise, ...]:
        """Return the exercises that are not done."""
        exercises = (entry for entries in self.entries.values() for entry in entries)
        return tuple(entry for entry in exercises if entry.state != "passed")

    @property
    def reached(self) -> bool:
        """Return whether all lessons but the extra ones are done."""
        core = [
            lesson for lesson in self.progress.lessons if lesson.number <= lessons.load().finished
        ]
        return all(lesson.done == lesson.total for lesson in core)

    @property
    def hints(self) -> int:
        """Return the number of hints that were read."""
        return sum(entry.hints for entries in self.entries.values() for entry in entries)

    @property
    def early_solutions(self) -> int:
        """Return the number of solutions shown before the check had passed."""
        exercises = (entry for entries in self.entries.values() for entry in entries)
        return sum(entry.solution == "on request" for entry in exercises)


def collect(workspace: Workspace, progress: CourseProgress, name: str = "") -> Certificate:
    """Return the certificate, from the stored progress.

    Raises:
        KitError: the name is too long.
    """
    name = visible(name.strip())
    if len(name) > _LONGEST_NAME:
        raise KitError(
            f"A name of {len(name)} letters does not fit on the page; "
            f"give one of at most {_LONGEST_NAME}."
        )
    record = workspace.record.read()
    entries = {}
    for lesson in progress.lessons:
        entries[lesson.number] = tuple(
            CertifiedExercise(
                id=exercise_id,
                title=title,
                points=lessons.load().exercise(exercise_id).points,
                state=state,
                since=_day(record["first"].get(exercise_id)),
                hints=max(record[kind].get(exercise_id, 0) for kind in ("hints", "read")),
                hints_total=len(lessons.load().exercise(exercise_id).hints),
                solution=record["solutions"].get(exercise_id, ""),
            )
            for exercise_id, title, state in lesson.exercises
        )
    today = date.today().isoformat()
    return Certificate(workspace.folder / "certificate.html", name, today, progress, entries)


def _day(moment: object) -> str:
    try:
        return datetime.fromisoformat(str(moment)).astimezone().date().isoformat()
    except ValueError:
        return ""
