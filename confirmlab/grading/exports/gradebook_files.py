"""Rows of the CSV files with grades that learning platforms import."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from confirmlab.base.errors import ExportError
from confirmlab.grading.grades import Grade
from confirmlab.grading.reports.grades_csv import without_formula
from confirmlab.submissions import roster
from confirmlab.submissions.roster import Person

Row = list[str]
# The maximum in the name of a column that Brightspace or Blackboard exports.
_MAXIMUM = re.compile(
    r".*(?: Points Grade <Numeric MaxPoints:|\[Total Pts: (?:up to )?)([\d.,]+).*", re.DOTALL
)

# The text that Canvas, Blackboard and Brightspace append to the name of a column.
_ADDED = re.compile(r" (?:\(\d+\)|\[Total Pts: .*|Points Grade.*)$", re.DOTALL)
# Moodle's columns for the maximum of an assignment, in the language of the instructor.
_MAXIMA = (
    *("Maximum Grade", "Maximum grade", "Bestwertung", "Note maximale", "Calificación máxima"),
    *("Valutazione massima", "Nota máxima", "Maximumcijfer"),
)


@dataclass(frozen=True)
class ImportForm:
    """The table that one platform imports: its columns, and how a grade becomes a row."""

    title: str
    source: str
    columns: Callable[[str], Row]  # takes the name of the assignment
    cells: Callable[[Grade, Mapping[str, str], str], Row | None]  # None if the id is missing
    needs: str  # the id by which it finds a learner
    out_of: Callable[[Mapping[str, str], str], str] = lambda row, column: ""  # from the roster
    below: Callable[[str], Sequence[Row]] = lambda points: ()  # rows below the columns
    score_column: str = ""  # column of the roster, if not the assignment's name
    ids: int = 0  # how many of the first columns are left out if they are empty
    quoting: Literal[0, 1] = csv.QUOTE_MINIMAL


def _score(grade: Grade, scale: float, present: str) -> str:
    """Return the points as text; if nothing was graded, what is there at `present`, and not 0."""
    return f"{round(grade.points * scale, 2):g}" if grade.exercises else present


# Canvas finds a learner by ID, or else by SIS ids. Columns after "Section" are assignments; a
# number in round brackets is the id of one that exists.
def _canvas(grade: Grade, row: Mapping[str, str], score: str) -> Row | None:
    if not (grade.number or grade.login):
        return None
    name = row.get("Student") or grade.name or grade.learner
    ids = [grade.number, row.get("SIS User ID", ""), row.get("SIS Login ID") or grade.login]
    return [without_formula(name), *ids, row.get("Section", ""), score]


# Moodle needs the columns Identifier, Grade and Last modified (grade). The last one must hold the
# time in the exported worksheet, or Moodle refuses to overwrite the grade.
def _moodle(grade: Grade, row: Mapping[str, str], score: str) -> Row | None:
    if not grade.number:
        return None
    name = row.get("Full name") or grade.name or grade.learner
    modified = row.get("Last modified (grade)") or "-"
    return [
        f"Participant {grade.number}",
        without_formula(name),
        score,
        modified,
        without_formula(_comment(grade)),
    ]


def _blackboard(grade: Grade, row: Mapping[str, str], score: str) -> Row | None:
    login = row.get("Username") or grade.login
    if not login:
        return None
    names = [without_formula(row.get(name, "")) for name in ("Last Name", "First Name")]
    return [*names, login, score]


# Brightspace marks the end of each line with a column that holds "#".
def _brightspace(grade: Grade, row: Mapping[str, str], score: str) -> Row | None:
    ids = [row.get("OrgDefinedId", ""), row.get("Username", "")]
    return [*ids, score, "#"] if any(ids) else None


def _out_of_column(row: Mapping[str, str], column: str) -> str:
    match = _MAXIMUM.fullmatch(column)
    return match[1] if match else ""


def _comment(grade: Grade) -> str:
    points = [f"{grade.points:g} of {grade.out_of:g} points."] if grade.exercises else []
    return " ".join([*points, grade.sentence_for_learner, *grade.notes])


FORMS = {
    "canvas": ImportForm(
        "Canvas",
        "https://github.com/instructure/canvas-lms lib/gradebook_importer.rb",
        lambda name: ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name],
        _canvas,
        "the ID that Canvas writes into file names, or a roster with it",
        out_of=lambda row, column: row.get(f"{roster.POINTS}: {column}", ""),
        below=lambda points: [["    Points Possible", "", "", "", "", points]],
    ),
    "moodle": ImportForm(
        "Moodle",
        "https://github.com/moodle/moodle mod/assign/feedback/offline/importgradeslib.php",
        lambda name: [
            *("Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments")
        ],
        _moodle,
        "the number that Moodle writes into file names, or a roster with it",
        out_of=lambda row, column: next((row[name] for name in _MAXIMA if row.get(name)), ""),
        score_column="Grade",
    ),
    "blackboard": ImportForm(
        "Blackboard",
        "http://library.blackboard.com/ref/3ea64795-6ecc-4abd-b595-0a9a8dfdec94, "
        "Uploading or Downloading Grade Center Items: Username, a column with its id, all quoted",
        lambda name: ["Last Name", "First Name", "Username", name],
        _blackboard,
        "the login that Blackboard writes into file names, or a roster with it",
        out_of=_out_of_column,
        quoting=csv.QUOTE_ALL,
    ),
    "brightspace": ImportForm(
        "Brightspace",
        "https://community.d2l.com/brightspace/kb/articles/3538-importing-grades",
        lambda name: ["OrgDefinedId", "Username", f"{name} Points Grade", "End-of-Line Indicator"],
        _brightspace,
        "Username or OrgDefinedId, which only a roster has: export Grades with both, and grade "
        "with --roster",
        out_of=_out_of_column,
        ids=2,
    ),
}


def rows(
    form: ImportForm,
    grades: Iterable[tuple[Grade, Mapping[str, str]]],
    assignment: str,
    out_of: float | None = None,
) -> tuple[list[Row], list[str]]:
    """Return the rows of the file, the header first, and the learners who are left out.

    Each grade comes with the learner's row of the roster. Points are scaled to `out_of`, or else to
    the maximum in the roster.

    Raises:
        ExportError: nobody has the id that the platform needs.
    """
    listed: list[Row] = []
    missing: list[str] = []
    total, column = 0.0, assignment
    for grade, row in grades:
        existing = _existing(assignment, row)
        wanted = out_of or _number(form.out_of(row, existing)) or grade.out_of
        present = row.get(form.score_column or existing, "")
        cells = form.cells(grade, row, _score(grade, wanted / (grade.out_of or 1), present))
        total, column = max(total, wanted), existing.partition(" Points Grade")[0] or column
        if cells is None:
            missing.append(grade.learner)
        else:
            listed.append(cells)
    if not listed:
        raise ExportError(f"{form.title} could find no learner: it needs {form.needs}.")
    table = [form.columns(column), *form.below(f"{total:g}"), *listed]
    empty = {place for place in range(form.ids) if not any(row[place] for row in listed)}
    return [[cell for n, cell in enumerate(row) if n not in empty] for row in table], missing


def maximum(form: ImportForm, people: Iterable[Person], assignment: str) -> float | None:
    """Return what the assignment is worth by the roster; None if the roster does not tell."""
    on_roster = (person.row or {} for person in people)
    worth = (_number(form.out_of(row, _existing(assignment, row))) for row in on_roster)
    return next(filter(None, worth), None)


def _existing(assignment: str, row: Mapping[str, str]) -> str:
    """Return the one roster column with the assignment's name or its start; "" if unclear."""
    wanted = assignment.strip().casefold()
    columns = [name for name in row if name and name.casefold().startswith(wanted)]
    same = [name for name in columns if _ADDED.sub("", name).casefold() == wanted]
    columns = same or columns
    return columns[0] if len(columns) == 1 else ""


def _number(text: str) -> float:
    try:
        return max(0.0, float(text.replace(",", ".")))
    except ValueError:
        return 0.0
