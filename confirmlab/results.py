"""Hold what a test, an exercise and a lesson came to; every report is a view of this."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TestResult:
    """Hold how one graded test ended: passed, failed, error, timeout or not-run."""

    __test__ = False  # its name looks like a test class to pytest

    name: str
    sentence: str
    outcome: str
    message: str = ""
    where: str = ""
    points: int = 1

    def __repr__(self) -> str:
        return f"<TestResult {self.outcome}: {self.sentence}>"


@dataclass(frozen=True)
class ExerciseResult:
    """Hold how one exercise stands: passed, failed or not-yet."""

    exercise: str
    title: str
    status: str
    tests: tuple[TestResult, ...] = ()
    note: str = ""
    next: str = ""

    @property
    def first_failure(self) -> TestResult | None:
        """Name the most basic test that did not pass; one that ran goes before one that did not."""
        failed = [test for test in self.tests if test.outcome != "passed"]
        ran = [test for test in failed if test.outcome != "not-run"]
        return next(iter(ran or failed), None)

    @property
    def score(self) -> float:
        """Give the share of the points that was reached, from 0 to 1."""
        total = sum(test.points for test in self.tests)
        reached = sum(test.points for test in self.tests if test.outcome == "passed")
        return reached / total if total else 0.0

    def __repr__(self) -> str:
        return f"<ExerciseResult {self.exercise}: {self.status}>"


@dataclass(frozen=True)
class LessonState:
    """Hold where a learner stands in one lesson; exercises are (id, title, state)."""

    number: str
    title: str
    state: str
    done: int
    total: int
    points: int
    points_total: int
    minutes_left: int
    exercises: tuple[tuple[str, str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<LessonState {self.number}: {self.done} of {self.total}>"
