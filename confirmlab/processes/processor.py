"""Reserve one processor for processes that take turns.

Processes that only ever wait for each other are faster on one processor: nothing has to be moved
between caches, and no processor has to be woken from its sleep.
"""

import os
import socket
from contextlib import suppress
from typing import Any

_CPU_FIELD = 36  # index of the processor's number after the name in /proc/self/stat, see proc(5)


class Processor:
    """A processor that no other instance uses; `number` is None if all are in use."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._name = socket.socket(getattr(socket, "AF_UNIX", socket.AF_INET))
        for number in _numbers():
            # A name without a file: it is free again as soon as its holder has ended, see unix(7).
            with suppress(OSError):
                self._name.bind(f"\0confirmlab-processor-{number}")
                self.number = number
                break

    def close(self) -> None:
        """Release the processor for the next holder."""
        self._name.close()


def run_on(number: Any) -> None:
    """Bind this process to one processor; do nothing if `number` is None."""
    if type(number) is int:
        with suppress(AttributeError, OSError, ValueError):
            os.sched_setaffinity(0, {number})


def _numbers() -> list[int]:
    """Return the processors that this process may use; the one on which it runs comes first.

    The system starts a process where there is the least to do.
    """
    with suppress(AttributeError, OSError, ValueError, IndexError):
        with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
            here = int(file.read().rpartition(")")[2].split()[_CPU_FIELD])
        return sorted(os.sched_getaffinity(0), key=lambda number: number != here)
    return []
