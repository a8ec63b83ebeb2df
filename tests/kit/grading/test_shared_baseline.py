"""Facts about the baseline that several workers share."""

import threading

import pytest

from confirmlab.course import lessons
from confirmlab.grading import baseline
from confirmlab.grading.baseline import Baseline
from confirmlab.grading.shared_baseline import SharedBaseline

GATE = [lessons.load().exercise("gate")]


@pytest.fixture
def measured(monkeypatch):
    """Replace the measurement by a wait for `go_on`; return the recorded calls, and `go_on`."""
    found, go_on = [], threading.Event()

    def measure(sandbox, fills, chosen, test_files):
        assert go_on.wait(60)
        found.append([exercise.id for exercise in chosen])
        return [], {"07": 1.0}

    monkeypatch.setattr(baseline, "_run_reference", measure)
    return found, go_on


def test_workers_measure_the_reference_once(measured):
    """Two workers that need the same lesson at the same time get one measurement."""
    found, go_on = measured
    shared, got = SharedBaseline(Baseline(lessons=("07",))), []
    threads = [
        threading.Thread(target=lambda: got.append(shared.extend(None, GATE))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(60)

    assert len(found) == 1
    assert [known.seconds for known in got] == [{"07": 1.0}] * 2


def test_it_is_busy_while_it_is_measured(measured):
    """While one worker measures, `is_busy` tells the others that they would wait."""
    _, go_on = measured
    shared = SharedBaseline(Baseline(lessons=("07",)))
    assert not shared.is_busy
    thread = threading.Thread(target=lambda: shared.extend(None, GATE))
    thread.start()
    while thread.is_alive() and not shared.is_busy:
        pass
    assert shared.is_busy
    go_on.set()
    thread.join(60)

    assert not shared.is_busy
