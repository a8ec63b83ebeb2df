"""Find pairs of learners whose fills share text that the course does not explain."""

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
from confirmlab.grading.grades import Grade

MOST = 30  # pairs on the page
_WINDOW = 6  # words and signs that are compared together
_LEAST = 0.5  # share of a text's weight that a pair has in common
_SHORTEST = 8  # windows of a text to compare; shorter ones agree by chance
_COMMON = 40  # learners; a window that more have is the usual way to write it


@dataclass(frozen=True)
class Pair:
    """Two learners with similar fills of one exercise: the similarity and both texts."""

    exercise: str
    learners: tuple[str, str]
    share: float
    texts: tuple[str, str]

    def __repr__(self) -> str:
        return f"<Pair in {self.exercise}: {self.share:.0%}>"


@dataclass
class Lookalikes:
    """Collects the fills of a class, and finds pairs of learners whose fills are similar.

    A text is cut into windows of a few words. Windows of the skeleton and of the solution are left
    out. The fewer learners have a window, the more it weighs.
    """

    windows: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(dict))
    texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Lookalikes among {len(self.texts)} texts>"

    def add(self, grade: Grade) -> None:
        """Add one learner's fills."""
        for exercise in grade.exercises:
            windows = _windows(exercise.fill) - _of_the_course(exercise.exercise)
            if len(windows) >= _SHORTEST:
                self.windows[exercise.exercise][grade.learner] = windows
                self.texts[exercise.exercise, grade.learner] = exercise.fill

    def pairs(self) -> list[Pair]:
        """Return the pairs with the most similar fills, the most similar first."""
        pairs = (pair for exercise in self.windows for pair in self._pairs_in(exercise))
        return sorted(pairs, key=lambda pair: (-pair.share, pair.exercise, pair.learners))

    def page(self) -> str:
        """Return the page for the instructor."""
        pairs = self.pairs()
        return templating.document(
            "lookalikes.html", pairs=pairs[:MOST], more=max(0, len(pairs) - MOST)
        )

    def _pairs_in(self, exercise: str) -> Iterator[Pair]:
        windows = self.windows[exercise]
        owners: dict[int, list[str]] = defaultdict(list)
        for learner, own in windows.items():
            for window in own:
                owners[window].append(learner)
        weight = {w: math.log((len(windows) + 1) / len(names)) for w, names in owners.items()}
        total = {learner: sum(weight[w] for w in own) for learner, own in windows.items()}
        common: dict[tuple[str, str], float] = defaultdict(float)
        for window, names in owners.items():
            if 1 < len(names) <= _COMMON:
                for pair in combinations(sorted(names), 2):
                    common[pair] += weight[window]
        for (first, second), shared in common.items():
            share = shared / (max(total[first], total[second]) or 1)
            if share >= _LEAST:
                texts = self.texts[exercise, first], self.texts[exercise, second]
                yield Pair(exercise, (first, second), share, texts)


def _windows(text: str) -> set[int]:
    words = re.findall(r"\w+|[^\w\s]", text)
    texts = (" ".join(words[n : n + _WINDOW]) for n in range(len(words) - _WINDOW + 1))
    return {zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts}


@cache
def _of_the_course(exercise: str) -> frozenset[int]:
    """Return the windows of the stub and of both solutions, before and after hardening."""
    both = [solutions.finished(), solutions.fills()]
    texts = [skeleton.stubs()[exercise], *(fills[exercise] for fills in both if exercise in fills)]
    return frozenset(window for text in texts for window in _windows(text))
