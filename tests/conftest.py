"""What holds for all tests: nobody attacks the passwords of the sites that they start.

Nobody waits for parsers that nothing will use, here or in a process that a test starts, and no
worker for another one that has begun with a long file at the end.
"""

import os
import sys
from pathlib import Path

os.environ["CONFIRMLAB_QUICK_HASHES"] = "1"

QUICK = str(Path(__file__).with_name("quick"))
sys.path.insert(0, QUICK)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [QUICK, os.environ.get("PYTHONPATH")]))

# The files that take longest, the longest first.
LONGEST = (
    *("test_all_solved", "test_all_unfilled", "test_content", "test_cheats"),
    *("test_behind_jupyter", "test_grading", "test_marking", "test_assignment", "test_mutants"),
    *("test_attacks", "test_desk", "test_sandbox", "test_processes", "test_images"),
)


def pytest_collection_modifyitems(items):
    """Put the longest files first; within a file, and among the others, all stays in its order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
