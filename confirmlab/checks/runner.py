"""Run graded tests against an app in processes of their own, and read each exercise's result."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from confirmlab.base import paths
from confirmlab.base.errors import KitError
from confirmlab.checks.app.app_beside import app_beside
from confirmlab.checks.app.app_settings import AppSettings
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.processes import jobs as processes
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.jobs import DIED, End, Finished, Job, Send

SECONDS = 10.0
ReadBlank = Callable[[str], str]  # the id of a blank -> its text in the app
_PASSED = {"outcome": "passed"}
_STOPPED = "The run stopped in this test; does something raise KeyboardInterrupt?"
_UNREACHED = "The run stopped before this test; does something close its output?"
_TOO_LONG = (
    "The tests took too long and were ended here; is there a loop that never stops? Or does "
    "your code wait for something that never comes?"
)
_NO_ASSERTS = (
    "Python runs without assert statements here, so nothing can be checked; "
    "start it without -O and without PYTHONOPTIMIZE."
)


def job(app_folder: Path, exercises: Iterable[Exercise], seconds: float = SECONDS) -> Job:
    """Return the job that runs the graded tests of some exercises against an app."""
    chosen = list(exercises)
    task = {"ids": [exercise.id for exercise in chosen], "files": test_files(chosen)}
    beside = partial(app_beside, app_folder, seconds)
    return Job(run_tests, task, app_folder, seconds, parent=Parent.TESTS, beside=beside)


def test_files(exercises: Iterable[Exercise]) -> list[str]:
    """Return the paths of the test files of some exercises."""
    names = sorted({lessons.load().lesson(exercise.lesson).name for exercise in exercises})
    return [str(paths.in_kit("tests", "lesson", f"test_{name}.py")) for name in names]


def run_tests(task: dict[str, Any], send: Send) -> None:
    """Run pytest in this process, on an app in another one, and send how each test ended."""
    if not __debug__:
        send({"problem": _NO_ASSERTS})
        return
    try:
        run_on_app(task, send, task["control"], task["settings"], task["database"])
    except KitError as error:
        send({"problem": str(error)})


def run_on_app(
    task: dict[str, Any], send: Send, control: Any, settings: AppSettings, database: Path
) -> None:
    """Run the tests on the app at the other end of a socket."""
    from confirmlab.checks import pytest_collection
    from confirmlab.checks.app.learner_app import open_app
    from confirmlab.checks.pytest_plugin import Reporter

    app = open_app(control, settings, database)
    tests = pytest_collection.collect(task["files"], task.get("root"))
    try:
        tests.run(app, task["ids"], [Reporter(send)])
    finally:
        app.close()


def judge(
    app_folder: Path, exercises: Iterable[Exercise], seconds: float = SECONDS
) -> dict[str, ExerciseResult]:
    """Run the tests of some exercises on an app as it is; return a result for each id."""
    chosen = list(exercises)
    if not chosen:
        return {}
    return read_results(chosen, processes.run(job(app_folder, chosen, seconds)))


def judge_fairly(
    app_folder: Path, exercises: Iterable[Exercise], read_blank: ReadBlank
) -> dict[str, ExerciseResult]:
    """Judge the exercises in the learner's app; judge those that fail again in the finished app.

    There, only this exercise's fill and those of exercises that refill its blank are the learner's.
    So one mistake does not fail the exercises that build on it.
    """
    chosen = list(exercises)
    return rerun_failed(chosen, judge(app_folder, chosen), read_blank)


def rerun_failed(
    exercises: Iterable[Exercise], whole: dict[str, ExerciseResult], read_blank: ReadBlank
) -> dict[str, ExerciseResult]:
    """Judge each exercise that failed in the learner's app again, alone in the finished app."""
    results = dict(whole)
    failed = [exercise for exercise in exercises if whole[exercise.id].status == "failed"]
    alone = _run_alone(failed, read_blank)
    good = [exercise for exercise in failed if alone[exercise].status == "passed"]
    unblamed = _pass_with_all_blanks(good, read_blank)
    for exercise in good:
        note = _elsewhere(whole[exercise.id], exercise in unblamed)
        results[exercise.id] = replace(alone[exercise], note=note)
    return results


def read_results(
    exercises: list[Exercise],
    finished: Finished,
    expected: Sequence[dict[str, Any]] = (),
) -> dict[str, ExerciseResult]:
    """Return the result of each exercise, from the messages of a run.

    Tests without a result count as timed out, stopped or not run. `expected` lists the tests that
    must have run; by default it is the list in the run's messages.
    """
    described = list(expected)
    outcomes: dict[str, dict[str, Any]] = {}
    running, problem = "", ""
    for message in finished.messages:
        described += [] if expected else message.get("tests", [])
        problem = message.get("problem", problem)
        running = message.get("running", running)
        # The first failure counts: a test may fail in its body, and again in its teardown.
        if "outcome" in message and outcomes.get(message["name"], _PASSED)["outcome"] == "passed":
            outcomes[message["name"]] = message
    cut = {End.DONE: "", End.TIMEOUT: _TOO_LONG, End.DIED: DIED}[finished.end]
    results = {}
    for exercise in exercises:
        own = [test for test in described if test["exercise"] == exercise.id]
        tests = _one_per_sentence(
            _result(test, outcomes, running, finished.end, cut) for test in own
        )
        results[exercise.id] = _exercise_result(exercise, tests, problem or cut, finished.output)
    return results


