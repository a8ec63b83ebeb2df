"""Score a learner's tests: they must pass on every correct app, and fail on faulty ones.

The rules are Examplar's (Wrenn and Krishnamurthi): validity first, and no word on thoroughness
before it; few mutants, each one common misconception.
"""

import ast
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confirmlab import checks, course, mutants, processes, reference
from confirmlab.mutants import Mutant
from confirmlab.processes import Finished, Job, Say
from confirmlab.results import ExerciseResult, TestResult

EXERCISE = "confirmation-tests"
SECONDS = 5.0  # for one run; a suite that works takes a tenth of a second
_FILE = "the file of tests"
_REFERENCE = Mutant("reference", "The reference", "", "", False, ())

# What a token may need besides the two methods: all that lesson 03 has filled.
_MODEL = ("confirmed-column", "generate-token", "confirm-token")


@dataclass(frozen=True)
class Failure:
    """Hold a test that did not pass: its name, what was seen, and in which line."""

    test: str
    message: str
    where: str = ""


@dataclass(frozen=True)
class Run:
    """Hold how the learner's tests ended on one app."""

    mutant: Mutant
    names: tuple[str, ...]
    failed: tuple[Failure, ...]
    end: str

    @property
    def caught(self) -> bool:
        """Say whether the tests noticed that something is wrong with this app."""
        return bool(self.failed) or self.end != "done"


def score(suite: str) -> ExerciseResult:
    """Score the text of the blank confirmation-tests."""
    runs = _run([_REFERENCE], suite, first_only=False)
    if not runs[0].names and not runs[0].caught:
        return _result("failed", [_no_tests()])
    # What already goes wrong on the reference would go wrong on the others, and take its time.
    if not runs[0].caught:
        runs += _run(mutants.correct(), suite, first_only=False)
    wrong = _invalid(runs)
    if wrong:
        note = "What they catch is counted once they all pass on every correct app."
        return _result("failed", wrong, note)
    valid = TestResult("valid", "Every test passes on every correct app.", "passed", points=4)
    caught = [_caught(run) for run in _run(mutants.of_the_model(), suite, first_only=True)]
    return _judged(valid, caught, suite)


def run_suite(task: dict[str, Any], say: Say) -> None:
    """Run the learner's tests against one app; the work of a child."""
    import pytest

    from confirmlab.lesson_plugin import Reporter

    folder = Path(task["folder"]).resolve()
    reference.build(folder, task["fills"], only=("app", "tests", "pytest.ini"))
    os.chdir(folder)
    # Far from Greenwich a local time that is taken for UTC shows.
    os.environ["TZ"] = "America/New_York"
    if hasattr(time, "tzset"):
        time.tzset()
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    lean = [*checks.LEAN, "-W", "ignore", *(["-x"] if task["first_only"] else [])]
    pytest.main([*lean, "tests/test_confirmation.py"], plugins=[Reporter(say, folder)])


def _run(apps: Iterable[Mutant], suite: str, first_only: bool) -> list[Run]:
    known = reference.fills("03")
    base = {blank_id: known[blank_id] for blank_id in _MODEL} | {EXERCISE: suite}
    chosen = list(apps)
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        jobs = []
        for number, app in enumerate(chosen):
            folder = Path(name, str(number))
            folder.mkdir()
            task = {
                "folder": str(folder),
                "fills": base | dict(app.fills),
                "first_only": first_only,
            }
            jobs.append(Job(run_suite, task, folder, SECONDS))
        finished = dict(processes.run_all(jobs))
    return [_read(app, finished[number]) for number, app in enumerate(chosen)]


def _read(app: Mutant, finished: Finished) -> Run:
    names, failed = [], []
    for message in finished.messages:
        names += [test["name"].rpartition("::")[2] for test in message.get("tests", [])]
        if "problem" in message:
            said = message["problem"].removeprefix("E").strip()
            failed.append(Failure(_FILE, f"pytest cannot read the tests: {said}"))
        if message.get("outcome") in ("failed", "error"):
            name = message["name"].rpartition("::")[2]
            failed.append(Failure(name, message["message"], message["where"]))
    return Run(app, tuple(names), tuple(failed), finished.end)


