"""The table of grades: a row of cells for each learner."""

import re
from collections.abc import Iterator

from confirmlab.base.text import visible
from confirmlab.course import lessons
from confirmlab.grading.grades import Grade

NAME = "grades.csv"
# Without a byte order mark Excel reads the file in the country's old encoding and spoils names.
ENCODING = "utf-8-sig"

# What a spreadsheet takes for a formula: at the start of a cell, or after a semicolon, which
# separates cells in half of the world. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"""(^|;)(?=["'\s]*[=+\-@\uff1d\uff0b\uff0d\uff20])""")


def headers() -> list[str]:
    """Return the column names; those of the exercises follow the total."""
    exercises = [exercise.id for exercise in lessons.load().exercises]
    return [
        *("learner", "status", "total", "out_of", "percent"),
        *exercises,
        *("sentence", "damage", "seconds", "sandbox"),
        *("extra", "penalty", "notes", "name", "number", "login", "email"),
    ]


def row(grade: Grade) -> list[str]:
    """Return a learner's cells; the cell of an exercise that was not graded is empty, not 0."""
    points = {exercise.exercise: f"{exercise.points:g}" for exercise in grade.exercises}
    total, out_of, percent = "", "", ""
    if grade.out_of:
        total, out_of = f"{grade.points:g}", f"{grade.out_of:g}"
        percent = f"{round(grade.percent, 2):g}"
    cells = [grade.learner, grade.status, total, out_of, percent]
    cells += [points.get(exercise.id, "") for exercise in lessons.load().exercises]
    cells += [grade.sentence, " ".join(grade.damage), f"{grade.seconds:.2f}", grade.sandbox]
    cells += [f"{grade.extra:g}" if grade.extra_out_of else "", f"{grade.penalty:g}"]
    cells += [" ".join([*grade.notes, *_override_sentences(grade)])]
    cells += [grade.name, grade.number, grade.login, grade.email]
    return [without_formula(cell) for cell in cells]


def without_formula(cell: str) -> str:
    """Return a cell changed so that spreadsheets do not read it as a formula."""
    return _FORMULA.sub(r"\1'", one_line(cell))


def one_line(text: str) -> str:
    """Return a text with line ends, tabs and hidden characters written out."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _override_sentences(grade: Grade) -> Iterator[str]:
    """Yield a sentence for each exercise with points or a comment by the instructor."""
    for exercise in grade.exercises:
        if exercise.override is not None or exercise.comment:
            points = f"{exercise.override:g} by hand" if exercise.override is not None else ""
            yield f"{exercise.exercise}: {', '.join(filter(None, [points, exercise.comment]))}."
