"""Facts about the clocks that count from an unknown start."""

import time

import pytest

from confirmlab.site.driver import steady_clocks


@pytest.fixture
def clocks(monkeypatch):
    """Replace the clocks until the end of the test; return them with their units of a second."""
    monkeypatch.setattr(steady_clocks, "_ahead", 0.0)
    clocks = ("monotonic", "perf_counter", "process_time")
    names = dict.fromkeys(clocks, 1) | {f"{name}_ns": 10**9 for name in clocks}
    for name in names:
        monkeypatch.setattr(time, name, getattr(time, name))  # restored at the end
    steady_clocks.replace_clocks()
    return [(getattr(time, name), unit) for name, unit in names.items()]


def test_steady_clocks_move_with_the_time_of_day(clocks):
    """All of them are moved by as many seconds, and none of them backwards."""
    before = [clock() for clock, _ in clocks]
    steady_clocks.move(3600)
    steady_clocks.move(-7200)

    for (clock, unit), was in zip(clocks, before, strict=True):
        assert 3600 <= (clock() - was) / unit < 3700
        assert type(clock()) is type(was)
