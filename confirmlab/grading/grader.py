"""Grade one submission: read it, judge it behind walls, whole and alone, and say what happened."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from confirmlab.checks import mutation_score
from confirmlab.checks import runner as checks
from confirmlab.checks.sandbox import tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseGrade, ExerciseResult, Grade, TestResult
from confirmlab.grading.baseline import NOWHERE, Standard, extended, job_for, kinds
from confirmlab.processes.jobs import Finished, Job
from confirmlab.submissions import reader as submission
from confirmlab.submissions.bounded_files import shown
from confirmlab.submissions.reader import Submission

READING = 60.0  # seconds of the processor for reading one submission
_LARGE = 3_000_000_000  # bytes of address space for reading: hostile JSON grows when it is read


@dataclass(frozen=True)
class Verdict:
    """Hold what an app came to: a result for each exercise, how the run ended, what alarmed."""

    results: dict[str, ExerciseResult]
    end: str
    alarms: tuple[str, ...]


def new_reader() -> Sandbox:
    """Give the sandbox in which submissions are read."""
    # It runs nothing of the learner's, and must see the files; so limits are enough.
    return Sandbox("limits", "confirmlab.submissions.preload", trusted=True, memory=_LARGE)


class Grader:
    """Grade one submission after the other, each in processes of its own."""

    def __init__(self, sandbox: Sandbox, standard: Standard, reader: Sandbox | None = None) -> None:
        self.sandbox = sandbox
        self.standard = standard
        self.reader = reader or new_reader()  # several graders may share one
        for box in (self.reader, self.sandbox, self.sandbox.partner):
            box.warm_up()

    def __repr__(self) -> str:
        return f"<Grader behind {self.sandbox.kind}>"

    def close(self) -> None:
        """End the processes that it holds."""
        self.sandbox.close()
        self.reader.close()

    def grade(self, learner: str, paths: Iterable[Path]) -> Grade:
        """Grade what one learner handed in."""
        began = time.monotonic()
        found = self._read(learner, [str(path) for path in paths])
        if found.status == "ok":
            status, sentence, exercises = self._judge(found)
        else:
            status, sentence, exercises = found.status, found.damage[0], ()
        seconds = round(time.monotonic() - began, 2)
        return Grade(learner, status, sentence, exercises, found.damage, seconds, self.sandbox.kind)

    def _read(self, learner: str, paths: list[str]) -> Submission:
        task = {"learner": learner, "paths": paths}
        finished = self.reader.run(Job(submission.tell, task, NOWHERE, READING))
        if finished.end != "done":
            names = ", ".join(shown(Path(path).name) for path in paths[:3])
            problem = f"Reading {names} took too much time or memory; look at it."
            return Submission(learner, {}, (problem,), "unreadable")
        told = finished.messages
        fills = {m["fill"]: m["text"] for m in told if "fill" in m}
        earlier = {m["earlier"]: m["text"] for m in told if "earlier" in m}
        return Submission(learner, fills, tuple(told[-1]["damage"]), told[-1]["status"], earlier)

    def _judge(self, found: Submission) -> tuple[str, str, tuple[ExerciseGrade, ...]]:
        fills = found.fills
        asked = self.standard.exercises
        filled = [exercise for exercise in mutants.others(asked) if exercise.id in fills]
        self.standard = extended(self.standard, self.sandbox, filled)
        verdict = self._verdict(fills, filled)
        alarms = list(verdict.alarms)
        # What a bent run says is not believed, not even what it says of others.
        whole = {e.id: _void(e, alarms[0]) for e in filled} if alarms else verdict.results
        alone: dict[str, ExerciseResult] = {}
        for exercise in filled:
            if whole[exercise.id].status == "failed" and _elsewhere(exercise, whole, fills):
                alone[exercise.id], said = self._alone(exercise, found)
                alarms += said
        for name in (exercise.id for exercise in asked if exercise.id in mutants.TRIALS):
            if name in fills:
                whole[name], said = self._scored(name, fills[name])
                alarms += said
        exercises = tuple(_exercise_grade(one, fills, whole, alone) for one in asked)
        return *_status(verdict.end, alarms, self.standard.limit(filled)), exercises

    def _alone(
        self, exercise: Exercise, found: Submission
    ) -> tuple[ExerciseResult, tuple[str, ...]]:
        """Judge one fill in finished apps, until it passes in one; the best result counts."""
        best: ExerciseResult | None = None
        for fills, note in _apps(exercise, found):
            verdict = self._verdict(fills, [exercise])
            if verdict.alarms:
                return _void(exercise, verdict.alarms[0]), verdict.alarms
            result = replace(verdict.results[exercise.id], note=note)
            if best is None or result.score > best.score:
                best = result
            if best.status == "passed":
                break
        assert best is not None  # there is always one app at least
        return best, ()

    def _verdict(self, fills: dict[str, str], exercises: list[Exercise]) -> Verdict:
        """Judge an app by the tests that learners have, and by the hidden ones, each in a run."""
        if not exercises:
            return Verdict({}, "done", ())
        alarms: list[str] = []
        ends, results = [], []
        for texts in kinds(self.standard.hidden):
            expected = [test for test in self.standard.tests if test["hidden"] == bool(texts)]
            tested = {test["exercise"] for test in expected}
            chosen = [exercise for exercise in exercises if exercise.id in tested]
            if not chosen:
                continue
            job = job_for(fills, chosen, texts, self.standard.limit(chosen))
            finished = tasks.judged(self.sandbox, job)
            alarms += [m["alarm"] for m in finished.messages if "alarm" in m]
            results.append(checks.read_results(chosen, finished, job.seconds, expected))
            ends.append(finished.end)
        end = next((end for end in ends if end != "done"), "done")
        return Verdict(_joined(exercises, results), end, tuple(dict.fromkeys(alarms)))

    def _scored(self, exercise_id: str, suite: str) -> tuple[ExerciseResult, tuple[str, ...]]:
        alarms: list[str] = []

        def runner(jobs: list[Job]) -> Iterator[tuple[int, Finished]]:
            for place, job in enumerate(jobs):
                finished = self.sandbox.run(job)
                alarms.extend(m["alarm"] for m in finished.messages if "alarm" in m)
                yield place, finished

        result = mutation_score.score(exercise_id, suite, runner, shares=1)
        if alarms:
            return _void(lessons.load().exercise(exercise_id), alarms[0]), tuple(alarms)
        return result, ()


def _elsewhere(
    exercise: Exercise, whole: Mapping[str, ExerciseResult], fills: Mapping[str, str]
) -> bool:
    """Return whether another exercise, one not known to pass, may be the cause of a failure."""
    if len(lessons.load().together(exercise.id)) > 1 or whole[exercise.id].has_run_short:
        return True
    others = [e for e in mutants.others(lessons.load().exercises) if e.id != exercise.id]
    near = [e for e in others if e.lesson <= solutions.FINISHED or e.id in fills]
    return any(e.id not in whole or whole[e.id].status != "passed" for e in near)


def _apps(exercise: Exercise, found: Submission) -> list[tuple[dict[str, str], str]]:
    """Give the fills of the apps in which an exercise is judged alone, and what to say of each."""
    fills = skeleton.stubs() | found.fills
    apps = [(given, "") for given in checks.surroundings(exercise, fills.__getitem__)]
    if not any(later.id in found.fills for later in lessons.load().refilled_by(exercise.id)):
        return apps[:1]  # it was never filled anew, so it is no hardened text
    if exercise.id in found.earlier:
        given = solutions.fills(solutions.FINISHED) | {exercise.id: found.earlier[exercise.id]}
        apps.append((given, "What counts is the text in the notebook of the earlier lesson."))
    return apps


def _joined(
    exercises: list[Exercise], runs: list[dict[str, ExerciseResult]]
) -> dict[str, ExerciseResult]:
    """Make one result of those of the runs with and without the hidden tests."""
    joined = {}
    for exercise in exercises:
        tests = tuple(test for run in runs if exercise.id in run for test in run[exercise.id].tests)
        status = "passed" if all(test.outcome == "passed" for test in tests) else "failed"
        joined[exercise.id] = ExerciseResult(exercise.id, exercise.title, status, tests)
    return joined


def _void(exercise: Exercise, alarm: str) -> ExerciseResult:
    sentence = "The code does what the exercise asks, and no more."
    test = TestResult("alarm", sentence, "error", f"The run does not count: {alarm}.")
    return ExerciseResult(exercise.id, exercise.title, "failed", (test,))


def _exercise_grade(
    exercise: Exercise,
    fills: Mapping[str, str],
    whole: Mapping[str, ExerciseResult],
    alone: Mapping[str, ExerciseResult],
) -> ExerciseGrade:
    if exercise.id not in fills:
        return ExerciseGrade.untouched(exercise)
    found, apart = whole[exercise.id], alone.get(exercise.id)
    untouched = ExerciseGrade.untouched(exercise)
    entry = replace(untouched, whole=found, alone=apart, fill=fills[exercise.id])
    return entry if entry.status == "passed" else replace(entry, hint=exercise.hints[1])


def _status(end: str, alarms: list[str], seconds: float) -> tuple[str, str]:
    if alarms:
        said = "; ".join(dict.fromkeys(alarms))
        return "tampered", (
            f"The code meddled with its own grading: {said}. What it touched earned nothing; "
            "please look at it before you speak with the learner."
        )
    if end == "timeout":
        return "timeout", (
            f"The app ran for more than {seconds:g} seconds and was ended; so each exercise was "
            "judged alone, in the finished app."
        )
    if end == "died":
        return "crashed", (
            "The process of the app ended in the middle of its tests; so each exercise that had "
            "not passed by then was judged alone, in the finished app."
        )
    return "graded", "All that was handed in was judged."
