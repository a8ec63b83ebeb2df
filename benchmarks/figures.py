"""Make figures of what was measured: medians, spreads, ratios, and whether a goal is met."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Series:
    """Hold one measure of one contestant: the values of each round, in base units."""

    question: str
    name: str
    measure: str  # seconds, cpu, memory, count
    rounds: tuple[tuple[float, ...], ...]
    command: str = ""
    date: str = ""
    commit: str = ""
    full: bool = False  # of a size that only `make bench-full` measures

    @property
    def values(self) -> list[float]:
        """List all values."""
        return [value for one in self.rounds for value in one]

    @property
    def median(self) -> float:
        """Give the middle one of all values."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """Give the range that holds the middle four fifths of all values."""
        return tenths(self.values)


@dataclass(frozen=True)
class Ratio:
    """Say how many times something is of something else, and how far rounds differ in that."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Goal:
    """Say what is to be reached: a measure of a contestant, or its ratio to that of another."""

    sentence: str
    question: str
    name: str
    measure: str = "seconds"
    of: str = ""  # the contestant that it is set beside; without one, the value itself counts
    of_question: str = ""  # where that is another question's
    at_most: float | None = None
    at_least: float | None = None
    inverse: bool = False  # what counts is the other's value by ours: how many times faster
    floor: str = ""  # a contestant that nothing in this question can outrun


@dataclass(frozen=True)
class Verdict:
    """Hold a goal and what it came to; without a value it could not be measured."""

    goal: Goal
    value: float | None
    low: float = 0.0
    high: float = 0.0
    floor: float | None = None  # what the floor itself came to

    @property
    def met(self) -> bool | None:
        """Say whether the goal is met; None if nobody knows."""
        if self.value is None:
            return None
        if self.goal.at_most is not None:
            return self.value <= self.goal.at_most
        return self.value >= (self.goal.at_least or 0.0)


def tenths(values: list[float]) -> tuple[float, float]:
    """Give the first and the ninth tenth of some values."""
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=10, method="inclusive")
    return cuts[0], cuts[-1]


def ratio(ours: Series, other: Series, inverse: bool = False) -> Ratio:
    """Divide round by round: what the machine did besides then weighs on both alike."""
    if inverse:
        ours, other = other, ours
    pairs = zip(ours.rounds, other.rounds, strict=False)
    found = [statistics.median(one) / statistics.median(two) for one, two in pairs]
    return Ratio(statistics.median(found), *tenths(found))


def judged(goal: Goal, series: list[Series]) -> Verdict:
    """Hold a goal against what was measured."""
    ours = find(series, goal.question, goal.name, goal.measure)
    if ours is None:
        return Verdict(goal, None)
    if not goal.of:
        return Verdict(goal, ours.median, *ours.spread)
    other = find(series, goal.of_question or goal.question, goal.of, goal.measure)
    if other is None:
        return Verdict(goal, None)
    found = ratio(ours, other, goal.inverse)
    floor = find(series, goal.question, goal.floor, goal.measure)
    least = None if floor is None else ratio(floor, other, goal.inverse).median
    return Verdict(goal, found.median, found.low, found.high, least)


def find(series: list[Series], question: str, name: str, measure: str) -> Series | None:
    """Find a series by its names."""
    wanted = (question, name, measure)
    return next((s for s in series if (s.question, s.name, s.measure) == wanted), None)


def loaded(results: dict[str, Any]) -> list[Series]:
    """Read the series of a file of results."""
    found = []
    for one in results["series"]:
        rounds = tuple(tuple(values) for values in one["rounds"])
        found.append(Series(**{**one, "rounds": rounds}))
    return found
