"""Collect the graded tests, once and before any fork, for the processes that run them."""

import gc

import confirmlab.checks.preload_app  # noqa: F401
from confirmlab.checks import pytest_collection, runner
from confirmlab.course import lessons, mutants

pytest_collection.ahead(runner.test_files(mutants.graded_by_tests(lessons.load().exercises)))
gc.freeze()
