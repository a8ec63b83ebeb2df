"""Facts about pauses that can be ended."""

import select
import signal
import threading
import time

import pytest

from confirmlab.site.driver import sleepers

PAUSES = {
    "time.sleep": lambda: time.sleep(1000),
    "an event": lambda: threading.Event().wait(1000),
    "select": lambda: select.select([], [], [], 1000),
}


@pytest.fixture
def replaced(monkeypatch):
    """Replace the functions that pause, for one test."""
    monkeypatch.setattr(sleepers, "_awake", threading.Event())
    monkeypatch.setattr(time, "sleep", time.sleep)
    monkeypatch.setattr(threading.Condition, "wait", threading.Condition.wait)
    monkeypatch.setattr(select, "select", select.select)
    sleepers.replace_pauses()


@pytest.mark.parametrize("pause", PAUSES.values(), ids=PAUSES)
@pytest.mark.usefixtures("replaced")
def test_a_pause_is_ended(pause):
    """A thread that sleeps or waits goes on at once."""
    thread = threading.Thread(target=pause, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not sleepers._asleep and time.monotonic() < end:
        pass

    assert sleepers.wake_all(patience=30)

    assert not thread.is_alive()


@pytest.mark.usefixtures("replaced")
def test_a_later_pause_lasts():
    """After all pauses were ended, a thread that polls pauses again, until the next time."""
    rounds, ended = [], threading.Event()

    def poll():
        while not ended.is_set():
            rounds.append(time.monotonic())
            time.sleep(1000)

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    for _ in range(2):
        end = time.monotonic() + 30
        while not sleepers._asleep and time.monotonic() < end:
            pass
        before = len(rounds)
        assert sleepers.wake_all(patience=1)
        after = len(rounds)
        thread.join(0.2)
        assert before < len(rounds) <= after + 2  # those that the call itself began

    ended.set()
    sleepers.wake_all(patience=30)
    assert not thread.is_alive()


@pytest.mark.parametrize("pause", PAUSES.values(), ids=PAUSES)
@pytest.mark.usefixtures("replaced")
def test_few_threads_sleep(pause):
    """Where many threads are asleep, the next ones go on without a pause."""
    threads = [threading.Thread(target=pause, daemon=True) for _ in range(3 * sleepers._MAX_ASLEEP)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 30
    while len(alive := [one for one in threads if one.is_alive()]) > sleepers._MAX_ASLEEP:
        assert time.monotonic() < end

    assert len(alive) == sleepers._MAX_ASLEEP
    sleepers.wake_all(patience=30)


@pytest.mark.usefixtures("replaced")
def test_an_alarm_goes_off():
    """An alarm that is set for later goes off at once."""
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(True))
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        assert sleepers.wake_all()
        end = time.monotonic() + 30
        while not heard and time.monotonic() < end:
            pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert heard


@pytest.mark.usefixtures("replaced")
def test_nothing_to_wake():
    """If no thread pauses, nothing is woken."""
    assert not sleepers.wake_all()
