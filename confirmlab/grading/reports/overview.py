"""The overview of a class for its instructor; it stores one short line per learner."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any, NamedTuple

from confirmlab.base import templating
from confirmlab.base.text import clipped, visible
from confirmlab.course import lessons
from confirmlab.course.results import Effort
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.reports.feedback import MARKS, STATUSES

MOST_ROWS = 200  # learners in the table; nobody reads a longer one, and browsers are slow with it
_BANDS = 10
_MOST_FAILURES = 25
_SLOWEST = 5
_FEWEST = 3  # learners in a third of the class; with fewer, chance decides
_LONGEST_NAME = 60
_LONGEST_MESSAGE = 300


class LearnerLine(NamedTuple):
    """One learner: the mark and the score in percent of each exercise."""

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
        """Return the share of the points; -1 if nothing was graded."""
        return self.points / self.out_of if self.out_of else -1.0


@dataclass
class MissedRequirement:
    """How often a requirement was not met, and the message of one submission."""

    exercise: str
    sentence: str
    hidden: bool
    count: int = 0
    example: str = ""
    missed: set[int] = field(default_factory=set)  # positions of the learners in `lines`

    def rank(self) -> tuple[int, int, str]:
        """Return the sort key: most frequent first, then in the order of the course."""
        return -self.count, _places()[self.exercise], self.sentence


@dataclass
class EffortCounts:
    """How learners worked on one exercise, by the records in their apps."""

    hints: Counter[int] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)  # attempts of learners who passed
    days: Counter[str] = field(default_factory=Counter)  # days of the first pass

    def add(self, effort: Effort) -> None:
        """Count one learner."""
        self.hints[effort.hints] += 1
        if effort.first_passed:
            self.days[effort.first_passed] += 1
            self.attempts[effort.attempts] += bool(effort.attempts)


@dataclass
class Overview:
    """Collects the grades of a class one by one, and renders the overview."""

    lines: list[LearnerLine] = field(default_factory=list)
    failures: dict[tuple[str, str], MissedRequirement] = field(default_factory=dict)
    sandboxes: Counter[str] = field(default_factory=Counter)
    efforts: dict[str, EffortCounts] = field(default_factory=lambda: defaultdict(EffortCounts))

    def __repr__(self) -> str:
        return f"<Overview of {len(self.lines)} learners>"

    def add(self, grade: Grade, page: str) -> None:
        """Add one learner; `page` is the feedback page, relative to the overview."""
        self.sandboxes[grade.sandbox] += bool(grade.sandbox)
        self.lines.append(_line(grade, page))
        for exercise in grade.exercises:
            self._count(exercise, grade.learner)
            if exercise.effort:
                self.efforts[exercise.exercise].add(exercise.effort)

    def page(self) -> str:
        """Return the page; it does not depend on the order of the grades."""
        lines = sorted(self.lines, key=lambda line: (line.status == "graded", line.share, line))
        graded = [line for line in lines if line.out_of]
        submitted = [line for line in lines if line.status != "no-submission"]
        exercises = _exercises(lines)
        tried = {entry["id"]: entry["tried"] for entry in exercises}
        failures = sorted(self.failures.values(), key=MissedRequirement.rank)
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
            efforts=_efforts(exercises, self.efforts),
            distribution=_distribution(graded),
            middle=median(line.share for line in graded) if graded else 0,
            average=mean(line.share for line in graded) if graded else 0,
            seconds=median(line.seconds for line in submitted) if submitted else None,
            slowest=sorted(submitted, key=lambda line: (-line.seconds, line))[:_SLOWEST],
            sandboxes=sorted((+self.sandboxes).items()),
            marks=MARKS,
            names=STATUSES,
        )

    def _discrimination(self, failure: MissedRequirement) -> float | None:
        """Return how much more often the upper third meets a requirement than the lower third.

        Below 0 better learners miss it more often, so the requirement may be unclear. None if too
        few learners tried the exercise.
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
            # Learners name their own tests, so these are counted together under one name.
            sentence = test.sentence.replace(f"{test.name} ", "A test of their own ", 1)
            failure = self.failures.setdefault(
                (exercise.exercise, sentence),
                MissedRequirement(exercise.exercise, sentence, test.hidden),
            )
            failure.count += sentence not in seen
            failure.missed.add(len(self.lines) - 1)
            failure.hidden |= test.hidden
            seen.add(sentence)
            example = "" if test.hidden else _without_name(test.message, learner)
            # The shortest message does not depend on the order of learners.
            failure.example = min(filter(None, [failure.example, example]), key=_rank, default="")


