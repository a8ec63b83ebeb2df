"""Grade one submission: read it, and run the graded tests on it in a sandbox."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from confirmlab.checks import mutation_score, runner
from confirmlab.checks.sandbox import tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseGrade, ExerciseResult, Grade, TestResult
from confirmlab.grading import baseline
from confirmlab.grading.baseline import NO_FOLDER, Baseline
from confirmlab.grading.run_cache import RunCache
from confirmlab.processes.jobs import End, Finished, Job
from confirmlab.submissions import reader
from confirmlab.submissions.bounded_files import shown
from confirmlab.submissions.reader import Submission

READING = 60.0  # seconds of processor time for reading one submission
KEPT = 500  # results of runs; each takes some kilobytes
_READER_MEMORY = 3_000_000_000  # bytes of address space: hostile JSON grows when it is parsed


@dataclass(frozen=True)
class RunResult:
    """The results of one run by exercise, how it ended, and the signs of tampering."""

    results: dict[str, ExerciseResult]
    end: End
    alarms: tuple[str, ...]


Scores = list[RunResult]  # one for each exercise that asks for tests


def new_reader() -> Sandbox:
    """Return a sandbox in which submissions are read."""
    # It must see the submitted files and runs no code of a learner's, so limits are enough.
    return Sandbox("limits", "confirmlab.submissions.preload", trusted=True, memory=_READER_MEMORY)


class Grader:
    """Grades submissions one after the other, in sandboxed processes."""

    def __init__(
        self,
        sandbox: Sandbox,
        known: Baseline,
        reader: Sandbox | None = None,
        runs: RunCache[RunResult] | None = None,
        beside: Sandbox | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.beside = beside  # scores learners' tests while `sandbox` runs their app
        self.runs = RunCache(KEPT) if runs is None else runs  # graders of a class share it
        self.baseline = known
        self.reader = reader or new_reader()  # several graders may share one
        for box in (self.reader, self.sandbox, self.sandbox.partner, self.beside):
            if box is not None:
                box.warm_up()

    def __repr__(self) -> str:
        return f"<Grader in {self.sandbox.kind}>"

    def close(self) -> None:
        """End the processes of the sandboxes."""
        self.sandbox.close()
        self.reader.close()
        if self.beside is not None:
            self.beside.close()

    def grade(self, learner: str, paths: Iterable[Path]) -> Grade:
        """Return the grade of what one learner handed in."""
        began = time.monotonic()
        submission = self._read(learner, [str(path) for path in paths])
        if submission.status == "ok":
            status, sentence, exercises = self._grade_fills(submission)
        else:
            status, sentence, exercises = submission.status, submission.damage[0], ()
        seconds = round(time.monotonic() - began, 2)
        kind = self.sandbox.kind
        return Grade(learner, status, sentence, exercises, submission.damage, seconds, kind)

    def _read(self, learner: str, paths: list[str]) -> Submission:
        task = {"learner": learner, "paths": paths}
        finished = self.reader.run(Job(reader.send_submission, task, NO_FOLDER, READING))
        if finished.end != End.DONE:
            names = ", ".join(shown(Path(path).name) for path in paths[:3])
            problem = f"Reading {names} took too much time or memory; open it by hand."
            return Submission(learner, {}, (problem,), "unreadable")
        return reader.from_messages(learner, finished.messages)

    def _grade_fills(self, submission: Submission) -> tuple[str, str, tuple[ExerciseGrade, ...]]:
        """Return the status, its sentence, and the grade of each exercise."""
        fills, asked = submission.fills, self.baseline.exercises
        filled = [exercise for exercise in mutants.graded_by_tests(asked) if exercise.id in fills]
        scores = _begun(lambda: self._score_suites(fills), at_once=self.beside is not None)
        self.baseline = baseline.extend(self.baseline, self.sandbox, filled)
        app = self._run_tests(fills, filled)
        alarms = list(app.alarms)
        # After tampering no result of this run is believed, whichever exercise it is about.
        in_full_app = dict(app.results)
        if alarms:
            in_full_app = {exercise.id: _void(exercise, alarms[0]) for exercise in filled}
        in_reference_app: dict[str, ExerciseResult] = {}
        for exercise in filled:
            failed = in_full_app[exercise.id].status == "failed"
            if failed and _may_fail_through_another(exercise, in_full_app, fills):
                result, more = self._run_in_reference_app(exercise, submission)
                in_reference_app[exercise.id] = result
                alarms += more
        for score in scores():
            in_full_app |= score.results
            alarms += score.alarms
        exercises = tuple(
            replace(
                _exercise_grade(exercise, fills, in_full_app, in_reference_app),
                effort=submission.efforts.get(exercise.id),
            )
            for exercise in asked
        )
        return *_status(app.end, alarms, self.baseline.limit(filled)), exercises

    def _run_in_reference_app(
        self, exercise: Exercise, submission: Submission
    ) -> tuple[ExerciseResult, tuple[str, ...]]:
        """Run one fill in reference apps until it passes in one; return the best result."""
        best: ExerciseResult | None = None
        for fills, note in _reference_apps(exercise, submission):
            app = self._run_tests(fills, [exercise])
            if app.alarms:
                return _void(exercise, app.alarms[0]), app.alarms
            result = replace(app.results[exercise.id], note=note)
            if best is None or result.score > best.score:
                best = result
            if best.status == "passed":
                break
        assert best is not None  # _reference_apps returns at least one app
        return best, ()

    def _run_tests(self, fills: dict[str, str], exercises: list[Exercise]) -> RunResult:
        """Return the result of the tests on an app; equal apps are run once."""
        if not exercises:
            return RunResult({}, End.DONE, ())
        key = frozenset(fills.items()), tuple(exercise.id for exercise in exercises)
        return self.runs.get(key, lambda: self._run_app(fills, exercises), _is_certain)

    def _run_app(self, fills: dict[str, str], exercises: list[Exercise]) -> RunResult:
        """Run the kit's own tests on an app, and in a second run the hidden tests."""
        alarms: list[str] = []
        ends, results = [], []
        for test_files in baseline.suites(self.baseline.hidden):
            expected = [t for t in self.baseline.tests if t["hidden"] == bool(test_files)]
            tested = {test["exercise"] for test in expected}
            chosen = [exercise for exercise in exercises if exercise.id in tested]
            if not chosen:
                continue
            job = baseline.grading_job(fills, chosen, test_files, self.baseline.limit(chosen))
            finished = tasks.judged(self.sandbox, job)
            alarms += _alarms(finished)
            results.append(runner.read_results(chosen, finished, job.seconds, expected))
            ends.append(finished.end)
        end = next((end for end in ends if end != End.DONE), End.DONE)
        return RunResult(_joined(exercises, results), end, tuple(dict.fromkeys(alarms)))

    def _score_suites(self, fills: Mapping[str, str]) -> Scores:
        """Return the score of each learner's tests; equal tests are scored once."""
        tasks = [e for e in self.baseline.exercises if e.id in mutants.mutation_tasks()]
        return [
            self.runs.get((e.id, fills[e.id]), partial(self._score, e, fills[e.id]), _is_certain)
            for e in tasks
            if e.id in fills
        ]

    def _score(self, exercise: Exercise, suite: str) -> RunResult:
        """Score the tests that fill the blank of an exercise."""
        alarms: list[str] = []

        def run_jobs(jobs: list[Job]) -> Iterator[tuple[int, Finished]]:
            for number, job in enumerate(jobs):
                finished = (self.beside or self.sandbox).run(job)
                alarms.extend(_alarms(finished))
                yield number, finished

        result = mutation_score.score(exercise.id, suite, run_jobs, shares=1)
        result = _void(exercise, alarms[0]) if alarms else result
        return RunResult({exercise.id: result}, End.DONE, tuple(alarms))


