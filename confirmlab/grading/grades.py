"""Grades of an exercise and of a submission, and their form in results.jsonl."""

from dataclasses import asdict, dataclass
from typing import Any

from confirmlab.course.lessons import Exercise
from confirmlab.course.results import Effort, ExerciseResult, TestResult

# Still true after the instructor has looked, since it also mentions points by hand.
_REVIEW = (
    "Some runs of your code do not count. This is no verdict: your instructor looks at the "
    "affected exercises, and can give points for them by hand."
)


@dataclass(frozen=True)
class ExerciseGrade:
    """The points of one exercise, from one or two runs of its tests.

    The first run is in the learner's full app. A fill that fails there may run again in the
    reference app, where all other blanks hold the reference's fills; the better result counts.
    """

    exercise: str
    title: str
    lesson: str
    out_of: float
    in_full_app: ExerciseResult
    in_reference_app: ExerciseResult | None = None
    fill: str = ""  # the learner's text; empty if the blank is open
    hint: str = ""
    optional: bool = False  # extra: without it nobody loses points
    override: float | None = None  # points that the instructor set by hand
    comment: str = ""  # the instructor's comment
    effort: Effort | None = None  # None without a record

    @classmethod
    def untouched(cls, exercise: Exercise, note: str = "") -> "ExerciseGrade":
        """Return the grade of an exercise that was not run."""
        result = ExerciseResult(exercise.id, exercise.title, "not-yet", note=note)
        return cls(exercise.id, exercise.title, exercise.lesson, exercise.points, result)

    @property
    def best(self) -> ExerciseResult:
        """Return the better result, so that a mistake in another blank costs nothing."""
        if self.in_reference_app is None or self.in_reference_app.score <= self.in_full_app.score:
            return self.in_full_app
        return self.in_reference_app

    @property
    def points(self) -> float:
        """Return the earned points, rounded to hundredths."""
        if self.override is not None:
            return self.override
        return round(self.out_of * self.best.score, 2)

    @property
    def status(self) -> str:
        """Return passed, partly, failed or open."""
        if self.override is not None and self.override >= self.out_of:
            return "passed"
        if self.override:
            return "partly"
        if self.best.status == "not-yet":
            return "open"
        if self.best.status == "passed" and self.override is None:
            return "passed"
        return "partly" if self.points else "failed"

    def __repr__(self) -> str:
        return f"<ExerciseGrade {self.exercise}: {self.points:g} of {self.out_of}>"


@dataclass(frozen=True)
class Grade:
    """The result of one submission.

    The status is graded, no-submission, unreadable, crashed, timeout or tampered, never a bare 0.
    """

    learner: str
    status: str
    sentence: str  # explains the status to the instructor
    exercises: tuple[ExerciseGrade, ...] = ()
    damage: tuple[str, ...] = ()  # notes about the files
    seconds: float = 0.0
    sandbox: str = ""  # bwrap or limits
    content: str = ""  # hash of what was handed in
    suite: str = ""  # hash of what it was graded with
    penalty: float = 0.0  # percent of the points that are taken off
    extra_counts: bool = False  # points of optional exercises make up for lost ones
    notes: tuple[str, ...] = ()  # decisions about this learner, such as a late penalty
    name: str = ""  # in the roster
    number: str = ""
    login: str = ""
    email: str = ""

    @property
    def points(self) -> float:
        """Return the points of all exercises that are not optional, less the late penalty."""
        earned = sum(exercise.points for exercise in self.exercises if not exercise.optional)
        if self.extra_counts:
            earned = max(earned, min(earned + self.extra, self.out_of))
        return round(earned * (1 - self.penalty / 100), 2)

    @property
    def percent(self) -> float:
        """Return the share of the points in percent; 0 where nothing could be earned."""
        return min(100.0, 100 * self.points / self.out_of) if self.out_of else 0.0

    @property
    def extra(self) -> float:
        """Return the points that optional exercises earned."""
        return round(sum(exercise.points for exercise in self.exercises if exercise.optional), 2)

    @property
    def out_of(self) -> float:
        """Return the most points that the exercises can earn, without optional ones."""
        return sum(exercise.out_of for exercise in self.exercises if not exercise.optional)

    @property
    def extra_out_of(self) -> float:
        """Return the most points that optional exercises can earn."""
        return sum(exercise.out_of for exercise in self.exercises if exercise.optional)

    @property
    def sentence_for_learner(self) -> str:
        """Return the sentence that explains the status to the learner, and accuses nobody."""
        return _REVIEW if self.status == "tampered" else self.sentence

    def __repr__(self) -> str:
        return f"<Grade {self.status}: {self.points:g} of {self.out_of}>"


# Keys of results.jsonl in folders that earlier versions wrote.
_OLD_NAMES = {"in_full_app": "whole", "in_reference_app": "alone"}


def to_json(grade: Grade) -> dict[str, Any]:
    """Return a grade as plain values, with its computed points and statuses."""
    values = asdict(grade)
    for entry, exercise in zip(values["exercises"], grade.exercises, strict=True):
        entry |= {"points": exercise.points, "status": exercise.status}
    return values | {"points": grade.points, "out_of": grade.out_of}


def from_json(values: dict[str, Any]) -> Grade:
    """Build a grade from plain values."""
    given = {key: values[key] for key in Grade.__dataclass_fields__ if key in values}
    given["exercises"] = tuple(_exercise_grade(entry) for entry in values["exercises"])
    lists = {key: tuple(values.get(key, ())) for key in ("damage", "notes")}
    return Grade(**given | lists)


def _exercise_grade(values: dict[str, Any]) -> ExerciseGrade:
    given = {key: values[key] for key in ExerciseGrade.__dataclass_fields__ if key in values}
    for name, old_name in _OLD_NAMES.items():
        found = values.get(name, values.get(old_name))
        given[name] = found and _exercise_result(found)
    given["effort"] = Effort(**values["effort"]) if values.get("effort") else None
    return ExerciseGrade(**given)


def _exercise_result(values: dict[str, Any]) -> ExerciseResult:
    tests = tuple(TestResult(**test) for test in values["tests"])
    return ExerciseResult(**values | {"tests": tests})
