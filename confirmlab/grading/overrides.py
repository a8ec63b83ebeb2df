"""Points that an instructor decided by hand: overrides.csv, applied at each grading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons as course
from confirmlab.submissions import lms_names

NAME = "overrides.csv"
COLUMNS = ("learner", "exercise", "points", "comment")


@dataclass(frozen=True)
class Override:
    """What one exercise of one learner is worth, whatever the grader says; with a comment."""

    learner: str  # by name, login or number
    exercise: str
    points: float | None  # None leaves the points as they are: a comment alone
    comment: str = ""
    line: int = 0

    def __repr__(self) -> str:
        return f"<Override in line {self.line}>"


def read(path: Path | None) -> list[Override]:
    """Read the overrides; there are none without a file.

    Raises:
        KitError: it cannot be read, or names an exercise or points that there are not.
    """
    if path is None:
        return []
    rows = csv_files.read(path)
    missing = [name for name in COLUMNS[:3] if rows and name not in rows[0]]
    if missing:
        raise KitError(
            f"{path.name!r} has no column {missing[0]!r}; its first line is {','.join(COLUMNS)}."
        )
    return [_override(path.name, row) for row in rows]


def unused(overrides: Iterable[Override], known: Mapping[str, Sequence[str]]) -> list[Override]:
    """Return the overrides that are for nobody; `known` holds the names of each learner."""
    names = {name.casefold() for each in known.values() for name in each}
    return [one for one in overrides if one.learner.casefold() not in names]


def of(overrides: Iterable[Override], names: Iterable[str]) -> dict[str, Override]:
    """Return the overrides of one learner by exercise; the last line counts."""
    own = {name.casefold() for name in names}
    return {one.exercise: one for one in overrides if one.learner.casefold() in own}


def _override(name: str, row: dict[str, str]) -> Override:
    where = f"{name}, line {row['']}"
    try:
        exercise = course.load().exercise(row["exercise"])
    except KitError as error:
        raise KitError(f"{where}: {error}") from None
    text = row["points"].replace(",", ".")
    try:
        points = float(text) if text else None
    except ValueError:
        points = -1.0
    if points is not None and not 0 <= points < 10**6:
        raise KitError(f"{where}: {row['points']!r} are no points; write a number such as 2.5.")
    learner = lms_names.one_spelling(row["learner"])
    return Override(learner, exercise.id, points, row.get("comment", ""), int(row[""]))
