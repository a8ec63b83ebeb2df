"""Clocks that do not tell the time of day, moved ahead whenever the tests set it.

Otherwise an app that measures durations would not notice that the tests moved the time.
"""

import time
from collections.abc import Callable

_NAMES = ("monotonic", "perf_counter", "process_time")
_ahead = 0.0  # seconds


def replace_clocks() -> None:
    """Replace the clocks, and their variants in nanoseconds, in the module `time`."""
    for name in _NAMES:
        setattr(time, name, _in_seconds(getattr(time, name)))
        setattr(time, f"{name}_ns", _in_nanoseconds(getattr(time, f"{name}_ns")))


def move(seconds: float) -> None:
    """Move the clocks ahead; they never go back."""
    global _ahead
    _ahead += max(0.0, seconds)


def _in_seconds(clock: Callable[[], float]) -> Callable[[], float]:
    return lambda: clock() + _ahead


def _in_nanoseconds(clock: Callable[[], int]) -> Callable[[], int]:
    return lambda: clock() + int(_ahead * 10**9)
