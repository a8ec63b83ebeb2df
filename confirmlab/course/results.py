"""Results of a test and of an exercise, which cards and reports show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TestResult:
    """How one graded test ended: passed, failed, error, timeout or not-run."""

    __test__ = False  # its name looks like a test class to pytest

    name: str
    sentence: str
    outcome: str
    message: str = ""
    where: str = ""
    points: int = 1
    hidden: bool = False  # learners see its sentence or name, and its outcome
    required: bool = False  # without this test the exercise earns nothing
    cap: float = 1.0  # the largest share that the exercise earns if this fails

    def __repr__(self) -> str:
        return f"<TestResult {self.outcome}: {self.sentence}>"


@dataclass(frozen=True)
class ExerciseResult:
    """The state of one exercise: passed, failed or not-yet."""

    exercise: str
    title: str
    status: str
    tests: tuple[TestResult, ...] = ()
    note: str = ""
    next: str = ""
    lost: int = 0  # points subtracted from what its tests earned

    @property
    def first_failure(self) -> TestResult | None:
        """Return the most basic test that failed, or None; tests that did not run come last."""
        failed = [test for test in self.tests if test.outcome != "passed"]
        ran = [test for test in failed if test.outcome != "not-run"]
        return next(iter(ran or failed), None)

    @property
    def has_run_short(self) -> bool:
        """Return whether some of its tests did not run, or tampering voided the run."""
        return any(test.outcome == "not-run" or test.name == "alarm" for test in self.tests)

    @property
    def score(self) -> float:
        """Return the share of the points that was earned, from 0 to 1."""
        total = sum(test.points for test in self.tests)
        missed = [test for test in self.tests if test.outcome != "passed"]
        if not total or any(test.required for test in missed):
            return 0.0
        lost = sum(test.points for test in missed) + self.lost
        share = max(1 - lost / total, 0.0)
        return min([share, *(test.cap for test in missed)])

    def __repr__(self) -> str:
        return f"<ExerciseResult {self.exercise}: {self.status}>"


@dataclass(frozen=True)
class Effort:
    """A learner's hints and attempts, from the record in my_app; they do not change the points."""

    hints: int = 0  # hints that were read
    attempts: int = 0  # different texts that were checked up to the first pass
    first_passed: str = ""  # day of the first pass, as 2026-03-01

    def __repr__(self) -> str:
        return f"<Effort: {self.hints} hints, {self.attempts} attempts>"
