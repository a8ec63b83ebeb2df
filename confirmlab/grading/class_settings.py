"""class.toml: lessons, points and dates that an instructor sets for a class."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.course.lessons import Exercise
from confirmlab.submissions import name_parts

NAME = "class.toml"
_KEYS = (
    *("lessons", "optional", "optional_counts", "points"),
    *("due", "grace_minutes", "penalty_percent_per_day", "penalty_most_percent", "extensions"),
)
# A zone at the end of a time: 23:59Z, 23:59 UTC, 23:59+01:00, 23:59 Europe/Berlin.
_ZONE = re.compile(
    r".*(?:\d *(?:[AP]M +)?(?:Z|[A-Z]{3,5}|[A-Za-z]+/\w+)|:\d\d.*[+-]\d\d:?\d\d)", re.DOTALL
)


@dataclass(frozen=True)
class ClassSettings:
    """Lessons, points and dates of one class.

    By default lessons up to 07 count and later ones are extra. Times have no time zone; they are
    compared with the times in file names as they are.
    """

    lessons: tuple[str, ...] = ()  # graded lessons; empty means all
    optional: frozenset[str] | None = None  # exercises; None means those after lesson 07
    optional_counts: bool = False  # points of optional exercises make up for lost ones
    points: Mapping[str, float] = field(default_factory=dict)
    due: datetime | None = None
    grace: timedelta = timedelta()
    per_day: float = 0.0  # percent of the points
    most: float = 100.0  # percent that lateness may cost
    extensions: Mapping[str, datetime] = field(default_factory=dict)  # by learner, login or number

    def __repr__(self) -> str:
        return f"<ClassSettings for {' '.join(self.lessons) or 'all lessons'}>"

    def is_optional(self, exercise: Exercise) -> bool:
        """Return whether an exercise is extra: leaving it out costs no points."""
        if self.optional is not None:
            return exercise.id in self.optional
        return not self.lessons and exercise.lesson > lessons.load().finished

    def worth(self, exercise_id: str, points: float) -> float:
        """Return the points of an exercise in this class; `points` are those of the course."""
        return self.points.get(exercise_id, points)

    def deadline(self, names: Iterable[str]) -> datetime | None:
        """Return when a learner's work is due: the extension under any of these names, or `due`."""
        extended = [self.extensions[name] for name in names if name in self.extensions]
        return max(extended, default=self.due)


def load(path: Path | None) -> ClassSettings:
    """Return the settings in a file, or the default without one.

    Raises:
        KitError: the file cannot be read, or a value in it is invalid.
    """
    if path is None:
        return ClassSettings()
    text = files.read_utf8(path, KitError, "give a file that you may read", "utf-8-sig")
    try:
        return parse(text)
    except KitError as error:
        raise KitError(f"{path.name}: {error}") from None
    except ValueError as error:
        raise KitError(f"Could not read {path.name!r} ({error}); correct that line.") from None


def parse(text: str) -> ClassSettings:
    """Parse the text of a class.toml and return the settings.

    Raises:
        KitError: a key is unknown or a value is invalid.
        ValueError: the text is not valid TOML.
    """
    data = tomllib.loads(text)
    for key in data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(_KEYS)}."
            raise KitError(f"No setting is named {key!r}.{guess}")
    course = lessons.load()
    points = _table(data, "points")
    for name, worth in points.items():
        course.exercise(name)
        _number(f"points of {name!r}", worth)
    optional = data.get("optional")
    return ClassSettings(
        chosen_lessons(data.get("lessons", [])),
        None if optional is None else frozenset(course.exercise(n).id for n in _list(optional)),
        _switch("optional_counts", data.get("optional_counts", False)),
        points,
        _moment("due", data.get("due")),
        timedelta(minutes=_number("grace_minutes", data.get("grace_minutes", 0))),
        _number("penalty_percent_per_day", data.get("penalty_percent_per_day", 0)),
        _percent("penalty_most_percent", data.get("penalty_most_percent", 100)),
        {
            name_parts.one_spelling(name): at
            for name, value in _table(data, "extensions").items()
            if (at := _moment(f"extension of {name!r}", value))
        },
    )


def chosen_lessons(given: Any) -> tuple[str, ...]:
    """Return the numbers of the graded lessons in a text such as "00-07" or "3,5", or in several.

    Raises:
        KitError: a lesson does not exist, or one that is named, or all in a range, have no
            exercises.
    """
    course = lessons.load()
    graded = [lesson for lesson in course.lessons if lesson.exercises]
    chosen: set[str] = set()
    for part in (part.strip() for text in _list(given) for part in str(text).split(",")):
        first, dash, last = part.partition("-")
        if dash and first.strip().isdigit() and last.strip().isdigit():
            low, high = course.lesson(first).number, course.lesson(last).number
            within = {lesson.number for lesson in graded if low <= lesson.number <= high}
            if not within:  # an empty choice would mean all lessons
                raise KitError(
                    f"No lesson from {low} to {high} has an exercise to grade; name other lessons, "
                    "the lower number first."
                )
            chosen |= within
        elif part:
            lesson = course.lesson(part)
            if not lesson.exercises:
                raise KitError(
                    f"Lesson {lesson.number} has no exercise to grade; name another one."
                )
            chosen.add(lesson.number)
    return tuple(sorted(chosen))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise KitError(f"{key} is {table!r}; write it as a table, [{key}].")
    return table


def _number(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10**6:
        raise KitError(f"{what} is {value!r}; give a number that is 0 or more.")
    return value


def _percent(what: str, value: Any) -> float:
    if _number(what, value) > 100:  # would make points negative
        raise KitError(f"{what} is {value!r}; give a number from 0 to 100.")
    return value


def _switch(what: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise KitError(f"{what} is {value!r}; write true or false.")
    return value


def _moment(what: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if (isinstance(value, datetime) and value.tzinfo) or _ZONE.fullmatch(str(value).strip()):
        raise KitError(
            f"{what} is {str(value)!r}, with a time zone; write it without one, as your platform "
            "writes times into file names."
        )
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc)
    if isinstance(value, date):
        return datetime.combine(value, time.max, timezone.utc)
    text = str(value)
    moment = name_parts.moment(text) or name_parts.moment(f"{text} 23:59:59.999999")
    if moment is None:
        raise KitError(f"{what} is {value!r}; write it as 2026-03-01 23:59.")
    return moment
