"""Facts about the changes that graded tests make in the app's process."""

import sys
import time
from types import SimpleNamespace

import pytest
import time_machine

from confirmlab.site.driver import plain_process
from confirmlab.site.driver.app_changes import AppChanges

real_time = time_machine.escape_hatch.time.time_ns
SOMEDAY = 1_900_000_000
AHEAD = 10**6


@pytest.fixture
def changes(monkeypatch):
    """Return the changes to a dummy app, and undo them at the end."""
    monkeypatch.setitem(plain_process.hidden_modules, "time_machine", time_machine)
    monkeypatch.setitem(sys.modules, "time_machine", time_machine)  # `reset` removes it
    changes = AppChanges(SimpleNamespace(config={}), ahead=0)
    yield changes
    changes.reset()


def test_a_running_clock_runs_at_once(changes):
    """A clock that was set starts to run at once, not when it is first read."""
    changes.clock(SOMEDAY, tick=True)
    set_at = real_time()
    while real_time() == set_at:
        pass  # the system's clock counts in steps

    assert time.time_ns() > SOMEDAY * 10**9


def test_usual_clock_is_never_late(changes, monkeypatch):
    """On a busy machine the app's clock is not behind that of the tests, who sign its cookies."""
    travel = time_machine.travel

    def travel_slowly(at, tick):
        end = time.time_ns() + 10**7
        while time.time_ns() < end:
            pass
        return travel(at, tick=tick)

    monkeypatch.setattr(time_machine, "travel", travel_slowly)
    ahead_of_the_machine = AppChanges(SimpleNamespace(config={}), ahead=AHEAD)
    of_the_tests, of_the_app = real_time() + AHEAD * 10**9, time.time_ns()
    ahead_of_the_machine._stop_clock()

    assert of_the_app >= of_the_tests - 10**3  # a float has steps of a quarter of a microsecond
