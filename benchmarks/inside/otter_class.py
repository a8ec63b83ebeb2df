"""Grade notebooks through otter's Python interface, in WORKERS processes; run by otter's Python.

`otter_class.py WORKERS NOTEBOOK…`, in the folder with autograder.zip.
"""

import multiprocessing
import sys


def grade(path: str) -> float:
    """Grade one notebook."""
    from otter.api import grade_submission

    return grade_submission(path, "autograder.zip", quiet=True).total


if __name__ == "__main__":
    workers, paths = int(sys.argv[1]), sys.argv[2:]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        totals = pool.map(grade, paths, chunksize=1)
    print("totals", " ".join(f"{total:g}" for total in totals))
