"""The memory limit that a shell may set for processes, and the errors it causes."""

from __future__ import annotations

import errno

NEEDED_BYTES = 900_000_000  # bytes of address space; a check of lesson 00 fails with 700 MB

LIMIT_MESSAGE = (
    "There is no memory for another process or thread; close other notebooks, or allow more "
    "(ulimit -v unlimited), then restart the kernel."
)


def limit() -> int:
    """Return the limit on a process's address space in bytes; 0 if it is high enough."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    return allowed if allowed != resource.RLIM_INFINITY and allowed < NEEDED_BYTES else 0


def is_short(error: BaseException) -> bool:
    """Return whether an error says that there is no memory for a thread or a process."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(error, MemoryError) or "can't start new thread" in str(error)
