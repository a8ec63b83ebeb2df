"""Score a learner's tests: they should fail on faulty apps, and pass on every correct app.

The rules are Examplar's (Wrenn and Krishnamurthi): few mutants, each one common misconception,
and a test counts only if it is valid. One that fails on a correct app is set aside.
"""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from confirmlab.checks.mutation import mutation_card, mutation_runner
from confirmlab.checks.mutation.mutation_runner import FILE, Failure, Run
from confirmlab.course import lessons
from confirmlab.course.mutants import Mutant, MutationTask, mutation_tasks
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.processes import jobs
from confirmlab.processes.jobs import Runner

SECONDS = 5.0  # for one run; a suite that works takes a tenth of a second
ESSENTIAL, ORDINARY = 3, 1  # points for a faulty app that is caught
STEP = 3  # points subtracted for each mistake in tests that were set aside
_ROUNDS = 5
_REFERENCE = Mutant("reference", "The reference", "", "", False, ())

Caught = dict[Mutant, str]  # faulty apps, with the test that noticed
Try = Callable[[tuple[Mutant, ...], Collection[str]], list[Run]]


@dataclass
class Findings:
    """Outcome of a suite: the tests set aside, the faulty apps caught, and whether it has tests."""

    aside: dict[str, TestResult] = field(default_factory=dict)
    caught: Caught = field(default_factory=dict)
    empty: bool = False


def score(
    exercise_id: str, suite: str, runner: Runner = jobs.run_all, shares: int = 2
) -> ExerciseResult:
    """Score the tests that fill the blank of an exercise that asks for tests."""
    mutation_task = mutation_tasks()[exercise_id]

    def run(faulty: tuple[Mutant, ...], aside: Collection[str]) -> list[Run]:
        sound, first = _correct_apps(mutation_task), not aside
        return mutation_runner.run(
            sound, faulty, suite, mutation_task, SECONDS, aside, first, runner, shares
        )

    findings = _find_in_rounds(mutation_task, run)
    if FILE in findings.aside:
        return _result(mutation_task, "failed", [findings.aside[FILE]])
    if findings.empty:
        return _result(mutation_task, "failed", [_no_tests_result()])
    return _scored_result(mutation_task, list(findings.aside.values()), findings.caught, suite)


def _find_in_rounds(mutation_task: MutationTask, run: Try) -> Findings:
    """Run the tests in rounds until no further test is set aside; return the findings.

    A test that fails on a correct app is set aside, and a new round starts without it, since its
    failures can hide those of other tests. If an essential app was not caught, the caught apps are
    run once more and only those caught again count: a test that fails by chance catches some, too.
    """
    findings = Findings()
    for _ in range(_ROUNDS):
        caught = _run_once(mutation_task, mutation_task.faulty, findings, run)
        if caught and not _essential(mutation_task) <= set(caught):
            caught = _run_once(mutation_task, tuple(caught), findings, run)
        if FILE in findings.aside:
            return findings
        if caught is not None:
            findings.caught = caught
            return findings
    return findings  # one test after the other fails on some correct app: nothing counts


def _run_once(
    mutation_task: MutationTask, faulty: tuple[Mutant, ...], findings: Findings, run: Try
) -> Caught | None:
    """Run the tests on correct and faulty apps; return what they catch.

    Return None if tests failed on a correct app; these are set aside in `findings`.
    """
    runs = run(faulty, findings.aside)
    wrong = _over_strict(runs, [_REFERENCE, *mutation_task.correct])
    if wrong:
        findings.aside |= wrong
        return None
    findings.empty = not any(run.names for run in runs) and not findings.aside
    return {run.mutant: run.failed[0].test for run in runs if run.caught}


def _correct_apps(mutation_task: MutationTask) -> list[Mutant]:
    """Return the correct apps in random order, and one of them once more."""
    apps = [_REFERENCE, *mutation_task.correct]
    return random.sample(apps, len(apps)) + [random.choice(apps)]


def _essential(mutation_task: MutationTask) -> set[Mutant]:
    return {mutant for mutant in mutation_task.faulty if mutant.essential}


def _over_strict(runs: list[Run], sound: list[Mutant]) -> dict[str, TestResult]:
    """Return a result for each test function that fails on a correct app."""
    found: dict[str, TestResult] = {}
    # In a fixed order, although they ran in a random one: failures on the reference come first.
    for run in sorted((r for r in runs if r.mutant in sound), key=lambda r: sound.index(r.mutant)):
        for failure in run.failed:
            found.setdefault(failure.function, _over_strict_result(run.mutant, failure))
    return found


def _over_strict_result(app: Mutant, failure: Failure) -> TestResult:
    if failure.test == FILE:
        return TestResult(FILE, "The tests can be read and run.", "error", failure.message)
    sentence = f"{failure.function} passes on every correct app."
    which = "the reference" if app is _REFERENCE else f"a correct app ({app.title})"
    text = f"On {which} it fails: {failure.message or 'an assert does not hold'}"
    return TestResult(failure.function, sentence, "failed", text, failure.where, points=0)


def _faulty_app_result(mutant: Mutant, by: str | None) -> TestResult:
    points = ESSENTIAL if mutant.essential else ORDINARY
    if by is None:
        kind = "essential faulty" if mutant.essential else "faulty"
        sentence = f"The {kind} app {mutation_card.app_name(mutant.id)} is caught by a test."
        return TestResult(mutant.id, sentence, "failed", f"Not yet. {mutant.hint}", points=points)
    by = "the file of tests, which did not run to its end" if by == FILE else by
    sentence = f"{mutation_card.app_name(mutant.id)}, caught by {by}: {mutant.title} {mutant.story}"
    return TestResult(mutant.id, sentence, "passed", points=points)


def _scored_result(
    mutation_task: MutationTask, aside: list[TestResult], caught: Caught, suite: str
) -> ExerciseResult:
    results = [_faulty_app_result(mutant, caught.get(mutant)) for mutant in mutation_task.faulty]
    essential = {mutant.id for mutant in _essential(mutation_task)}
    found, missed = mutation_card.caught_and_missed(results)
    basic = [result for result in missed if result.name in essential]
    # Essential faulty apps that were not caught are explained first.
    left = basic + [r for r in missed if r not in basic]
    if not found and not aside:
        left[0] = replace(left[0], message=mutation_card.why_none_is_caught(suite))
    # Only the first gets a hint, so that learners correct one thing at a time.
    left = left[:1] + [replace(result, message="") for result in left[1:]]
    note = mutation_card.note(suite, results, essential, aside)
    valid = [] if aside else [_all_valid_result()]
    status = "failed" if basic or aside else "passed"
    lost = STEP * len(mutation_card.mistakes(aside))
    return _result(mutation_task, status, [*aside, *valid, *found, *left], note, lost)


def _all_valid_result() -> TestResult:
    return TestResult("valid", "Every test passes on every correct app.", "passed", points=0)


def _no_tests_result() -> TestResult:
    return TestResult(
        "tests",
        "There is at least one test.",
        "failed",
        "pytest found none here. A test is a function whose name begins with test_.",
    )


def _result(
    mutation_task: MutationTask, status: str, tests: list[TestResult], note: str = "", lost: int = 0
) -> ExerciseResult:
    title = lessons.load().exercise(mutation_task.exercise).title
    return ExerciseResult(mutation_task.exercise, title, status, tuple(tests), note, lost=lost)
