"""Settings for all tests: fast password hashes, and the slowest files first."""

import os

import pytest

from confirmlab.course import lessons

os.environ["CONFIRMLAB_QUICK_HASHES"] = "1"  # fast hashes, since nobody attacks these passwords

# Longest first, so that no worker is left alone with a long file at the end of a run. Of itself
# pytest-xdist starts with the files that have the most tests, and those are not the slowest.
LONGEST = (
    *("test_browser_hour", "test_browser_lessons", "test_all_solved", "test_all_unfilled"),
    *("test_grader", "test_cheats", "test_behind_jupyter", "test_assignment", "test_session"),
    *("test_mutants", "test_gradescope", "test_fair_shares", "test_grade_class", "test_magics"),
    *("test_browser_pages", "test_browser_notebook7", "test_learner_folder", "test_attacks"),
    *("test_browser_prefix", "test_lessons_left_out", "test_sandbox", "test_mutation_score"),
)


def pytest_runtest_setup(item):
    """Skip a test about a lesson that course.toml leaves out."""
    course = {lesson.number for lesson in lessons.load().lessons}
    for mark in item.iter_markers("needs_lessons"):
        if not course.issuperset(mark.args):
            pytest.skip(f"The course leaves out {', '.join(sorted({*mark.args} - course))}.")


def pytest_collection_modifyitems(items):
    """Run the longest files first; the order is otherwise unchanged."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
