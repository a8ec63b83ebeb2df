"""Limits that several processes share."""

import math
from contextlib import suppress

FILE_SIZE = 20_000_000  # bytes of one file that a learner's app writes, or of its output
ORDER_SECONDS = 2  # processor time of one order to the learner's app


def limit_processor(seconds: float) -> None:
    """Limit this process to `seconds` of processor time, on systems that can."""
    with suppress(ImportError):
        import resource

        cpu = math.ceil(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
