"""The lessons and exercises of course.toml."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from confirmlab.base import files, paths
from confirmlab.base.errors import CourseError

SHORT_FOLDER = "short"  # in notebooks/


@dataclass(frozen=True)
class Exercise:
    """One exercise of course.toml; it fills the blank with the same id."""

    id: str
    lesson: str
    title: str
    file: str
    points: int
    minutes: int
    hints: tuple[str, ...]
    refills: tuple[str, ...] = ()  # blanks of earlier exercises that this one fills again
    short: bool = True  # whether it is part of the short way, if its lesson is
    alone_without: tuple[str, ...] = ()  # blanks left open where it is judged alone
    # Grave fault -> the largest share of the points that an exercise with this fault can earn.
    caps: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __repr__(self) -> str:
        return f"<Exercise {self.id}, lesson {self.lesson}>"


@dataclass(frozen=True)
class Lesson:
    """One lesson of course.toml; `name` is the stem of its notebook."""

    number: str
    name: str
    title: str
    minutes: int
    exercises: tuple[Exercise, ...]
    about: str = ""  # completes a sentence that begins with "you"
    short_minutes: int = 0  # minutes on the short way; 0 if the lesson is not on it
    extra: bool = False  # goes further than the finished app

    def __repr__(self) -> str:
        return f"<Lesson {self.name}>"

    def on_the_short_way(self) -> "Lesson":
        """Return the lesson of the short way, with another notebook, fewer exercises and less time.

        Raises:
            CourseError: the lesson is not on the short way.
        """
        if not self.short_minutes:
            known = ", ".join(lesson.number for lesson in load().short_way)
            raise CourseError(
                f"Lesson {self.number!r} is not on the short way, which has the lessons {known}; "
                f"%lesson {int(self.number)} opens it in full."
            )
        exercises = tuple(exercise for exercise in self.exercises if exercise.short)
        name = f"{SHORT_FOLDER}/{self.name}"
        return replace(self, name=name, minutes=self.short_minutes, exercises=exercises)


@dataclass(frozen=True)
class Course:
    """All lessons, in order."""

    lessons: tuple[Lesson, ...]

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """Return the exercises of all lessons, in order."""
        return tuple(exercise for lesson in self.lessons for exercise in lesson.exercises)

    @property
    def finished(self) -> str:
        """Return the number of the lesson after which the app is finished; later ones are extra."""
        return max((lesson.number for lesson in self.lessons if not lesson.extra), default="")

    @property
    def short_way(self) -> tuple[Lesson, ...]:
        """Return the lessons of the short way, with the exercises that it includes."""
        return tuple(le.on_the_short_way() for le in self.lessons if le.short_minutes)

    def exercise(self, exercise_id: str) -> Exercise:
        """Return the exercise with this id."""
        for exercise in self.exercises:
            if exercise.id == exercise_id:
                return exercise
        known = [exercise.id for exercise in self.exercises]
        near = difflib.get_close_matches(exercise_id, known, n=1, cutoff=0.5)
        advice = f"Did you mean {near[0]!r}?" if near else _all_of(known)
        raise CourseError(f"No exercise named {exercise_id!r}. {advice}")

    def lesson(self, number: str | int) -> Lesson:
        """Return the lesson with this number (leading zero optional) or name."""
        wanted = str(number).strip().zfill(2)
        for lesson in self.lessons:
            if wanted in (lesson.number, lesson.name):
                return lesson
        known = [lesson.number for lesson in self.lessons]
        raise CourseError(f"No lesson named {str(number)!r}. {_all_of(known)}")

    def refilled_by(self, blank_id: str) -> tuple[Exercise, ...]:
        """Return the later exercises that fill this blank again, in order."""
        return tuple(e for e in self.exercises if blank_id in e.refills)

    def linked_blanks(self, exercise_id: str, lesson: str = "") -> tuple[str, ...]:
        """Return this blank and those linked to it by refills, directly or through others.

        An exercise is linked to blanks that it fills again. Lessons after `lesson` are left out.
        """
        linked = [exercise_id]
        for blank_id in linked:  # grows in the loop
            later = [e.id for e in self.refilled_by(blank_id) if not lesson or e.lesson <= lesson]
            neighbours = [*self.exercise(blank_id).refills, *later]
            linked += [name for name in neighbours if name not in linked]
        return tuple(linked)

    def before(self, number: str) -> tuple[Exercise, ...]:
        """Return the exercises of all lessons before this one."""
        return tuple(e for e in self.exercises if e.lesson < number)


@cache
def load(path: Path | None = None) -> Course:
    """Return the course of this kit, or of another course.toml.

    Raises:
        CourseError: a field is missing, an id occurs twice, or an exercise lacks its three hints.
    """
    path = path or paths.in_kit("course.toml")
    text = files.read_utf8(path, CourseError, "restore the file, or change its permissions")
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        raise CourseError(f"Could not read {path.name!r} ({error}); fix this line.") from None
    course = Course(tuple(_lesson(entry) for entry in data.get("lesson", [])))
    seen: set[str] = set()
    for exercise in course.exercises:
        if exercise.id in seen:
            raise CourseError(f"The id {exercise.id!r} occurs twice in {path.name}; rename one.")
        if len(exercise.hints) != 3 or not all(hint.strip() for hint in exercise.hints):
            raise CourseError(f"{exercise.id!r} in {path.name} needs three hints; write them.")
        if not seen.issuperset(exercise.refills):
            raise CourseError(
                f"{exercise.id!r} in {path.name} refills {', '.join(exercise.refills)}; "
                "name exercises that come before it."
            )
        seen.add(exercise.id)
        for blank_id in exercise.alone_without:
            course.exercise(blank_id)  # raises CourseError if there is none
    return course


def _require_types(fields: dict) -> None:
    """Raise a TypeError for a number in quotes, and for hints that are not a list of texts."""
    for name in ("points", "minutes", "short_minutes"):
        value = fields.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise TypeError(f"{name} = {value!r} is no number, or less than 0")
    hints = fields.get("hints", [])
    if not isinstance(hints, list) or not all(isinstance(hint, str) for hint in hints):
        raise TypeError("hints is no list of texts")


def _lesson(entry: dict) -> Lesson:
    try:
        _require_types(entry)
        name = entry["name"]
        number = name[:2]
        exercises = tuple(_exercise(number, fields) for fields in entry.get("exercise", []))
        optional = {key: entry[key] for key in ("about", "short_minutes", "extra") if key in entry}
        return Lesson(number, name, entry["title"], entry["minutes"], exercises, **optional)
    except (KeyError, TypeError) as error:
        raise CourseError(
            f"course.toml: the entry {entry.get('name')!r} does not fit ({error}); "
            "compare it with its neighbours."
        ) from error


def _exercise(number: str, fields: dict) -> Exercise:
    _require_types(fields)
    return Exercise(lesson=number, **{key: _as_tuple(value) for key, value in fields.items()})


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _all_of(known: list[str]) -> str:
    return f"There are: {', '.join(known)}."
