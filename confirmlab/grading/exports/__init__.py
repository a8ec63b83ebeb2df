"""Exports of grades and of the grader to other platforms, one module each."""
