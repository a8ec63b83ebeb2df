"""The result of one run of graded tests on a submitted app."""

from dataclasses import dataclass

from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.processes.jobs import End, Finished


@dataclass(frozen=True)
class RunResult:
    """The results of one run by exercise, how it ended, and the signs of tampering."""

    results: dict[str, ExerciseResult]
    end: End
    alarms: tuple[str, ...]


def is_certain(result: RunResult) -> bool:
    """Return whether the same app would get the same result again.

    A process that died or raised an alarm may have failed for a reason outside of the app.
    """
    return result.end != End.DIED and not result.alarms


def alarms(finished: Finished) -> list[str]:
    """Return the signs of tampering that a job reported."""
    return [message["alarm"] for message in finished.messages if "alarm" in message]


def void(exercise: Exercise, alarm: str) -> ExerciseResult:
    """Return the result of an exercise whose run does not count because of tampering."""
    sentence = "The code does what the exercise asks, and no more."
    test = TestResult("alarm", sentence, "error", f"The run does not count: {alarm}.")
    return ExerciseResult(exercise.id, exercise.title, "failed", (test,))
