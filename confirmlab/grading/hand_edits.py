"""Changes that somebody made by hand in grades.csv, which the next run would write over."""

import csv
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from confirmlab.base import csv_files, files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons as course
from confirmlab.grading import class_record, overrides
from confirmlab.grading.reports import writer

_MARK = ".grades.csv.sha256"
EDITED, SUGGESTED = "grades-edited.csv", "overrides-suggested.csv"


def remember(out: Path) -> None:
    """Note how grades.csv was written."""
    files.write(out / _MARK, _digest(out / writer.CSV) + "\n")


def noticed(out: Path) -> list[str]:
    """Keep a grades.csv that was changed since, and suggest overrides; return what to say of it."""
    table = out / writer.CSV
    try:
        changed = (out / _MARK).read_text().strip() != _digest(table)
    except OSError:  # the first run, or somebody put it elsewhere
        return []
    if not changed:
        return []
    (out / EDITED).write_bytes(table.read_bytes())
    lines = list(_changes(out, table))
    if lines:
        with files.whole(out / SUGGESTED, writer.CSV_ENCODING) as file:
            csv.writer(file).writerows([overrides.COLUMNS, *lines])
    said = "; the changes that could be told are in " + repr(SUGGESTED) if lines else ""
    return [
        f"{writer.CSV} was changed by hand since the last run, and is kept as {EDITED!r}{said}. "
        f"The table was written anew: what is to last belongs into {overrides.NAME}."
    ]


def _changes(out: Path, table: Path) -> Iterator[tuple[str, str, str, str]]:
    """Compare the cells of exercises with what the last run wrote, from what it kept."""
    edited = {}
    with suppress(KitError):
        edited = {row.get("learner", ""): row for row in csv_files.read(table)}
    names = writer.csv_headers()
    for grade in class_record.grades(out):
        before = dict(zip(names, writer.csv_row(grade), strict=True))
        after = edited.get(before["learner"])
        if after is None:
            continue
        for exercise in course.load().exercises:
            new = after.get(exercise.id, "")
            if new != before[exercise.id]:
                yield grade.learner, exercise.id, new, "changed by hand in grades.csv"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
