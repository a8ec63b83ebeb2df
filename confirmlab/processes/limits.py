"""The limit on the processor time of a process."""

import math
from contextlib import suppress


def limit_processor(seconds: float) -> None:
    """Limit this process to so many seconds of processor time, where the system counts them."""
    with suppress(ImportError):
        import resource

        cpu = math.ceil(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
