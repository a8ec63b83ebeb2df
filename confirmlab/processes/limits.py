"""Limits that several processes share."""

import math
from contextlib import suppress

FILE_SIZE = 20_000_000  # bytes of one file of a learner's app, its output included
ORDER_SECONDS = 2  # of the processor, for one order to the learner's app


def limit_processor(seconds: float) -> None:
    """Limit this process to `seconds` of processor time, on systems that can."""
    with suppress(ImportError):
        import resource

        cpu = math.ceil(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
