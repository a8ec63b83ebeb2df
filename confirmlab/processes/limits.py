"""The limit on the processor time of a process."""

import math
from contextlib import suppress


def limit_processor(seconds: float) -> None:
    """Let the system end this process after so many seconds of the processor, if it counts them."""
    with suppress(ImportError):
        import resource

        cpu = math.ceil(seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