def _begun(work: Callable[[], Scores], at_once: bool) -> Callable[[], Scores]:
    """Return a function that returns the result of the work; `at_once` starts it in a thread."""
    if not at_once:
        return work
    done: Future[Scores] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()  # Ctrl-C does not wait for it
    return done.result


def _is_certain(result: RunResult) -> bool:
    # A process that died or raised an alarm may have been hurt by something else.
    return result.end != End.DIED and not result.alarms


def _alarms(finished: Finished) -> list[str]:
    return [message["alarm"] for message in finished.messages if "alarm" in message]


def _may_fail_through_another(
    exercise: Exercise, results: Mapping[str, ExerciseResult], fills: Mapping[str, str]
) -> bool:
    """Return whether another blank, one that failed or was not run, may cause this failure."""
    if len(lessons.load().together(exercise.id)) > 1 or results[exercise.id].has_run_short:
        return True
    others = [e for e in mutants.graded_by_tests(lessons.load().exercises) if e.id != exercise.id]
    near = [e for e in others if e.lesson <= lessons.load().finished or e.id in fills]
    return any(e.id not in results or results[e.id].status != "passed" for e in near)


def _reference_apps(exercise: Exercise, submission: Submission) -> list[tuple[dict[str, str], str]]:
    """Return the fills of the reference apps for one exercise, each with a note for the learner.

    If the submission also fills the blank in a later lesson, the text may fit the hardened app or
    the one before it, so there are several apps.
    """
    fills = skeleton.stubs() | submission.fills
    apps = [(given, "") for given in runner.surroundings(exercise, fills.__getitem__)]
    refilled_by = lessons.load().refilled_by(exercise.id)
    if not any(later.id in submission.fills for later in refilled_by):
        return apps[:1]
    if exercise.id in submission.earlier:
        earlier = {exercise.id: submission.earlier[exercise.id]}
        note = "What counts is the text in the notebook of the earlier lesson."
        apps.append((solutions.finished() | earlier, note))
    return apps


