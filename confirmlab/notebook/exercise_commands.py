"""What a learner does with one exercise: fill, restore, check, hint, solution."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from confirmlab.base.errors import KitError, SiteError, WorkspaceError
from confirmlab.checks import runner
from confirmlab.course import lessons, mutants, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.notebook.session import LessonSession
from confirmlab.notebook.workspace import FillResult, Workspace


def fill(session: LessonSession, exercise_id: str, text: str) -> FillResult:
    """Fill a blank, and restart the site if it runs."""
    return _reload_site(session, session.workspace.fill(exercise_id, text))


def restore(session: LessonSession, exercise_id: str, version: int | None = None) -> FillResult:
    """Restore a version of a blank, and restart the site if it runs."""
    return _reload_site(session, session.workspace.restore(exercise_id, version))


def restore_passed(session: LessonSession, exercise_id: str) -> FillResult:
    """Restore the version that last passed its check, and restart the site if it runs."""
    return _reload_site(session, session.workspace.restore_passed(exercise_id))


def _reload_site(session: LessonSession, result: FillResult) -> FillResult:
    try:
        session.site.reload()
    except SiteError as error:
        raise SiteError(f"{result.exercise.id} is filled, but now: {error}") from None
    return result


def check(session: LessonSession, exercise_id: str) -> ExerciseResult:
    """Run the graded tests of one exercise on the workspace, and store how they ended."""
    workspace = session.workspace
    exercise = lessons.load().exercise(exercise_id)
    if workspace.is_open(exercise_id):
        note = f"This blank is as it was at the start. Fill it, or ask %hint {exercise_id}."
        return ExerciseResult(exercise_id, exercise.title, "not-yet", note=note)
    refilled = [lessons.load().exercise(blank_id) for blank_id in exercise.refills]
    results = run_tests(workspace, [exercise, *refilled])
    result = _with_refilled(results.pop(exercise_id), results.values())
    for blank_id, earlier in results.items():
        if workspace.state(blank_id) != "covered":  # a result of the reference is nobody's
            _store_result(workspace, blank_id, earlier.status == "passed")
    with suppress(SiteError, WorkspaceError):  # the card says why the app does not start
        session.site.refresh()
    passed, problem = result.status == "passed", ""
    covered = workspace.state(exercise_id) == "covered"
    if not covered:
        problem = _store_result(workspace, exercise_id, passed)
    result = replace(result, tests=tuple(map(session.source_map.in_test, result.tests)))
    if covered:
        return replace(result, note="This is the reference, not your own fill.")
    following = _next(workspace, exercise) if passed else f"Stuck? %hint {exercise_id}"
    return replace(result, note=problem or result.note, next=following)


def run_tests(workspace: Workspace, exercises: list[Exercise]) -> dict[str, ExerciseResult]:
    """Run the graded tests on fills, and a learner's own tests on the faulty apps."""
    results = runner.judge_fairly(
        workspace.folder, mutants.graded_by_tests(exercises), workspace.text
    )
    scored = [exercise.id for exercise in exercises if exercise.id in mutants.mutation_tasks()]
    if scored:
        # Imported here: it needs pytest and Flask, and most kernels never do.
        from confirmlab.checks.mutation import mutation_score

        results |= {name: mutation_score.score(name, workspace.text(name)) for name in scored}
    return results


def hint(session: LessonSession, exercise_id: str) -> str:
    """Return the next hint of an exercise; after the third, the third again."""
    exercise = lessons.load().exercise(exercise_id)
    with session.workspace.record.change() as record:
        number = min(record["hints"].get(exercise_id, 0) + 1, len(exercise.hints))
        record["hints"][exercise_id] = number
        record["read"][exercise_id] = max(number, record["read"].get(exercise_id, 0))
    return f"Hint {number} of {len(exercise.hints)}. {exercise.hints[number - 1]}"


def solution(session: LessonSession, exercise_id: str, anyway: bool = False) -> str:
    """Return the reference fill, after success or on request, and store which it was.

    Raises:
        KitError: the check has not passed, and `anyway` is not set; or there are no solutions.
    """
    lessons.load().exercise(exercise_id)
    if not solutions.may_be_shown():
        raise KitError(
            "The solutions are not part of this installation; ask your instructor for that of "
            f"{exercise_id!r}."
        )
    passed = session.workspace.state(exercise_id) == "passed"
    if not passed and not anyway:
        raise KitError(
            f"The solution of {exercise_id!r} opens when its check has passed; "
            f"to see it now, with a note in your record, run %solution {exercise_id} --anyway."
        )
    with session.workspace.record.change() as record:
        record["solutions"].setdefault(exercise_id, "after success" if passed else "on request")
    (_, reference), *refills = solutions.answer(exercise_id).items()
    return "\n\n\n".join([reference, *(f"%%fill {name}\n{text}" for name, text in refills)])


def _next(workspace: Workspace, exercise: Exercise) -> str:
    """Return a sentence with the next blank of the lesson that has not passed."""
    short = workspace.record.read()["way"].get("short", False)
    lesson = lessons.load().lesson(exercise.lesson)
    asked = [e for e in lesson.exercises if e.short or not short]
    place = asked.index(exercise) + 1 if exercise in asked else 0
    for other in asked[place:] + asked[:place]:
        if other != exercise and workspace.state(other.id) != "passed":
            return f"Next: {other.title}{'' if other.title.endswith('?') else '.'}"
    return f"Lesson {lesson.number} is done. %next shows where to go from here."


def _store_result(workspace: Workspace, exercise_id: str, passed: bool) -> str:
    """Store how a check ended; return why that was not possible, or ""."""
    try:
        workspace.store_result(exercise_id, passed)
    except WorkspaceError as error:
        return f"This result could not be recorded. {error}"
    return ""


def _with_refilled(result: ExerciseResult, earlier: Iterable[ExerciseResult]) -> ExerciseResult:
    """Return the result with a line for each refilled blank: whether its own check passes."""
    tests = tuple(map(_still_passes, earlier))
    good = result.status == "passed" and all(test.outcome == "passed" for test in tests)
    return replace(result, status="passed" if good else "failed", tests=(*result.tests, *tests))


def _still_passes(earlier: ExerciseResult) -> TestResult:
    lesson = lessons.load().exercise(earlier.exercise).lesson
    sentence = f"The check of {earlier.exercise}, from lesson {lesson}, still passes."
    first = earlier.first_failure
    if first is None:
        return TestResult(earlier.exercise, sentence, "passed", points=0)
    message = f"{first.sentence} {first.message}".strip()
    return TestResult(earlier.exercise, sentence, first.outcome, message, first.where, points=0)
