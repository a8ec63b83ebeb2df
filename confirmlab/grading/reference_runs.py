"""Run the fills that failed in the learner's app again, in apps made of the reference's fills.

So a mistake in one exercise does not fail those that build on it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from confirmlab.checks import runner
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseResult
from confirmlab.grading import run_result
from confirmlab.grading.run_result import RunResult
from confirmlab.processes.jobs import End
from confirmlab.submissions import merge
from confirmlab.submissions.reader import Submission

RunTests = Callable[[dict[str, str], list[Exercise]], RunResult]

_SEVERAL = 3  # least number of fills that run together first; fewer run one by one


def run_failed(
    exercises: Iterable[Exercise],
    in_full_app: Mapping[str, ExerciseResult],
    submission: Submission,
    run_tests: RunTests,
) -> RunResult:
    """Run each failed fill that another blank may have failed; return the results and alarms.

    `exercises` are all that are graded; those that were filled have a result. Often one fill made
    all the others fail. Once one has failed here too, the others run together in one app, and only
    those that fail there run one by one.
    """
    asked = mutants.graded_by_tests(exercises)
    ran = [exercise for exercise in asked if exercise.id in in_full_app]
    failed = [exercise for exercise in ran if in_full_app[exercise.id].status == "failed"]
    failed = [e for e in failed if _may_fail_through_another(e, asked, in_full_app, submission)]
    left = sorted(failed, key=lambda e: in_full_app[e.id].score)
    results: dict[str, ExerciseResult] = {}
    alarms: list[str] = []
    tried_together = False
    while left:
        exercise = left.pop(0)
        results[exercise.id], more = _run_alone(exercise, submission, run_tests)
        alarms += more
        if results[exercise.id].status == "failed" and not tried_together:
            tried_together = True
            results |= _passed_together(left, submission, run_tests)
            left = [e for e in left if e.id not in results]
    return RunResult(results, End.DONE, tuple(alarms))


def _passed_together(
    exercises: list[Exercise], submission: Submission, run_tests: RunTests
) -> dict[str, ExerciseResult]:
    """Run fills in one finished app; return the results of those that passed."""
    finished = lessons.load().finished
    chosen = [e for e in exercises if e.lesson <= finished and not _is_refilled(e, submission)]
    if len(chosen) < _SEVERAL:
        return {}
    own = {exercise.id: submission.fills[exercise.id] for exercise in chosen}
    app = run_tests(solutions.finished() | own, chosen)
    good = () if app.alarms else app.results.values()
    return {result.exercise: result for result in good if result.status == "passed"}


def _run_alone(
    exercise: Exercise, submission: Submission, run_tests: RunTests
) -> tuple[ExerciseResult, tuple[str, ...]]:
    """Run one fill in reference apps until it passes in one; return the best result."""
    best: ExerciseResult | None = None
    for fills, note in _reference_apps(exercise, submission):
        app = run_tests(fills, [exercise])
        if app.alarms:
            return run_result.void(exercise, app.alarms[0]), app.alarms
        result = replace(app.results[exercise.id], note=note)
        if best is None or result.score > best.score:
            best = result
        if best.status == "passed":
            break
    assert best is not None  # _reference_apps returns at least one app
    return best, ()


def _may_fail_through_another(
    exercise: Exercise,
    asked: Sequence[Exercise],
    results: Mapping[str, ExerciseResult],
    submission: Submission,
) -> bool:
    """Return whether another blank, one that failed, is open or not graded, may cause this failure.

    An open blank of a later lesson cannot: whoever comes to an exercise has left those open.
    """
    if _is_refilled(exercise, submission) or exercise.refills or results[exercise.id].has_run_short:
        return True
    if _has_own_fill_outside(asked, submission):
        return True
    open_ones = [e for e in asked if e.id not in results and e.lesson <= exercise.lesson]
    others = [result for name, result in results.items() if name != exercise.id]
    return bool(open_ones) or any(other.status != "passed" for other in others)


def _has_own_fill_outside(asked: Sequence[Exercise], submission: Submission) -> bool:
    """Return whether a blank of the app that is not graded holds a text of the learner's own."""
    graded = {exercise.id for exercise in asked}
    outside = submission.fills.keys() - graded - mutants.mutation_tasks().keys()
    return any(not merge.is_reference(name, submission.fills) for name in outside)


def _is_refilled(exercise: Exercise, submission: Submission) -> bool:
    """Return whether the submission fills the blank again in a later lesson."""
    return any(e.id in submission.fills for e in lessons.load().refilled_by(exercise.id))


def _reference_apps(exercise: Exercise, submission: Submission) -> list[tuple[dict[str, str], str]]:
    """Return the fills of the reference apps for one exercise, each with a note for the learner.

    If the submission also fills the blank in a later lesson, the text may fit the hardened app or
    the one before it, so there are several apps.
    """
    fills = skeleton.stubs() | submission.fills
    apps = [(given, "") for given in runner.fills_to_run_alone(exercise, fills.__getitem__)]
    if not _is_refilled(exercise, submission):
        return apps[:1]
    if exercise.id in submission.earlier:
        earlier = {exercise.id: submission.earlier[exercise.id]}
        note = "What counts is the text in the notebook of the earlier lesson."
        apps.append((solutions.finished() | earlier, note))
    return apps
