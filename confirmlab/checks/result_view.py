"""Text and HTML of an exercise's result."""

import re

from confirmlab.base import templating
from confirmlab.base.text import wrapped
from confirmlab.course.results import ExerciseResult, TestResult

OUTCOMES = {
    "passed": "passed",
    "failed": "not met",
    "error": "error",
    "timeout": "too slow",
    "not-run": "not run",
}
FIRST_THINGS = "Start with what is explained here; the rest is explained once that is met."
SIGNS = {"passed": "+", "failed": "x", "error": "!", "timeout": "!", "failing": "x"}


def as_text(result: ExerciseResult) -> str:
    """Return the result as lines of text: status, requirements, failures and what to do next."""
    lines = wrapped(f"{headline(result)}: {result.title} ({result.exercise})")
    lines += ["", *(line for test in ordered(result) for line in _test(test, result))]
    basics = FIRST_THINGS if lacks_basics(result) else ""
    for more in (basics, result.note, result.next):
        lines += ["", *wrapped(more)] if more else []
    return "\n".join(lines).strip()


def as_html(result: ExerciseResult) -> str:
    """Return the result as HTML."""
    passed = sum(test.outcome == "passed" for test in result.tests)
    return templating.render(
        "verdict.html",
        result=result,
        passed=passed,
        headline=headline(result),
        requirements=ordered(result),
        explained=explained(result),
        basics=FIRST_THINGS if lacks_basics(result) else "",
        outcomes=OUTCOMES,
        quoted=quoted,
    )


def headline(result: ExerciseResult) -> str:
    """Return an exercise's status in a word or two."""
    if result.status == "passed":
        return "Passed"
    if result.status == "not-yet" or not result.tests:
        return "Not yet"
    left = sum(test.outcome != "passed" for test in result.tests)
    return f"{left} of {len(result.tests)} to go"


def ordered(result: ExerciseResult) -> list[TestResult]:
    """Return the requirements; those with an explanation come first."""
    first = explained(result)
    return first + [test for test in result.tests if test not in first]


def explained(result: ExerciseResult) -> list[TestResult]:
    """Return the failed requirements to explain, the most basic first; none for an untouched blank.

    Of several that fail with the same message only the first is explained. As long as a required
    one fails, the others are not explained: most of them fail for its reason.
    """
    if result.status != "failed" or result.first_failure is None:
        return []
    first = result.first_failure
    failed = _failed(result)
    if first.required:
        failed = [test for test in failed if test.required]
    own = {test.message: test for test in reversed(failed) if test.message and test != first}
    own.pop(first.message, None)
    return [first, *(test for test in failed if own.get(test.message) is test)]


def lacks_basics(result: ExerciseResult) -> bool:
    """Return whether a required test failed, and others with it that are not explained."""
    first = result.first_failure
    is_basic = result.status == "failed" and first is not None and first.required
    return is_basic and not all(test.required for test in _failed(result))


def _failed(result: ExerciseResult) -> list[TestResult]:
    return [test for test in result.tests if test.outcome not in ("passed", "not-run")]


def quoted(where: str) -> tuple[str, str, str]:
    """Split a place in three parts: up to the line number, the code it quotes, and the rest."""
    match = re.fullmatch(r"(.*?, line \d+: )(.*)", where)
    if match is None:
        return where, "", ""
    place, code = match.groups()
    # After the line of a cell, the line of the file follows in parentheses.
    if " (" in place and code.endswith(")"):
        return place, code[:-1], ")"
    return place, code, ""


def _test(test: TestResult, result: ExerciseResult) -> list[str]:
    mark = f"{SIGNS.get(test.outcome, '-')} {OUTCOMES.get(test.outcome, test.outcome)}"
    lines = wrapped(test.sentence, f"  {mark:<11}")
    if test in explained(result):
        indent = " " * 13
        lines += [line for text in test.message.splitlines() for line in wrapped(text, indent)]
        end = "" if quoted(test.where)[1] else "."  # a full stop after it would look like code
        lines += wrapped(f"Look at {test.where}{end}", indent) if test.where else []
    return lines
