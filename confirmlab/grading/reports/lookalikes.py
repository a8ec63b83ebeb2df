"""Pairs of submissions whose fills agree beyond what the course itself explains."""

import math
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from confirmlab.base import templating
from confirmlab.course import skeleton, solutions
from confirmlab.course.results import Grade

MOST = 30  # pairs on the page
_WINDOW = 6  # words and signs that are compared at once
_LEAST = 0.5  # of the weight of the smaller text
_SHORTEST = 8  # windows that the course does not explain; below that agreement is chance
_COMMON = 40  # learners that share a window: it is the way one writes it, and tells nothing


@dataclass(frozen=True)
class Pair:
    """Two learners, what of one exercise they share, and both texts."""

    exercise: str
    learners: tuple[str, str]
    share: float
    texts: tuple[str, str]

    def __repr__(self) -> str:
        return f"<Pair in {self.exercise}: {self.share:.0%}>"


@dataclass
class Lookalikes:
    """Gather the fills of a class; then tell which pairs agree.

    A text is cut into windows of a few words. Windows of the skeleton and of the solution do not
    count, and one that many learners share weighs little: its weight is how rare it is.
    """

    windows: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(dict))
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Lookalikes among {len(self.texts)} texts>"

    def add(self, grade: Grade) -> None:
        """Take in one learner's fills."""
        for exercise in grade.exercises:
            own = _windows(exercise.fill) - _explained(exercise.exercise) if exercise.fill else ()
            if len(own) >= _SHORTEST:
                self.windows[exercise.exercise][grade.learner] = set(own)
                self.texts[exercise.exercise, grade.learner] = exercise.fill

    def pairs(self) -> list[Pair]:
        """Return the pairs that agree most, the closest first."""
        found = (pair for exercise in self.windows for pair in self._pairs_in(exercise))
        return sorted(found, key=lambda pair: (-pair.share, pair.exercise, pair.learners))

    def page(self) -> str:
        """Return the page for the instructor."""
        pairs = self.pairs()
        return templating.document(
            "lookalikes.html", pairs=pairs[:MOST], more=max(0, len(pairs) - MOST)
        )

    def _pairs_in(self, exercise: str) -> Iterator[Pair]:
        there = self.windows[exercise]
        owners: dict[int, list[str]] = defaultdict(list)
        for learner, own in there.items():
            for window in own:
                owners[window].append(learner)
        weight = {w: math.log((len(there) + 1) / len(who)) for w, who in owners.items()}
        total = {learner: sum(weight[w] for w in own) for learner, own in there.items()}
        shared: dict[tuple[str, str], float] = defaultdict(float)
        for window, who in owners.items():
            if 1 < len(who) <= _COMMON:
                for pair in combinations(sorted(who), 2):
                    shared[pair] += weight[window]
        for (one, other), common in shared.items():
            share = common / (max(total[one], total[other]) or 1)
            if share >= _LEAST:
                texts = self.texts[exercise, one], self.texts[exercise, other]
                yield Pair(exercise, (one, other), share, texts)


def _windows(text: str) -> set[int]:
    words = re.findall(r"\w+|[^\w\s]", text)
    found = (" ".join(words[n : n + _WINDOW]) for n in range(len(words) - _WINDOW + 1))
    return {zlib.crc32(window.encode("utf-8", "surrogatepass")) for window in found}


@cache
def _explained(exercise: str) -> frozenset[int]:
    found = [solutions.fills(solutions.FINISHED), solutions.fills()]  # hardened, and before
    given = [skeleton.stubs()[exercise], *(fills[exercise] for fills in found if exercise in fills)]
    return frozenset(window for text in given for window in _windows(text))
