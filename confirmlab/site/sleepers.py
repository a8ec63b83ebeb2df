"""A time.sleep that can be ended, so that what an app has planned for later happens at once."""

import threading

_awake = threading.Event()
_asleep: set[threading.Thread] = set()


def sleep(seconds: float) -> None:
    """Pause this thread, until `wake_all` at most."""
    thread = threading.current_thread()
    _asleep.add(thread)
    try:
        _awake.wait(seconds)
    finally:
        _asleep.discard(thread)


def wake_all(patience: float = 0.3) -> bool:
    """End every pause, and wait for the threads that were in one, `patience` seconds for each.

    Return whether there were any.
    """
    threads = list(_asleep)
    _awake.set()
    for thread in threads:
        thread.join(patience)
    return bool(threads)
