"""Write the files that a learning platform imports: grades, and a zip of feedback pages."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from confirmlab.base import files
from confirmlab.base.errors import ExportError
from confirmlab.grading import class_record, gradebook
from confirmlab.grading.class_record import ClassRecord
from confirmlab.grading.exports import feedback_zip, gradebook_files
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import Grade
from confirmlab.submissions import roster

GRADES, FEEDBACK = "grades.csv", "feedback.zip"


def write(
    platform: str,
    graded: Path,
    out: Path,
    assignment: str,
    out_of: float | None = None,
    people: Path | None = None,
) -> Iterator[str]:
    """Write the files into a folder; yield sentences about what was written and who is missing.

    Raises:
        ExportError: there are no grades, the platform could find no learner, or a file cannot be
            written.
    """
    if not (graded / gradebook.NAME).is_file():
        raise ExportError(
            f"There are no grades in {str(graded)!r}; give the folder that confirmlab grade wrote "
            "with --out."
        )
    record = class_record.read(graded)
    if people:
        record = replace(record, people=tuple(roster.read(people)))
    form = gradebook_files.FORMS[platform]
    pairs = _without_foreign_ids(platform, record, Gradebook(graded).grades())
    # A learner who is not on the roster has no row there, but the same column on the platform.
    wanted = out_of or gradebook_files.maximum(form, record.people, assignment)
    rows, missing = gradebook_files.rows(form, pairs, assignment, wanted)
    try:
        with files.replacing_text(out / GRADES) as file:
            csv.writer(file, quoting=form.quoting).writerows(rows)
    except OSError as error:
        raise ExportError(
            f"Could not write {str(out)!r} ({error.strerror}); give another folder with --out."
        ) from None
    yield f"Wrote {out / GRADES} for {form.title}, in the column {_column(rows)!r}."
    if missing:
        names = ", ".join(map(repr, missing[:5])) + " and others" * (len(missing) > 5)
        yield f"Left out, since their id is not known: {names}. {form.title} needs {form.needs}."
    if platform in feedback_zip.NAMES:
        adjusted = record.adjust(Gradebook(graded).grades())
        count = feedback_zip.write(out / FEEDBACK, platform, record.sources, adjusted)
        yield f"Wrote {out / FEEDBACK} with {count} feedback page{'s' * (count != 1)}."


def _without_foreign_ids(
    platform: str, record: ClassRecord, grades: Iterable[Grade]
) -> Iterator[tuple[Grade, Mapping[str, str]]]:
    """Yield grades and rows of the roster; numbers that another platform gave are left out.

    A number of Moodle's may belong to somebody else in Canvas. One on the roster stays.
    """
    layouts = {source.learner: source.layout for source in record.sources}
    for grade, row in record.with_rows(grades):
        if layouts.get(grade.learner, platform).partition("-")[0] != platform:
            person = record.person_of.get(grade.learner)
            grade = replace(grade, number=person.number if person else "")
        yield grade, row


def _column(rows: list[list[str]]) -> str:
    ends = ("End-of-Line Indicator", "Feedback comments", "Last modified (grade)")
    return next(name for name in reversed(rows[0]) if name not in ends)
