"""A time.sleep that can be ended, so that what an app has planned for later happens at once."""

import ctypes
import threading
import time
from typing import Any

_awake = threading.Event()
_asleep: set[threading.Thread] = set()


class _Definition(ctypes.Structure):
    """CPython's PyMethodDef: what a built-in function calls."""

    _fields_ = (
        *(("name", ctypes.c_char_p), ("function", ctypes.c_void_p)),
        *(("flags", ctypes.c_int), ("doc", ctypes.c_char_p)),
    )


@ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object)
def _sleep(_module: Any, seconds: float) -> None:
    """Pause this thread, until `wake_all` at most."""
    thread = threading.current_thread()
    _asleep.add(thread)
    try:
        _awake.wait(seconds)
    finally:
        _asleep.discard(thread)


def take_over() -> None:
    """Make time.sleep call `_sleep`; an app that looks at it sees the built-in function."""
    place = id(time.sleep) + object.__basicsize__
    definition = ctypes.POINTER(_Definition).from_address(place).contents
    definition.function = ctypes.cast(_sleep, ctypes.c_void_p).value


def wake_all(patience: float = 0.3) -> None:
    """End every pause, and wait for the threads that were in one, `patience` seconds for each."""
    threads = list(_asleep)
    _awake.set()
    for thread in threads:
        thread.join(patience)
