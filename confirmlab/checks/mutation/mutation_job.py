"""The job that runs a learner's tests on apps; pytest is imported where it runs, not here."""

from typing import Any

from confirmlab.processes import jobs


def run_suite(task: dict[str, Any], send: jobs.Send) -> None:
    """Run the learner's tests on each app of the task, and send what they reported."""
    from confirmlab.checks.mutation import mutation_forks  # imports pytest

    mutation_forks.run_suite(task, send)
