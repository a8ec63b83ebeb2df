"""Show an instructor how a class did; only a line a learner is kept of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any, NamedTuple

from confirmlab.base import templating
from confirmlab.base.text import visible
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseGrade, Grade
from confirmlab.grading.reports.feedback import MARKS, STATUSES

MOST_ROWS = 200  # a longer table nobody reads, and a browser takes its time over
_BANDS = 10
_MOST_FAILURES = 25
_SLOWEST = 5
_FEWEST = 3  # learners in a third; fewer tell nothing
_LONGEST_NAME = 60
_LONGEST_MESSAGE = 300


class Line(NamedTuple):
    """What is kept of one learner: for each exercise its mark and its share in percent."""

    learner: str
    page: str
    status: str
    points: float
    out_of: float
    marks: tuple[str, ...]
    shares: bytes
    seconds: float

    @property
    def share(self) -> float:
        """Return the share of the points, or -1 where nothing was graded."""
        return self.points / self.out_of if self.out_of else -1.0


@dataclass
class Failure:
    """How often a requirement was not met, and what was seen in one submission."""

    exercise: str
    sentence: str
    hidden: bool
    count: int = 0
    example: str = ""
    missed: set[int] = field(default_factory=set)  # by whom, as they came

    def rank(self) -> tuple[int, int, str]:
        """Return the sort key: most frequent first, then in the order of the course."""
        return -self.count, _places()[self.exercise], self.sentence


@dataclass
class Overview:
    """Collects a class, one grade after the other."""

    lines: list[Line] = field(default_factory=list)
    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)
    sandboxes: Counter[str] = field(default_factory=Counter)

    def __repr__(self) -> str:
        return f"<Overview of {len(self.lines)} learners>"

    def add(self, grade: Grade, page: str) -> None:
        """Add one learner; `page` is the feedback page, relative to the overview."""
        self.sandboxes[grade.sandbox] += bool(grade.sandbox)
        self.lines.append(_line(grade, page))
        for exercise in grade.exercises:
            self._count(exercise, grade.learner)

    def page(self) -> str:
        """Return the page; it does not depend on the order of the grades."""
        lines = sorted(self.lines, key=lambda line: (line.status == "graded", line.share, line))
        graded = [line for line in lines if line.out_of]
        exercises = _exercises(lines)
        tried = {entry["id"]: entry["tried"] for entry in exercises}
        failures = sorted(self.failures.values(), key=Failure.rank)
        return templating.document(
            "overview.html",
            lines=lines[:MOST_ROWS],
            learners=len(lines),
            graded=len(graded),
            statuses=_counted(Counter(line.status for line in lines), STATUSES),
            exercises=exercises,
            bands=_bands(graded) if len(lines) > MOST_ROWS else [],
            failures=[
                (f, f.count / tried[f.exercise], self._discrimination(f))
                for f in failures[:_MOST_FAILURES]
            ],
            failures_more=max(0, len(failures) - _MOST_FAILURES),
            distribution=_distribution(graded),
            middle=median(line.share for line in graded) if graded else 0,
            average=mean(line.share for line in graded) if graded else 0,
            seconds=median(line.seconds for line in lines) if lines else 0,
            slowest=sorted(lines, key=lambda line: (-line.seconds, line))[:_SLOWEST],
            sandboxes=sorted((+self.sandboxes).items()),
            marks=MARKS,
            names=STATUSES,
        )

    def _discrimination(self, failure: Failure) -> float | None:
        """Return how much more often the upper third meets a requirement than the lower third.

        Near 1 it tells the thirds apart, near 0 it does not; below 0 the better learners miss it
        more often, so that it deserves a look. None where too few tried it.
        """
        place = _places()[failure.exercise]
        tried = [n for n, line in enumerate(self.lines) if line.marks[place] not in ("", "open")]
        tried.sort(key=lambda n: (self.lines[n].share, self.lines[n]))
        third = len(tried) // 3
        if third < _FEWEST:
            return None
        low, high = (
            sum(n not in failure.missed for n in part) / third
            for part in (tried[:third], tried[-third:])
        )
        return high - low

    def _count(self, exercise: ExerciseGrade, learner: str) -> None:
        if exercise.status == "open" or exercise.exercise not in _places():
            return
        seen = set()
        for test in exercise.best.tests:
            if test.outcome in ("passed", "not-run"):
                continue
            # A learner's own test is named by its learner; the class has such tests in common.
            sentence = test.sentence.replace(f"{test.name} ", "A test of their own ", 1)
            failure = self.failures.setdefault(
                (exercise.exercise, sentence), Failure(exercise.exercise, sentence, test.hidden)
            )
            failure.count += sentence not in seen
            failure.missed.add(len(self.lines) - 1)
            failure.hidden |= test.hidden
            seen.add(sentence)
            example = "" if test.hidden else _anonymous(test.message, learner)
            # The shortest says it best, and does not hang on who came first.
            failure.example = min(filter(None, [failure.example, example]), key=_rank, default="")


def _line(grade: Grade, page: str) -> Line:
    marks, shares = [""] * len(_places()), bytearray(len(_places()))
    for exercise in grade.exercises:
        if exercise.exercise in _places():
            place = _places()[exercise.exercise]
            marks[place] = exercise.status
            share = exercise.points / exercise.out_of if exercise.out_of else 0
            shares[place] = round(100 * min(1, share))  # an override may be more than all
    shown = grade.name or grade.learner
    name = visible(shown[:_LONGEST_NAME]) + "…" * (len(shown) > _LONGEST_NAME)
    return Line(
        name.replace("\n", "\\n").replace("\t", "\\t"),
        page,
        grade.status,
        grade.points,
        grade.out_of,
        tuple(marks),
        bytes(shares),
        grade.seconds,
    )


def _places() -> dict[str, int]:
    return {exercise.id: place for place, exercise in enumerate(lessons.load().exercises)}


def _anonymous(message: str, learner: str) -> str:
    said = message.replace(learner, "…") if len(learner) > 2 else message
    return said if len(said) <= _LONGEST_MESSAGE else f"{said[:_LONGEST_MESSAGE]}…"


def _rank(text: str) -> tuple[int, str]:
    return len(text), text


def _exercises(lines: list[Line]) -> list[dict[str, Any]]:
    """Say of each exercise how many got how far."""
    entries = []
    for place, exercise in enumerate(lessons.load().exercises):
        marks = Counter(line.marks[place] for line in lines)
        if lines and not any(marks[mark] for mark in MARKS):
            continue  # nobody was graded in it, which is no 0
        shares = [line.shares[place] for line in lines if line.marks[place]]
        entries.append(
            {
                "id": exercise.id,
                "place": place,
                "title": exercise.title,
                "lesson": exercise.lesson,
                "points": exercise.points,
                "counts": [marks[mark] for mark in MARKS],
                "tried": sum(marks[mark] for mark in MARKS if mark != "open"),
                "share": mean(shares) / 100 if shares else 0,
            }
        )
    return entries


def _bands(graded: list[Line]) -> list[dict[str, Any]]:
    """Cut a large class into bands of equal size by total, and average each exercise in them."""
    lines = sorted(graded, key=lambda line: line.share)
    cuts = [len(lines) * number // _BANDS for number in range(_BANDS + 1)]
    bands = []
    for first, last in zip(cuts, cuts[1:], strict=False):
        if band := lines[first:last]:
            columns = zip(*(line.shares for line in band), strict=True)
            values = {"low": band[0].share, "high": band[-1].share, "count": len(band)}
            bands.append(values | {"shares": [mean(column) / 100 for column in columns]})
    return bands


def _distribution(graded: list[Line]) -> list[tuple[str, int, float]]:
    """Count the totals in steps of ten percent; the highest step is as wide as its bar can be."""
    steps: dict[int, int] = defaultdict(int)
    for line in graded:
        steps[min(9, int(10 * line.share))] += 1
    most = max(steps.values(), default=1)
    names = [f"{10 * n} to under {10 * n + 10} %" for n in range(9)] + ["90 to 100 %"]
    return [(name, steps[n], steps[n] / most) for n, name in enumerate(names)]


def _counted(counts: Counter[str], names: dict[str, str]) -> list[tuple[str, str, int]]:
    known = [(key, name, counts[key]) for key, name in names.items() if counts[key]]
    return known + [(key, key, counts[key]) for key in sorted(counts) if key not in names]
