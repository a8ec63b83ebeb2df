"""Run the reference solution to list the graded tests and measure its processor time."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox import tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, mutants, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.processes.jobs import End, Finished, Job

NO_FOLDER = Path()  # unused, since the sandbox gives each job an empty folder
_MARGIN = 4  # times the reference's processor time, for slower correct solutions
_REFERENCE_SECONDS = 60.0  # the limit for the reference itself


@dataclass(frozen=True)
class Baseline:
    """The graded tests and the reference's processor time, for the lessons measured so far."""

    hidden: Mapping[str, str] = field(default_factory=dict)  # file name → text of hidden tests
    lessons: tuple[str, ...] = ()  # graded lessons; empty means all
    tests: tuple[dict[str, Any], ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)  # lesson → processor time
    least: float = 1.0  # seconds of processor time that every app may use

    def __repr__(self) -> str:
        return f"<Baseline of {len(self.tests)} tests, from {len(self.seconds)} lessons>"

    @property
    def exercises(self) -> list[Exercise]:
        """Return the exercises that are graded."""
        known = lessons.load().exercises
        return [e for e in known if e.lesson in self.lessons or not self.lessons]

    @property
    def fills(self) -> dict[str, str]:
        """Return the reference fills as they are after the graded lessons."""
        if not self.lessons:
            return solutions.fills()
        return solutions.fills(max(lessons.load().finished, *self.lessons))

    @property
    def fills_of_other_lessons(self) -> dict[str, str]:
        """Return the reference fills of the lessons that are not graded."""
        graded = {exercise.id for exercise in self.exercises}
        return {name: text for name, text in self.fills.items() if name not in graded}

    def limit(self, exercises: Iterable[Exercise]) -> float:
        """Return how many seconds of processor time an app may use for these exercises."""
        lessons = {exercise.lesson for exercise in exercises}
        total = sum(self.seconds.get(lesson, 0) for lesson in lessons)
        return max(self.least, math.ceil(_MARGIN * total))

    def save(self, path: Path) -> None:
        """Write the baseline to a file, without the texts of the hidden tests."""
        files.write(path, json.dumps(asdict(replace(self, hidden={}))) + "\n")


def load(path: Path, hidden: Mapping[str, str]) -> Baseline:
    """Return a saved baseline; it gets the texts of the hidden tests, which are not saved.

    Raises:
        KitError: the file cannot be read.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        lists = {name: tuple(values[name]) for name in ("lessons", "tests")}
        return Baseline(**values | lists | {"hidden": hidden})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KitError(
            f"Could not read {path.name!r} ({error}); delete it to measure again."
        ) from None


def measure(sandbox: Sandbox, hidden: Mapping[str, str], lessons: tuple[str, ...] = ()) -> Baseline:
    """Run the reference on all graded lessons, and return what it needs.

    Raises:
        KitError: the reference fails a test, so grades would be wrong.
    """
    empty = Baseline(hidden, lessons)
    known = extend(empty, sandbox, empty.exercises)
    if hidden:
        _expect_some([test for test in known.tests if test["hidden"]])
    return known


def vet(sandbox: Sandbox, hidden: Mapping[str, str], lessons: tuple[str, ...] = ()) -> None:
    """Run hidden tests, without the kit's own, on the reference for the graded lessons.

    Raises:
        KitError: the reference fails one, or none of them is about an exercise that is graded.
    """
    graded = Baseline(hidden, lessons)
    chosen = list(mutants.graded_by_tests(graded.exercises))
    tests, _ = _run_reference(sandbox, graded.fills, chosen, hidden)
    _expect_some(tests)


def _expect_some(hidden_tests: list[dict[str, Any]]) -> None:
    if not hidden_tests:
        raise KitError(
            "None of the hidden tests is marked with an exercise that is graded; mark one with a "
            "graded exercise, or grade its lesson too."
        )


def extend(known: Baseline, sandbox: Sandbox, exercises: Iterable[Exercise]) -> Baseline:
    """Return the baseline with the lessons of these exercises measured too.

    Raises:
        KitError: the reference fails a test.
    """
    missing = {exercise.lesson for exercise in exercises} - set(known.seconds)
    if not missing:
        return known
    tests, seconds = list(known.tests), {**known.seconds, **dict.fromkeys(missing, 0.0)}
    chosen = [e for e in mutants.graded_by_tests(known.exercises) if e.lesson in missing]
    for test_files in suites(known.hidden) if chosen else ():
        found, spent = _run_reference(sandbox, known.fills, chosen, test_files)
        tests += found
        seconds |= {lesson: max(seconds[lesson], spent[lesson]) for lesson in spent}
    return replace(known, tests=tuple(tests), seconds=seconds)


def suites(hidden: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Return the files of each test run: {} means the kit's own tests; then the hidden ones."""
    return [{}, hidden] if hidden else [{}]


def grading_job(
    fills: Mapping[str, str],
    exercises: Iterable[Exercise],
    hidden: Mapping[str, str],
    seconds: float,
) -> Job:
    """Return the job that runs the graded tests of some exercises on an app with these fills."""
    task = {
        "fills": dict(fills),
        "ids": [exercise.id for exercise in exercises],
        "hidden": dict(hidden),
    }
    return Job(tasks.run_graded, task, NO_FOLDER, seconds)


def _run_reference(
    sandbox: Sandbox,
    fills: Mapping[str, str],
    exercises: list[Exercise],
    hidden: Mapping[str, str],
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Return the tests that ran on the reference, and its processor time in each lesson."""
    job = grading_job(fills, exercises, hidden, _REFERENCE_SECONDS)
    finished = tasks.run_app_and_tests(sandbox, job)
    tests = [test for message in finished.messages for test in message.get("tests", ())]
    passed = {m["name"] for m in finished.messages if m.get("outcome") == "passed"}
    failed = [test["name"] for test in tests if test["name"] not in passed]
    if failed or not (tests or hidden) or finished.end != End.DONE:
        raise KitError(_reference_fails(finished, failed, bool(hidden)))
    return [test | {"hidden": bool(hidden)} for test in tests], _by_lesson(finished, tests)


def _by_lesson(finished: Finished, tests: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Return the app's processor time by lesson, divided as its tests took time by the clock."""
    lesson_of = {test["name"]: lessons.load().exercise(test["exercise"]).lesson for test in tests}
    took: Counter[str] = Counter()
    for message in finished.messages:
        if "outcome" in message:
            took[lesson_of[message["name"]]] += message["seconds"]
    whole = took.total() or 1.0
    return {lesson: finished.seconds * part / whole for lesson, part in took.items()}


def _reference_fails(finished: Finished, failed: list[str], hidden: bool) -> str:
    which = "hidden tests" if hidden else "graded tests"
    messages = [m for m in finished.messages if m.get("name") in failed or "problem" in m]
    last = messages[-1] if messages else {}
    why = last.get("message") or last.get("problem") or finished.output.strip()[-300:]
    # All failed tests are named, so that an instructor can correct them in one go.
    names = sorted({name.rpartition("/")[2] for name in failed})
    listed = f" ({', '.join(names)})" if names else ""
    cure = (
        "Correct the hidden tests first."
        if hidden
        else "Run confirmlab doctor, close other programs and try again. If it fails again, "
        "something in the kit was changed: in a clone, git status lists what."
    )
    return (
        f"The reference solution fails the {which}{listed}: {why or 'no reason was given'}. "
        f"Nothing was graded. {cure}"
    )
