"""Run graded tests and learners' tests on an app."""
