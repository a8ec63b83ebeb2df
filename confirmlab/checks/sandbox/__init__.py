"""Run learners' code apart: isolation, limits, cleanup."""
