"""overrides.csv: points and comments that an instructor sets by hand, used in every run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import csv_files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.submissions import name_parts

NAME = "overrides.csv"
COLUMNS = ("learner", "exercise", "points", "comment")


@dataclass(frozen=True)
class Override:
    """The points of one exercise of one learner, in place of the grader's, and a comment."""

    learner: str  # name, login or number
    exercise: str
    points: float | None  # None keeps the grader's points
    comment: str = ""
    line: int = 0

    def __repr__(self) -> str:
        return f"<Override in line {self.line}>"


def read(path: Path | None) -> list[Override]:
    """Return the overrides in a file; [] without one.

    Raises:
        KitError: it cannot be read, or has an unknown exercise or points that are not a number.
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
    """Return the overrides that match no learner; `known` has the names of each learner."""
    names = {name.casefold() for each in known.values() for name in each}
    return [override for override in overrides if override.learner.casefold() not in names]


def of(overrides: Iterable[Override], names: Iterable[str]) -> dict[str, Override]:
    """Return one learner's overrides by exercise; the last one for an exercise counts."""
    folded = {name.casefold() for name in names}
    return {o.exercise: o for o in overrides if o.learner.casefold() in folded}


def _override(name: str, row: dict[str, str]) -> Override:
    where = f"{name}, line {row['']}"
    try:
        exercise = lessons.load().exercise(row["exercise"])
    except KitError as error:
        raise KitError(f"{where}: {error}") from None
    text = row["points"].replace(",", ".")
    try:
        points = float(text) if text else None
    except ValueError:
        points = -1.0
    if points is not None and not 0 <= points < 10**6:
        raise KitError(f"{where}: {row['points']!r} is not a number; write one such as 2.5.")
    learner = name_parts.one_spelling(row["learner"])
    return Override(learner, exercise.id, points, row.get("comment", ""), int(row[""]))
