"""Facts about a sleep that can be ended."""

import threading
import time

from confirmlab.site import sleepers


def test_a_pause_is_ended():
    """A thread that sleeps goes on at once."""
    thread = threading.Thread(target=sleepers.sleep, args=(1000,), daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not sleepers._asleep and time.monotonic() < end:
        pass

    sleepers.wake_all()

    assert not thread.is_alive()
