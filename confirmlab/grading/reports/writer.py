"""Write the reports of a class: a table, a page per learner, an overview, and JUnit XML."""

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

from confirmlab.base import files
from confirmlab.base.text import visible
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseGrade, Grade, TestResult
from confirmlab.grading.reports import feedback
from confirmlab.grading.reports.feedback import page_name
from confirmlab.grading.reports.lookalikes import Lookalikes
from confirmlab.grading.reports.overview import Overview

__all__ = [
    "csv_headers",
    "csv_row",
    "junit_suite",
    "page_name",
    "write_all",
    "write_csv",
    "write_feedback",
    "write_junit",
]

LOOKALIKES = "lookalikes.html"
CSV, OVERVIEW, JUNIT, FEEDBACK = "grades.csv", "overview.html", "junit.xml", "feedback"
# Excel takes a file without the mark for the letters of one's own country, and spoils names when
# it saves; whoever reads it with Python says utf-8-sig.
CSV_ENCODING = "utf-8-sig"

# What a spreadsheet takes for a formula, at the start or after the mark that is a comma to half
# of the world. https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"""(^|;)(?=["'\s]*[=+\-@\uff1d\uff0b\uff0d\uff20])""")
_KINDS = {"failed": "failure", "error": "error", "timeout": "error", "not-run": "skipped"}


def write_all(grades: Iterable[Grade], out: Path) -> None:
    """Write every report in one pass; grades come one by one and are not kept.

    The table and the file for CI keep the order of the grades.
    """
    taken: set[str] = set()
    overview, alike = Overview(), Lookalikes()
    with ExitStack() as stack:
        table = csv.writer(
            stack.enter_context(files.whole(out / CSV, CSV_ENCODING)), quoting=csv.QUOTE_ALL
        )
        table.writerow(csv_headers())
        junit = stack.enter_context(files.whole(out / JUNIT))
        with _suites(junit):
            for grade in grades:
                table.writerow(csv_row(grade))
                junit.write(_xml(grade))
                alike.add(grade)
                overview.add(grade, f"{FEEDBACK}/{write_feedback(grade, out / FEEDBACK, taken)}")
        stack.enter_context(files.whole(out / OVERVIEW)).write(overview.page())
        stack.enter_context(files.whole(out / LOOKALIKES)).write(alike.page())


def write_feedback(grade: Grade, folder: Path, taken: set[str] | None = None) -> str:
    """Write a learner's page and return its name, which is added to the taken names."""
    name = page_name(grade.learner, taken or ())
    if taken is not None:
        taken.add(name.lower())
    with files.whole(folder / name) as file:
        file.write(feedback.page(grade))
    return name


def write_csv(grades: Iterable[Grade], file: TextIO) -> None:
    """Write a row a learner; the file wants `newline=""` and CSV_ENCODING."""
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(csv_headers())
    writer.writerows(csv_row(grade) for grade in grades)


def csv_headers() -> list[str]:
    """Return the column names: the exercises are between the total and the rest."""
    exercises = [exercise.id for exercise in lessons.load().exercises]
    return [
        *("learner", "status", "total", "out_of", "percent"),
        *exercises,
        *("sentence", "damage", "seconds", "sandbox"),
        *("extra", "penalty", "notes", "name", "number", "login", "email"),
    ]


def csv_row(grade: Grade) -> list[str]:
    """Return a learner's cells; what was not graded stays empty, since that is no 0."""
    points = {exercise.exercise: f"{exercise.points:g}" for exercise in grade.exercises}
    total, out_of, percent = "", "", ""
    if grade.out_of:
        total, out_of = f"{grade.points:g}", f"{grade.out_of:g}"
        percent = f"{round(grade.percent, 2):g}"
    cells = [grade.learner, grade.status, total, out_of, percent]
    cells += [points.get(exercise.id, "") for exercise in lessons.load().exercises]
    cells += [grade.sentence, " ".join(grade.damage), f"{grade.seconds:.2f}", grade.sandbox]
    cells += [f"{grade.extra:g}" if grade.extra_out_of else "", f"{grade.penalty:g}"]
    cells += [" ".join([*grade.notes, *_decided(grade)])]
    cells += [grade.name, grade.number, grade.login, grade.email]
    return [defused(cell) for cell in cells]


def _decided(grade: Grade) -> Iterator[str]:
    """Say what an instructor gave by hand."""
    for exercise in grade.exercises:
        if exercise.override is not None or exercise.comment:
            given = f"{exercise.override:g} by hand" if exercise.override is not None else ""
            yield f"{exercise.exercise}: {', '.join(filter(None, [given, exercise.comment]))}."


def write_junit(grades: Iterable[Grade], file: TextIO) -> None:
    """Write the tests of all learners in the form that CI servers read."""
    with _suites(file):
        for grade in grades:
            file.write(_xml(grade))


def junit_suite(grade: Grade) -> ElementTree.Element:
    """Return one test suite of a learner's tests; hidden ones only say how they ended."""
    cases = [case for exercise in grade.exercises for case in _cases(exercise)]
    if grade.status != "graded" or not cases:
        kind = "skipped" if grade.status == "no-submission" else "error"
        kind = kind if grade.status != "graded" else ""
        said = f"{grade.status}: {grade.sentence}"
        cases.insert(0, _case("submission", "The submission is graded.", kind, said))
    suite = ElementTree.Element("testsuite", name=_one_line(grade.learner))
    suite.set("tests", str(len(cases)))
    for count, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(kind) is not None for case in cases)))
    suite.set("time", f"{grade.seconds:.3f}")
    properties = ElementTree.SubElement(suite, "properties")
    about = {"status": grade.status, "sentence": grade.sentence, "sandbox": grade.sandbox}
    about |= {"points": f"{grade.points:g}", "out_of": str(grade.out_of)}
    for name, value in about.items():
        ElementTree.SubElement(properties, "property", name=name, value=_one_line(value))
    suite.extend(cases)
    return suite


def _cases(exercise: ExerciseGrade) -> Iterator[ElementTree.Element]:
    if exercise.status == "open" or not exercise.counted.tests:
        yield _case(exercise.exercise, exercise.title, "skipped", "The blank is open.")
        return
    for test in feedback.unrevealed(exercise).counted.tests:
        yield _case(exercise.exercise, test.sentence, _KINDS.get(test.outcome, ""), _said(test))


def _said(test: TestResult) -> str:
    return "\n".join(filter(None, [test.message, test.where])) or test.outcome


def _case(place: str, name: str, kind: str, said: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_one_line(place), name=_one_line(name))
    if kind:
        first, _, rest = visible(said).partition("\n")
        ElementTree.SubElement(case, kind, message=first).text = rest or None
    return case


@contextmanager
def _suites(file: TextIO) -> Iterator[None]:
    file.write("<?xml version='1.0' encoding='utf-8'?>\n<testsuites name=\"confirmlab\">\n")
    yield
    file.write("</testsuites>\n")


def _xml(grade: Grade) -> str:
    return ElementTree.tostring(junit_suite(grade), encoding="unicode") + "\n"


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1'", _one_line(cell))


def _one_line(text: str) -> str:
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")