def _line(grade: Grade, page: str) -> LearnerLine:
    marks, shares = [""] * len(_places()), bytearray(len(_places()))
    for exercise in grade.exercises:
        if exercise.exercise in _places():
            place = _places()[exercise.exercise]
            marks[place] = exercise.status
            share = exercise.points / exercise.out_of if exercise.out_of else 0
            shares[place] = round(100 * min(1, share))  # an override may exceed the points
    shown = grade.name or grade.learner
    name = visible(shown[:_LONGEST_NAME]) + "…" * (len(shown) > _LONGEST_NAME)
    return LearnerLine(
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


def _without_name(message: str, learner: str) -> str:
    text = message.replace(learner, "…") if len(learner) > 2 else message
    return clipped(text, _LONGEST_MESSAGE)


def _rank(text: str) -> tuple[int, str]:
    return len(text), text


def _exercises(lines: list[LearnerLine]) -> list[dict[str, Any]]:
    """Return for each graded exercise the number of learners by mark, and the average score."""
    entries = []
    for place, exercise in enumerate(lessons.load().exercises):
        marks = Counter(line.marks[place] for line in lines)
        if lines and not any(marks[mark] for mark in MARKS):
            continue  # it was not graded, which differs from 0 points
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


def _efforts(
    exercises: list[dict[str, Any]], counts: Mapping[str, EffortCounts]
) -> list[dict[str, Any]]:
    """Return for each exercise the hints, attempts and first passes of learners with a record."""
    rows = []
    for exercise in exercises:
        count = counts.get(exercise["id"])
        if count:
            rows.append(
                {
                    "id": exercise["id"],
                    "title": exercise["title"],
                    "learners": count.hints.total(),
                    "hints": mean(count.hints.elements()),
                    "attempts": median(count.attempts.elements()) if +count.attempts else None,
                    "passed": count.days.total(),
                    "half": sorted(count.days.elements())[(count.days.total() - 1) // 2]
                    if count.days
                    else "",
                }
            )
    return rows


def _bands(graded: list[LearnerLine]) -> list[dict[str, Any]]:
    """Return equal groups of learners by total, each with its average score in every exercise."""
    lines = sorted(graded, key=lambda line: line.share)
    cuts = [len(lines) * number // _BANDS for number in range(_BANDS + 1)]
    bands = []
    for first, last in zip(cuts, cuts[1:], strict=False):
        if band := lines[first:last]:
            columns = zip(*(line.shares for line in band), strict=True)
            values = {"low": band[0].share, "high": band[-1].share, "count": len(band)}
            bands.append(values | {"shares": [mean(column) / 100 for column in columns]})
    return bands


def _distribution(graded: list[LearnerLine]) -> list[tuple[str, int, float]]:
    """Return for each step of ten percent its name, the number of totals and the bar's width."""
    steps: dict[int, int] = defaultdict(int)
    for line in graded:
        steps[min(9, int(10 * line.share))] += 1
    most = max(steps.values(), default=1)
    names = [f"{10 * n} to under {10 * n + 10} %" for n in range(9)] + ["90 to 100 %"]
    return [(name, steps[n], steps[n] / most) for n, name in enumerate(names)]


def _counted(counts: Counter[str], names: dict[str, str]) -> list[tuple[str, str, int]]:
    known = [(key, name, counts[key]) for key, name in names.items() if counts[key]]
    return known + [(key, key, counts[key]) for key in sorted(counts) if key not in names]
