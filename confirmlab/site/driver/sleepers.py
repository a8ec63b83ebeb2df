"""Pauses that can be ended early, so that an app's delayed actions happen at once."""

import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_awake = threading.Event()
_asleep: dict[threading.Thread, threading.Condition | None] = {}  # and what each waits for
_waiting_again: set[threading.Thread] = set()  # since the last `wake_all`
_MAX_ASLEEP = 8  # threads asleep; more could reach the limit of the process, which then ends
_POLL_SECONDS = 0.002  # seconds between two checks of a thread
_wait = threading.Condition.wait
_select = select.select


def replace_pauses() -> None:
    """Replace time.sleep, select.select and Condition.wait by pauses that `wake_all` ends."""
    time.sleep = sleep  # type: ignore[assignment]
    threading.Condition.wait = wait  # type: ignore[method-assign,assignment]
    select.select = _interruptible_select  # type: ignore[assignment]


def sleep(seconds: float) -> None:
    """Pause this thread until `wake_all` at the latest; do not pause if many threads are asleep."""
    with _registered_as_asleep(None) as may_pause:
        if may_pause:
            _awake.wait(seconds)


def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
    """Wait as threading.Condition.wait does; with a timeout, until `wake_all` at most.

    If many threads are asleep, a wait with a timeout ends at once.
    """
    thread = threading.current_thread()
    if timeout is None or thread in _asleep:
        return _wait(condition, timeout)
    _waiting_again.add(thread)
    with _registered_as_asleep(condition) as may_pause:
        return _wait(condition, timeout if may_pause else 0)


@contextmanager
def _registered_as_asleep(condition: threading.Condition | None) -> Iterator[bool]:
    """Count this thread as asleep in the block; yield whether few enough are to pause."""
    thread = threading.current_thread()
    _asleep[thread] = condition
    try:
        yield len(_asleep) <= _MAX_ASLEEP
    finally:
        _asleep.pop(thread, None)


def _interruptible_select(*given: Any) -> Any:
    if any(given[:3]) or len(given) < 4 or given[3] is None:
        return _select(*given)
    sleep(given[3])  # like a select that waits for no file
    return [], [], []


def wake_all(patience: float = 1.0) -> bool:
    """End every pause; wait until the paused threads have ended, or pause again.

    Each gets `patience` seconds by the clock; pauses that begin in this time end, too. An alarm
    that is set goes off now. Return whether there was an alarm, or a thread that did something
    other than wait again.
    """
    has_alarm = bool(signal.getitimer(signal.ITIMER_REAL)[0])
    if has_alarm:
        signal.setitimer(signal.ITIMER_REAL, 0.000_001)
    waiting = dict(_asleep)
    _waiting_again.clear()
    _awake.set()
    for condition in filter(None, waiting.values()):
        if condition.acquire(timeout=patience):
            condition.notify_all()
            condition.release()
    for thread in waiting:
        end = time.monotonic() + patience
        while thread.is_alive() and thread not in _waiting_again and time.monotonic() < end:
            thread.join(_POLL_SECONDS)
    _awake.clear()  # or every later pause would end at once, and a thread that polls would spin
    return has_alarm or not _waiting_again.issuperset(waiting)
