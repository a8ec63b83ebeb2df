"""The graded tests of a class as JUnit XML, which CI servers show."""

from collections.abc import Iterator
from xml.etree import ElementTree

from confirmlab.base.text import visible
from confirmlab.course.results import TestResult
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.reports import feedback
from confirmlab.grading.reports.grades_csv import one_line

NAME = "junit.xml"
START = "<?xml version='1.0' encoding='utf-8'?>\n<testsuites name=\"confirmlab\">\n"
END = "</testsuites>\n"
_TAGS = {"failed": "failure", "error": "error", "timeout": "error", "not-run": "skipped"}


def suite(grade: Grade) -> str:
    """Return the XML of one learner's tests; hidden tests show their outcome only."""
    cases = [case for exercise in grade.exercises for case in _cases(exercise)]
    if grade.status != "graded" or not cases:
        tag = "skipped" if grade.status == "no-submission" else "error"
        tag = tag if grade.status != "graded" else ""
        text = f"{grade.status}: {grade.sentence}"
        cases.insert(0, _case("submission", "The submission is graded.", tag, text))
    element = ElementTree.Element("testsuite", name=one_line(grade.learner))
    element.set("tests", str(len(cases)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(count, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{grade.seconds:.3f}")
    properties = ElementTree.SubElement(element, "properties")
    values = {"status": grade.status, "sentence": grade.sentence, "sandbox": grade.sandbox}
    values |= {"points": f"{grade.points:g}", "out_of": str(grade.out_of)}
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=one_line(value))
    element.extend(cases)
    return ElementTree.tostring(element, encoding="unicode") + "\n"


def _cases(exercise: ExerciseGrade) -> Iterator[ElementTree.Element]:
    if exercise.status == "open" or not exercise.best.tests:
        yield _case(exercise.exercise, exercise.title, "skipped", "The blank is open.")
        return
    for test in feedback.unrevealed(exercise).best.tests:
        yield _case(exercise.exercise, test.sentence, _TAGS.get(test.outcome, ""), _text(test))


def _text(test: TestResult) -> str:
    return "\n".join(filter(None, [test.message, test.where])) or test.outcome


def _case(class_name: str, name: str, tag: str, text: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=one_line(class_name), name=one_line(name))
    if tag:
        first, _, rest = visible(text).partition("\n")
        ElementTree.SubElement(case, tag, message=first).text = rest or None
    return case
