"""Find out from the reference what submissions are measured by: the tests, and their time."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox import tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons as course
from confirmlab.course import mutants, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.processes.jobs import Finished, Job

NOWHERE = Path()


@dataclass(frozen=True)
class Standard:
    """Hold what submissions are measured by: the tests that there are, and the time they get."""

    hidden: Mapping[str, str] = field(default_factory=dict)  # texts of test files by name
    lessons: tuple[str, ...] = ()  # what is graded; all without one
    tests: tuple[dict[str, Any], ...] = ()
    spent: Mapping[str, float] = field(default_factory=dict)  # on the reference, by lesson
    least: float = 1.0  # seconds of the processor that any app gets

    def __repr__(self) -> str:
        return f"<Standard of {len(self.tests)} tests, from {len(self.spent)} lessons>"

    @property
    def exercises(self) -> list[Exercise]:
        """List the exercises that are graded."""
        known = course.load().exercises
        return [e for e in known if e.lesson in self.lessons or not self.lessons]

    @property
    def fills(self) -> dict[str, str]:
        """The reference as it stands after the lessons that are graded, hardened only with 08."""
        return solutions.fills(max((solutions.FINISHED, *self.lessons)) if self.lessons else "99")

    def limit(self, exercises: Iterable[Exercise]) -> float:
        """Say how many seconds of the processor an app gets for these exercises."""
        lessons = {exercise.lesson for exercise in exercises}
        return max(self.least, math.ceil(4 * sum(self.spent.get(name, 0) for name in lessons)))


def measured(
    sandbox: Sandbox, hidden: Mapping[str, str], lessons: tuple[str, ...] = ()
) -> Standard:
    """Learn from the reference which tests there are, and how long they take on this machine.

    Raises:
        KitError: the reference itself fails here, so that no grade would be worth anything.
    """
    unknown = Standard(hidden, lessons)
    known = extended(unknown, sandbox, unknown.exercises)
    if hidden and not any(test["hidden"] for test in known.tests):
        raise KitError("None of the hidden tests is marked with an exercise that is graded.")
    return known


def extended(known: Standard, sandbox: Sandbox, exercises: Iterable[Exercise]) -> Standard:
    """Learn the same of the lessons of some exercises, where it is not known yet.

    Raises:
        KitError: as above.
    """
    missing = {exercise.lesson for exercise in exercises} - set(known.spent)
    if not missing:
        return known
    tests, spent = list(known.tests), dict(known.spent)
    for lesson in sorted(missing):
        chosen = [one for one in mutants.others(known.exercises) if one.lesson == lesson]
        spent[lesson] = 0.0
        for texts in kinds(known.hidden) if chosen else ():
            here, seconds = _tried(sandbox, known.fills, chosen, texts)
            tests += here
            spent[lesson] = max(spent[lesson], seconds)
    return replace(known, tests=tuple(tests), spent=spent)


def _tried(
    sandbox: Sandbox,
    fills: Mapping[str, str],
    exercises: list[Exercise],
    hidden: Mapping[str, str],
) -> tuple[list[dict[str, Any]], float]:
    """Run tests on the reference: describe them, and say what they took of the processor."""
    job = job_for(fills, exercises, hidden, 60.0)
    finished = tasks.judged(sandbox, job)
    here = [test for m in finished.messages for test in m.get("tests", ())]
    passed = {m["name"] for m in finished.messages if m.get("outcome") == "passed"}
    failed = [test["name"] for test in here if test["name"] not in passed]
    if failed or not (here or hidden) or finished.end != "done":
        raise KitError(_unfit(finished, failed, bool(hidden)))
    return [test | {"hidden": bool(hidden)} for test in here], finished.seconds


def kinds(hidden: Mapping[str, str]) -> list[Mapping[str, str]]:
    """List the runs that an app gets: with the tests that learners have, and the hidden ones."""
    return [{}, hidden] if hidden else [{}]


def job_for(
    fills: Mapping[str, str], exercises: Iterable[Exercise], hidden: Mapping[str, str], secs: float
) -> Job:
    """Describe the run of the graded tests of some exercises on an app with these fills."""
    task = {
        "fills": dict(fills),
        "ids": [exercise.id for exercise in exercises],
        "hidden": dict(hidden),
    }
    return Job(tasks.run_graded, task, NOWHERE, secs)


def _unfit(finished: Finished, failed: list[str], hidden: bool) -> str:
    which = "hidden tests" if hidden else "graded tests"
    said = [m for m in finished.messages if m.get("name") in failed or "problem" in m]
    first = said[-1] if said else {}
    why = first.get("message") or first.get("problem") or finished.output.strip()[-300:]
    # Each file and each test, since an instructor mends them all at once.
    names = sorted({name.rpartition("/")[2] for name in failed})
    named = f" ({', '.join(names)})" if names else ""
    return (
        f"The reference does not pass the {which} here{named}: {why or 'nothing was said'}; mend "
        "that first, since no grade would be worth anything."
    )