def _invalid(runs: list[Run]) -> list[TestResult]:
    """Say which tests fail on a correct app, each once, with the first such app."""
    found: dict[str, TestResult] = {}
    for run in runs:
        for failure in run.failed:
            found.setdefault(failure.test, _failed_on(run.mutant, failure))
        if run.end != "done":
            ended = TestResult(run.end, "The tests run to their end.", "error", _ENDS[run.end])
            found.setdefault(run.end, ended)
    return list(found.values())


def _failed_on(app: Mutant, failure: Failure) -> TestResult:
    if failure.test == _FILE:
        return TestResult(_FILE, "The tests can be read.", "error", failure.message)
    sentence = f"{failure.test} passes on every correct app."
    which = "the reference" if app is _REFERENCE else f"a correct app ({app.title})"
    text = f"On {which} it fails: {failure.message or 'an assert does not hold'}"
    return TestResult(failure.test, sentence, "failed", text, failure.where)


_ENDS = {
    "timeout": f"They were still running after {SECONDS:g} seconds and were ended; "
    "is there a loop that never stops?",
    "died": "The process ended in the middle; does a test call exit()?",
}


def _caught(run: Run) -> TestResult:
    mutant = run.mutant
    if not run.caught:
        sentence = f"The faulty app {_named(mutant.id)} is caught by a test."
        return TestResult(mutant.id, sentence, "failed", f"Not yet. {mutant.hint}")
    by = run.failed[0].test if run.failed else "its time limit"
    sentence = f"{_named(mutant.id)}, caught by {by}: {mutant.title} {mutant.story}"
    return TestResult(mutant.id, sentence, "passed")


def _judged(valid: TestResult, caught: list[TestResult], suite: str) -> ExerciseResult:
    essential = {mutant.id for mutant in mutants.of_the_model() if mutant.essential}
    missed = [result for result in caught if result.outcome != "passed"]
    basic = [result for result in missed if result.name in essential]
    # Of the faulty apps that slipped through, the essential ones are explained first.
    ordered = [r for r in caught if r not in missed] + basic + [r for r in missed if r not in basic]
    marks = " ".join(f"{_mark(result)}{_named(result.name)}" for result in caught)
    note = f"Caught {len(caught) - len(missed)} of {len(caught)} faulty apps: {marks}. "
    if len(missed) == len(caught):
        note += _why_nothing(suite)
    elif basic:
        note += f"Of the essential {len(essential)}, {len(basic)} slip through."
    elif missed:
        note += f"All essential {len(essential)} are caught: a pass. All of them: distinction. "
        note += f"A question on the way, about {_named(missed[0].name)}: {_hint(missed[0])}"
    else:
        note += "Every one of them: distinction."
    return _result("failed" if basic else "passed", [valid, *ordered], note)


def _named(mutant_id: str) -> str:
    return mutant_id.partition("_")[0].upper()


def _hint(result: TestResult) -> str:
    return next(mutant.hint for mutant in mutants.faulty() if mutant.id == result.name)


def _mark(result: TestResult) -> str:
    return "+" if result.outcome == "passed" else "-"


def _why_nothing(suite: str) -> str:
    tree = ast.parse(suite)
    nodes = list(ast.walk(tree))
    named = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    asserts = any(isinstance(node, ast.Assert) for node in nodes) or named & {"raises", "fail"}
    if not asserts:
        return "Nothing was caught, since no test asserts anything; say with assert what must hold."
    if not named & {"confirm", "generate_confirmation_token"}:
        return "Nothing was caught, since no test calls confirm() or generate_confirmation_token()."
    return (
        "Nothing was caught: the tests pass whatever the app does. Do they look at what the app "
        "answers, or at something that they have put there themselves?"
    )


def _no_tests() -> TestResult:
    return TestResult(
        "tests",
        "There is at least one test.",
        "failed",
        "pytest found none here. A test is a function whose name begins with test_.",
    )


def _result(status: str, tests: list[TestResult], note: str = "") -> ExerciseResult:
    title = course.load().exercise(EXERCISE).title
    return ExerciseResult(EXERCISE, title, status, tuple(tests), note)
