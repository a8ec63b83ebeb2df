"""Write the reports of a class: table, feedback pages, overview, look-alikes and JUnit XML."""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from confirmlab.base import files
from confirmlab.grading.grades import Grade
from confirmlab.grading.reports import feedback, grades_csv, junit_xml
from confirmlab.grading.reports.lookalikes import Lookalikes
from confirmlab.grading.reports.overview import Overview

OVERVIEW, LOOKALIKES, FEEDBACK = "overview.html", "lookalikes.html", "feedback"


def write_all(grades: Iterable[Grade], out: Path) -> None:
    """Write all reports in one pass, so that the grades need not all be in memory.

    The CSV table and the JUnit file list the grades in the order given.
    """
    taken: set[str] = set()
    overview, lookalikes = Overview(), Lookalikes()
    with ExitStack() as stack:
        file = stack.enter_context(files.replacing_text(out / grades_csv.NAME, grades_csv.ENCODING))
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow(grades_csv.headers())
        junit = stack.enter_context(files.replacing_text(out / junit_xml.NAME))
        junit.write(junit_xml.START)
        for grade in grades:
            table.writerow(grades_csv.row(grade))
            junit.write(junit_xml.suite(grade))
            lookalikes.add(grade)
            page = write_feedback(grade, out / FEEDBACK, taken)
            overview.add(grade, f"{FEEDBACK}/{page}")
        junit.write(junit_xml.END)
        stack.enter_context(files.replacing_text(out / OVERVIEW)).write(overview.page())
        stack.enter_context(files.replacing_text(out / LOOKALIKES)).write(lookalikes.page())


def write_feedback(grade: Grade, folder: Path, taken: set[str]) -> str:
    """Write a learner's page, add its file name to `taken`, and return the file name."""
    name = feedback.page_name(grade.learner, taken)
    taken.add(name.lower())
    with files.replacing_text(folder / name) as file:
        file.write(feedback.page(grade))
    return name
