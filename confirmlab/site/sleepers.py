"""Pauses that can be ended, so that what an app has planned for later happens at once."""

import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_awake = threading.Event()
_asleep: dict[threading.Thread, threading.Condition | None] = {}  # with what each waits for
_wait = threading.Condition.wait
_select = select.select


def replace_pauses() -> None:
    """Let time.sleep, and what waits for a condition or an event, end at `wake_all`."""
    time.sleep = sleep  # type: ignore[assignment]
    threading.Condition.wait = wait  # type: ignore[method-assign,assignment]
    select.select = _selected  # type: ignore[assignment]


def sleep(seconds: float) -> None:
    """Pause this thread, until `wake_all` at most."""
    with _noted(None):
        _awake.wait(seconds)


def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
    """Wait as threading.Condition.wait does; with a timeout, until `wake_all` at most."""
    is_noted = threading.current_thread() in _asleep
    if timeout is None or _awake.is_set() or is_noted:
        return _wait(condition, timeout)
    with _noted(condition):
        return _wait(condition, timeout)


@contextmanager
def _noted(condition: threading.Condition | None) -> Iterator[None]:
    thread = threading.current_thread()
    _asleep[thread] = condition
    try:
        yield
    finally:
        _asleep.pop(thread, None)


def _selected(*given: Any) -> Any:
    if any(given[:3]) or len(given) < 4 or given[3] is None:
        return _select(*given)
    sleep(given[3])  # as one that waits for no file
    return [], [], []


def wake_all(patience: float = 0.3) -> bool:
    """End every pause, and wait for the threads that were in one, `patience` seconds for each.

    An alarm that is set goes off now. Return whether there was anything.
    """
    has_alarm = bool(signal.getitimer(signal.ITIMER_REAL)[0])
    if has_alarm:
        signal.setitimer(signal.ITIMER_REAL, 0.000_001)
    waiting = dict(_asleep)
    _awake.set()
    for condition in filter(None, waiting.values()):
        if condition.acquire(timeout=patience):
            condition.notify_all()
            condition.release()
    for thread in waiting:
        thread.join(patience)
    return has_alarm or bool(waiting)
