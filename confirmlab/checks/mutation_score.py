"""Score a learner's tests: they must pass on every correct app, and fail on faulty ones.

The rules are Examplar's (Wrenn and Krishnamurthi): validity first, and no word on thoroughness
before it; few mutants, each one common misconception.
"""

import ast
import random
from dataclasses import replace

from confirmlab.checks import mutation_runner
from confirmlab.checks.mutation_runner import FILE, Failure, Phase, Run
from confirmlab.course import lessons, mutants
from confirmlab.course.mutants import TRIALS, Mutant, Trial
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.processes import jobs
from confirmlab.processes.jobs import Runner

SECONDS = 5.0  # for one run; a suite that works takes a tenth of a second
_REFERENCE = Mutant("reference", "The reference", "", "", False, ())


def score(
    exercise_id: str, suite: str, runner: Runner = jobs.run_all, shares: int = 2
) -> ExerciseResult:
    """Score the tests that fill the blank of an exercise that asks for tests."""
    trial = TRIALS[exercise_id]
    sound = (_REFERENCE, *trial.correct)
    # What already goes wrong on the reference would go wrong on the others, and take its time.
    phases = [
        Phase((_REFERENCE,)),
        Phase(trial.correct),
        Phase(tuple(_with_correct_ones(trial)), first=True),
    ]
    had = mutation_runner.run(phases, suite, trial, SECONDS, runner, shares)
    on_reference, on_correct, on_faulty = [*had, [], []][: len(phases)]
    if not on_reference[0].names and not on_reference[0].caught:
        return _result(trial, "failed", [_no_tests()])
    on_sound = [one for one in on_faulty if one.mutant in sound]
    wrong = _invalid([*on_reference, *on_correct, *on_sound])
    if wrong:
        note = "What they catch is counted once they all pass on every correct app."
        return _result(trial, "failed", wrong, note)
    valid = TestResult("valid", "Every test passes on every correct app.", "passed", points=4)
    # In their own order, whatever the order in which they were tried.
    by_mutant = {one.mutant: one for one in on_faulty}
    caught = [_caught(by_mutant[mutant]) for mutant in trial.faulty]
    return _judged(trial, valid, caught, suite)


def _with_correct_ones(trial: Trial) -> list[Mutant]:
    """Hide correct apps among the faulty ones, for tests that fail by chance, or always now."""
    apps = [*trial.faulty, *trial.correct, _REFERENCE, _REFERENCE]
    return random.sample(apps, len(apps))


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
    if failure.test == FILE:
        return TestResult(FILE, "The tests can be read.", "error", failure.message)
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


def _judged(
    trial: Trial, valid: TestResult, caught: list[TestResult], suite: str
) -> ExerciseResult:
    essential = {mutant.id for mutant in trial.faulty if mutant.essential}
    missed = [result for result in caught if result.outcome != "passed"]
    basic = [result for result in missed if result.name in essential]
    # Of the faulty apps that slipped through, the essential ones are explained first.
    left = basic + [r for r in missed if r not in basic]
    # One question at a time: the hints about the others are for later.
    left = left[:1] + [replace(result, message="") for result in left[1:]]
    ordered = [r for r in caught if r not in missed] + left
    marks = " ".join(f"{_mark(result)}{_named(result.name)}" for result in caught)
    note = f"Caught {len(caught) - len(missed)} of {len(caught)} faulty apps: {marks}. "
    if len(missed) == len(caught):
        note += _why_nothing(suite)
    elif basic:
        slip = "slips" if len(basic) == 1 else "slip"
        note += f"Of the essential {len(essential)}, {len(basic)} {slip} through."
    elif missed:
        note += f"All essential {len(essential)} are caught: a pass. "
        note += f"{len(missed)} more to catch for a distinction. "
        note += f"A question on the way, about {_named(missed[0].name)}: {_hint(missed[0])}"
    else:
        note += "That is all of them: a distinction."
    return _result(trial, "failed" if basic else "passed", [valid, *ordered], note)


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


def _result(trial: Trial, status: str, tests: list[TestResult], note: str = "") -> ExerciseResult:
    title = lessons.load().exercise(trial.exercise).title
    return ExerciseResult(trial.exercise, title, status, tuple(tests), note)
