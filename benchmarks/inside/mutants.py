"""Score the reference's tests of lesson 04 as %check does, again and again in one process.

`mutants.py COUNT` prints the seconds for the whole score and for each faulty app; the first score
is not counted, since it waits for the warm parent's imports.
"""

import json
import sys
import time

import psutil

from confirmlab.checks import mutation_score
from confirmlab.course import solutions
from confirmlab.course.mutants import TRIALS

NAME = "confirmation-tests"


def main(count: int) -> None:
    """Score, and print the measures."""
    suite = solutions.fill(NAME)
    faulty = len(TRIALS[NAME].faulty)
    taken, used = [], [_used()]
    for _ in range(count + 1):
        began = time.perf_counter()
        result = mutation_score.score(NAME, suite)
        taken.append(time.perf_counter() - began)
        used.append(_used())
        caught = sum(test.outcome == "passed" for test in result.tests) - 1
        if caught != faulty:
            raise SystemExit(f"only {caught} of {faulty} faulty apps were caught")
    each = [seconds / faulty for seconds in taken[1:]]
    cpu = [(after - before) / faulty for before, after in zip(used[1:], used[2:], strict=False)]
    measures = {"seconds": each, "seconds for all": taken[1:], "cpu": cpu, "count": [faulty]}
    print(json.dumps(measures))


def _used() -> float:
    """Add up the processor time of this process, of the warm parent, and of the ended children."""
    own = psutil.Process()
    return sum(sum(one.cpu_times()[:4]) for one in [own, *own.children(recursive=True)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
