"""Grade one submission: read it, and run the graded tests on it in a sandbox."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from confirmlab.checks import runner
from confirmlab.checks.mutation import mutation_score
from confirmlab.checks.sandbox import tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import mutants
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseResult
from confirmlab.grading import baseline, reference_runs, run_result
from confirmlab.grading.baseline import NO_FOLDER, Baseline
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.run_cache import RunCache
from confirmlab.grading.run_result import RunResult
from confirmlab.grading.shared_baseline import SharedBaseline
from confirmlab.processes.jobs import End, Finished, Job
from confirmlab.submissions import reader
from confirmlab.submissions.bounded_files import shown
from confirmlab.submissions.reader import Submission

READING = 60.0  # seconds of processor time for reading one submission
KEPT = 500  # results of runs; each takes some kilobytes
_READER_MEMORY = 3_000_000_000  # bytes of address space: hostile JSON grows when it is parsed

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
        shared: SharedBaseline | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.beside = beside  # scores learners' tests while `sandbox` runs their app
        self.runs = RunCache(KEPT) if runs is None else runs  # graders of a class share it
        self.baseline = known
        self.shared = shared or SharedBaseline(known)
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
        damage = submission.damage
        if submission.status == "ok":
            status, sentence, exercises = self._grade_fills(submission)
        else:
            status, sentence, exercises = submission.status, damage[0], ()
            damage = damage[1:]
        seconds = round(time.monotonic() - began, 2)
        kind = self.sandbox.kind
        return Grade(learner, status, sentence, exercises, damage, seconds, kind)

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
        scores = _deferred(lambda: self._score_suites(fills), at_once=self.beside is not None)
        if self.shared.is_busy:
            scores()  # while another worker measures the reference
        self.baseline = self.shared.extend(self.sandbox, filled)
        app = self._run_tests(self.baseline.fills_of_other_lessons | fills, filled)
        alarms = list(app.alarms)
        # After tampering no result of this run is believed, whichever exercise it is about.
        in_full_app = dict(app.results)
        if alarms:
            in_full_app = {exercise.id: run_result.void(exercise, alarms[0]) for exercise in filled}
        again = reference_runs.run_failed(asked, in_full_app, submission, self._run_tests)
        alarms += again.alarms
        for score in scores():
            in_full_app |= score.results
            alarms += score.alarms
        exercises = tuple(
            replace(
                _exercise_grade(exercise, fills, in_full_app, again.results),
                effort=submission.efforts.get(exercise.id),
            )
            for exercise in asked
        )
        return *_status(app.end, alarms, self.baseline.limit(filled)), exercises

    def _run_tests(self, fills: dict[str, str], exercises: list[Exercise]) -> RunResult:
        """Return the result of the tests on an app; equal apps are run once."""
        if not exercises:
            return RunResult({}, End.DONE, ())
        key = frozenset(fills.items()), tuple(exercise.id for exercise in exercises)
        return self.runs.get(key, lambda: self._run_app(fills, exercises), run_result.is_certain)

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
            finished = tasks.run_app_and_tests(self.sandbox, job)
            alarms += run_result.alarms(finished)
            results.append(runner.read_results(chosen, finished, expected))
            ends.append(finished.end)
        end = next((end for end in ends if end != End.DONE), End.DONE)
        return RunResult(_merged_results(exercises, results), end, tuple(dict.fromkeys(alarms)))

    def _score_suites(self, fills: Mapping[str, str]) -> Scores:
        """Return the score of each learner's tests; equal tests are scored once."""
        tasks = [e for e in self.baseline.exercises if e.id in mutants.mutation_tasks()]
        return [
            self.runs.get(
                (e.id, fills[e.id]), partial(self._score, e, fills[e.id]), run_result.is_certain
            )
            for e in tasks
            if e.id in fills
        ]

    def _score(self, exercise: Exercise, suite: str) -> RunResult:
        """Score the tests that fill the blank of an exercise."""
        alarms: list[str] = []

        def run_jobs(jobs: list[Job]) -> Iterator[tuple[int, Finished]]:
            for number, job in enumerate(jobs):
                finished = (self.beside or self.sandbox).run(job)
                alarms.extend(run_result.alarms(finished))
                yield number, finished

        result = mutation_score.score(exercise.id, suite, run_jobs, shares=1)
        result = run_result.void(exercise, alarms[0]) if alarms else result
        return RunResult({exercise.id: result}, End.DONE, tuple(alarms))


def _deferred(work: Callable[[], Scores], at_once: bool) -> Callable[[], Scores]:
    """Return a function that does the work once and returns its result; `at_once` starts it now."""
    if not at_once:
        return cache(work)
    done: Future[Scores] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()  # Ctrl-C does not wait for it
    return done.result


def _merged_results(
    exercises: list[Exercise], runs: list[dict[str, ExerciseResult]]
) -> dict[str, ExerciseResult]:
    """Return one result for each exercise, with the tests of all runs."""
    joined = {}
    for exercise in exercises:
        tests = tuple(test for run in runs if exercise.id in run for test in run[exercise.id].tests)
        status = "passed" if all(test.outcome == "passed" for test in tests) else "failed"
        joined[exercise.id] = ExerciseResult(exercise.id, exercise.title, status, tests)
    return joined


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
