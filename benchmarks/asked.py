"""List the questions, in the order in which the report answers them."""

from __future__ import annotations

from types import ModuleType

from questions import checks, ci, grading, inbox, kernel, mutants

QUESTIONS: dict[str, ModuleType] = {
    "checks": checks,
    "mutants": mutants,
    "grading": grading,
    "kernel": kernel,
    "inbox": inbox,
    "ci": ci,
}
