"""Facts about a time.sleep that can be ended."""

import subprocess
import sys

ENDED = """
import threading, time
from confirmlab.site import sleepers

before = time.sleep
sleepers.take_over()
assert time.sleep is before and repr(time.sleep) == "<built-in function sleep>"
thread = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
thread.start()
while not sleepers._asleep:
    pass
sleepers.wake_all()
assert not thread.is_alive()
"""


def test_a_pause_is_ended():
    """A thread that sleeps goes on at once, and time.sleep is the built-in function still."""
    subprocess.run([sys.executable, "-c", ENDED], check=True, timeout=60)
