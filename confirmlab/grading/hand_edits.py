"""Notice changes by hand in grades.csv before a run overwrites them."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from confirmlab.base import csv_files, files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.grading import class_record, overrides
from confirmlab.grading.reports import grades_csv

_HASH_FILE = ".grades.csv.sha256"
EDITED, SUGGESTED = "grades-edited.csv", "overrides-suggested.csv"


def remember(out: Path) -> None:
    """Store a hash of grades.csv, by which the next run notices changes."""
    files.write(out / _HASH_FILE, _digest(out / grades_csv.NAME) + "\n")


def noticed(out: Path) -> list[str]:
    """If grades.csv was changed by hand, copy it and write matching overrides; return notes."""
    table = out / grades_csv.NAME
    try:
        changed = (out / _HASH_FILE).read_text().strip() != _digest(table)
    except OSError:  # the first run, or a file was moved
        return []
    if not changed:
        return []
    (out / EDITED).write_bytes(table.read_bytes())
    lines = list(_changes(out, table))
    if lines:
        with files.whole(out / SUGGESTED, grades_csv.ENCODING) as file:
            csv.writer(file).writerows([overrides.COLUMNS, *lines])
    suggested = f"; overrides that match the changes are in {SUGGESTED!r}" if lines else ""
    return [
        f"{grades_csv.NAME} was changed by hand since the last run and is kept as {EDITED!r}"
        f"{suggested}. A new {grades_csv.NAME} was written; put lasting changes into "
        f"{overrides.NAME}."
    ]


def _changes(out: Path, table: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield a line of overrides.csv for each exercise whose points were changed."""
    try:
        edited = {row.get("learner", ""): row for row in csv_files.read(table)}
        grades = class_record.grades(out)
    except KitError:  # one of the two files is damaged, and this run replaces both
        return
    names = grades_csv.headers()
    for grade in grades:
        before = dict(zip(names, grades_csv.row(grade), strict=True))
        after = edited.get(before["learner"])
        if after is None:
            continue
        for exercise in lessons.load().exercises:
            new = after.get(exercise.id, "")
            if new != before[exercise.id]:
                yield grade.learner, exercise.id, new, "changed by hand in grades.csv"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
