"""The limit on the processor time of a process."""

import math
from contextlib import suppress

ORDER_SECONDS = 2  # of the processor, for one order to the learner's app


def limit_processor(seconds: float) -> None:
    """Limit this process to so many seconds of processor time, where the system counts them."""
    with suppress(ImportError):
        import resource

        cpu = math.ceil(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
