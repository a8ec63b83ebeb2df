"""Notice changes by hand in grades.csv before a run overwrites them."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

from confirmlab.base import csv_files, files
from confirmlab.base.errors import KitError
from confirmlab.course import lessons
from confirmlab.grading import overrides
from confirmlab.grading.reports import grades_csv

_WRITTEN = ".grades.csv.written"  # the table as the last run wrote it
EDITED, SUGGESTED = "grades-edited.csv", "overrides-suggested.csv"


def remember(out: Path) -> None:
    """Store a copy of grades.csv, by which the next run notices changes."""
    with files.replacing(out / _WRITTEN) as copy:
        shutil.copyfile(out / grades_csv.NAME, copy)


def noticed(out: Path) -> list[str]:
    """If grades.csv was changed by hand, copy it and write matching overrides; return notes."""
    table = out / grades_csv.NAME
    try:
        changed = (out / _WRITTEN).read_bytes() != table.read_bytes()
    except OSError:  # the first run, or a file was moved
        return []
    if not changed:
        return []
    with files.replacing(out / EDITED) as copy:  # grades are private, so only the owner reads it
        shutil.copyfile(table, copy)
    lines = list(_changes(out / _WRITTEN, table))
    if lines:
        with files.replacing_text(out / SUGGESTED, grades_csv.ENCODING) as file:
            csv.writer(file).writerows([overrides.COLUMNS, *lines])
    suggested = f"; overrides that match the changes are in {SUGGESTED!r}" if lines else ""
    return [
        f"{grades_csv.NAME} was changed by hand since the last run and is kept as {EDITED!r}"
        f"{suggested}. A new {grades_csv.NAME} was written; put lasting changes into "
        f"{overrides.NAME}."
    ]


def _changes(written: Path, edited: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield a line of overrides.csv for each exercise whose points were changed.

    The table as it was written is compared, since a stopped run may have graded anew after it.
    """
    try:
        before = csv_files.read(written)
        after = {row.get("learner", ""): row for row in csv_files.read(edited)}
    except KitError:  # the edited table is damaged, and this run replaces it
        return
    for old in before:
        learner = old["learner"]
        for exercise in lessons.load().exercises if learner in after else ():
            new = after[learner].get(exercise.id, "")
            # Some spreadsheets save 2.5 as 2,5; "" if the exercise was added since.
            if new.replace(",", ".") != old.get(exercise.id, ""):
                yield learner, exercise.id, new, "changed by hand in grades.csv"