def _one_per_sentence(results: Iterable[TestResult]) -> tuple[TestResult, ...]:
    """Return one result for each sentence: that of the first failed case, if any."""
    merged: dict[str, TestResult] = {}
    for result in results:
        known = merged.get(result.sentence, result).outcome
        if known == "passed" or (known == "not-run" and result.outcome != "passed"):
            merged[result.sentence] = result
        merged.setdefault(result.sentence, result)
    return tuple(merged.values())


def _result(
    test: dict[str, Any], outcomes: dict[str, dict[str, Any]], running: str, end: End, cut: str
) -> TestResult:
    reported = outcomes.get(test["name"])
    if reported is not None:
        outcome, message, where = reported["outcome"], reported["message"], reported["where"]
    elif test["name"] == running:
        outcome = "timeout" if end == End.TIMEOUT else "error"
        message, where = cut or _STOPPED, ""
    else:
        # If the run was stopped, only the test that was running explains why.
        outcome, message, where = "not-run", "" if cut else _UNREACHED, ""
    more = {name: test[name] for name in ("points", "hidden", "required", "cap") if name in test}
    return TestResult(test["name"], test["sentence"], outcome, message, where, **more)


def _exercise_result(
    exercise: Exercise, tests: tuple[TestResult, ...], problem: str, output: str
) -> ExerciseResult:
    if not tests:
        last = (output.strip().splitlines() or ["it printed nothing"])[-1]
        message = problem or f"The tests did not start: {last}"
        tests = (TestResult("start", "The app can be checked.", "error", message),)
    passed = all(test.outcome == "passed" for test in tests)
    return ExerciseResult(exercise.id, exercise.title, "passed" if passed else "failed", tests)


def _run_alone(exercises: list[Exercise], read_blank: ReadBlank) -> dict[Exercise, ExerciseResult]:
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        jobs = []
        for exercise in exercises:
            for number, given in enumerate(fills_to_run_alone(exercise, read_blank)):
                app = skeleton.build(Path(name) / exercise.id / str(number) / "my_app", given)
                jobs.append((exercise, job(app, [exercise])))
        finished = dict(processes.run_all([one for _, one in jobs]))
    results: dict[Exercise, ExerciseResult] = {}
    for place, (exercise, _) in enumerate(jobs):
        if exercise not in results or results[exercise].status != "passed":
            results[exercise] = read_results([exercise], finished[place])[exercise.id]
    return results


def _pass_with_all_blanks(exercises: list[Exercise], read_blank: ReadBlank) -> set[Exercise]:
    """Return the exercises that pass in a fresh app with all of the learner's blanks.

    They fail in the learner's app because of a change outside the blanks.
    """
    if not exercises:
        return set()
    try:
        own = {exercise.id: read_blank(exercise.id) for exercise in lessons.load().exercises}
    except KitError:  # a blank lost its markers, which explains the failures
        return set()
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        results = judge(skeleton.build(Path(name) / "my_app", own), exercises)
    return {exercise for exercise in exercises if results[exercise.id].status == "passed"}


def fills_to_run_alone(exercise: Exercise, text: ReadBlank) -> list[dict[str, str]]:
    """Return the fills of each app in which an exercise is judged alone; one pass is enough."""
    together = {blank_id: text(blank_id) for blank_id in lessons.load().linked_blanks(exercise.id)}
    own = {exercise.id: together[exercise.id]}
    if exercise.lesson > lessons.load().finished:
        return [solutions.fills() | together]
    left_open = {blank_id: skeleton.stubs()[blank_id] for blank_id in exercise.alone_without}
    apps = [solutions.finished() | left_open | own]
    if len(together) > 1:  # the app may be hardened already, with the reference's names or others
        apps += [solutions.fills() | own, solutions.fills() | together]
    return apps


def _elsewhere(whole: ExerciseResult, outside: bool) -> str:
    first = whole.first_failure
    seen = f" What is seen there: {first.message}" if first and first.message else ""
    cause = "of a change outside the blanks" if outside else "of another blank"
    place = (
        "Undo what you changed between the blanks or in a file that has none."
        if outside
        else "%progress shows which one to look at."
    )
    return (
        "This blank does its part, but your app as a whole does not yet, because "
        f"{cause}.{seen} {place}"
    )
