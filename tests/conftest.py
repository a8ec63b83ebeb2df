"""Settings for all tests: fast password hashes, and the slowest files first."""

import os

os.environ["CONFIRMLAB_QUICK_HASHES"] = "1"  # nobody attacks the passwords of these sites

# Longest first, so that no worker is left alone with a long file at the end of a run. Of itself
# pytest-xdist starts with the files that have the most tests, and those are not the slowest.
LONGEST = (
    *("test_all_solved", "test_all_unfilled", "test_content", "test_cheats"),
    *("test_behind_jupyter", "test_grading", "test_marking", "test_assignment", "test_mutants"),
    *("test_attacks", "test_desk", "test_sandbox", "test_processes", "test_images"),
)


def pytest_collection_modifyitems(items):
    """Run the longest files first; the order is otherwise unchanged."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