def _joined(
    exercises: list[Exercise], runs: list[dict[str, ExerciseResult]]
) -> dict[str, ExerciseResult]:
    """Return one result for each exercise, with the tests of all runs."""
    joined = {}
    for exercise in exercises:
        tests = tuple(test for run in runs if exercise.id in run for test in run[exercise.id].tests)
        status = "passed" if all(test.outcome == "passed" for test in tests) else "failed"
        joined[exercise.id] = ExerciseResult(exercise.id, exercise.title, status, tests)
    return joined


def _void(exercise: Exercise, alarm: str) -> ExerciseResult:
    """Return the result of an exercise whose run does not count because of tampering."""
    sentence = "The code does what the exercise asks, and no more."
    test = TestResult("alarm", sentence, "error", f"The run does not count: {alarm}.")
    return ExerciseResult(exercise.id, exercise.title, "failed", (test,))


def _exercise_grade(
    exercise: Exercise,
    fills: Mapping[str, str],
    in_full_app: Mapping[str, ExerciseResult],
    in_reference_app: Mapping[str, ExerciseResult],
) -> ExerciseGrade:
    untouched = ExerciseGrade.untouched(exercise)
    if exercise.id not in fills:
        return untouched
    grade = replace(
        untouched,
        in_full_app=in_full_app[exercise.id],
        in_reference_app=in_reference_app.get(exercise.id),
        fill=fills[exercise.id],
    )
    return grade if grade.status == "passed" else replace(grade, hint=exercise.hints[1])


def _status(end: End, alarms: list[str], seconds: float) -> tuple[str, str]:
    if alarms:
        signs = "; ".join(dict.fromkeys(alarms))
        return "tampered", (
            f"Possible tampering with the grading: {signs}. The affected exercises score 0. Review "
            "the code before you contact the learner."
        )
    if end == End.TIMEOUT:
        return "timeout", (
            f"The app used more than {seconds:g} seconds and was stopped, so each exercise was "
            "graded by itself in the finished app."
        )
    if end == End.DIED:
        return "crashed", (
            "The app's process ended during its tests, so each exercise that had not passed by "
            "then was graded by itself in the finished app."
        )
    return "graded", "Everything that was handed in was graded."
