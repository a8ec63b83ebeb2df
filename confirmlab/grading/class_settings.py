"""What an instructor decides about a class: class.toml beside the submissions."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from confirmlab.base.errors import KitError
from confirmlab.course import lessons as course
from confirmlab.course import solutions
from confirmlab.course.lessons import Exercise
from confirmlab.submissions import lms_names

NAME = "class.toml"
_KEYS = (
    *("lessons", "optional", "optional_counts", "points"),
    *("due", "grace_minutes", "penalty_percent_per_day", "penalty_most_percent", "extensions"),
)


@dataclass(frozen=True)
class ClassSettings:
    """Lessons, points and dates of one class; without any, the core counts and the rest is extra.

    Times are compared with those in the names of files as they stand, without a time zone.
    """

    lessons: tuple[str, ...] = ()  # all without one
    optional: frozenset[str] | None = None  # exercises; None is those after the core
    optional_counts: bool = False  # what they earn adds to the total, up to all of its points
    points: Mapping[str, float] = field(default_factory=dict)
    due: datetime | None = None
    grace: timedelta = timedelta()
    per_day: float = 0.0  # percent of the points
    most: float = 100.0
    extensions: Mapping[str, datetime] = field(default_factory=dict)  # by learner, login or number

    def __repr__(self) -> str:
        return f"<ClassSettings for {' '.join(self.lessons) or 'all lessons'}>"

    def is_optional(self, exercise: Exercise) -> bool:
        """Return whether nobody loses points without an exercise."""
        if self.optional is not None:
            return exercise.id in self.optional
        return not self.lessons and exercise.lesson > solutions.FINISHED

    def worth(self, exercise_id: str, points: float) -> float:
        """Return what an exercise is worth in this class."""
        return self.points.get(exercise_id, points)

    def deadline(self, names: Iterable[str]) -> datetime | None:
        """Return when a learner's work was due, with the extension of any of these names."""
        own = [self.extensions[name] for name in names if name in self.extensions]
        return max(own, default=self.due)


def load(path: Path | None) -> ClassSettings:
    """Read the settings; without a file they are the course's.

    Raises:
        KitError: the file cannot be read, or a value in it makes no sense.
    """
    if path is None:
        return ClassSettings()
    try:
        return parse(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise KitError(f"Could not read {path.name!r} ({said}); mend that place.") from None


def parse(text: str) -> ClassSettings:
    """Read the text of a class.toml.

    Raises:
        KitError: a key or a value in it makes no sense.
        ValueError: it is no TOML.
    """
    data = tomllib.loads(text)
    for key in data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(_KEYS)}."
            raise KitError(f"{NAME} knows no {key!r}.{guess}")
    known = course.load()
    points = _table(data, "points")
    for name, worth in points.items():
        known.exercise(name)
        _number(f"points of {name!r}", worth)
    optional = data.get("optional")
    return ClassSettings(
        chosen_lessons(data.get("lessons", [])),
        None if optional is None else frozenset(known.exercise(n).id for n in _list(optional)),
        bool(data.get("optional_counts", False)),
        points,
        _moment("due", data.get("due")),
        timedelta(minutes=_number("grace_minutes", data.get("grace_minutes", 0))),
        _number("penalty_percent_per_day", data.get("penalty_percent_per_day", 0)),
        _number("penalty_most_percent", data.get("penalty_most_percent", 100)),
        {
            lms_names.one_spelling(name): at
            for name, value in _table(data, "extensions").items()
            if (at := _moment(f"extension of {name!r}", value))
        },
    )


def chosen_lessons(given: Any) -> tuple[str, ...]:
    """Return the numbers of lessons that are graded: "00-07", "3,5" or a list of such.

    Raises:
        KitError: there is no such lesson, or nothing to grade in one that is named by itself.
    """
    known = course.load()
    graded = [lesson for lesson in known.lessons if lesson.exercises]
    found: set[str] = set()
    for part in (part.strip() for text in _list(given) for part in str(text).split(",")):
        first, dash, last = part.partition("-")
        if dash and first.strip().isdigit() and last.strip().isdigit():
            low, high = known.lesson(first).number, known.lesson(last).number
            found |= {lesson.number for lesson in graded if low <= lesson.number <= high}
        elif part:
            lesson = known.lesson(part)
            if not lesson.exercises:
                raise KitError(
                    f"Lesson {lesson.number} has no exercise to grade; name another one."
                )
            found.add(lesson.number)
    return tuple(sorted(found))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, dict):
        raise KitError(f"{NAME}: {key} is {found!r}; write it as a table, [{key}].")
    return found


def _number(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10**6:
        raise KitError(f"{NAME}: {what} is {value!r}; give a number from 0 on.")
    return value


def _moment(what: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        return datetime.combine(value, time(23, 59, 59), timezone.utc)
    found = lms_names.moment(str(value)) or lms_names.moment(f"{value} 23:59:59")
    if found is None:
        raise KitError(f"{NAME}: {what} is {value!r}; write it as 2026-03-01 23:59.")
    return found
