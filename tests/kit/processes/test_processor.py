"""Facts about the processor that several processes share by taking turns."""

import os
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest

from confirmlab.processes import processor
from confirmlab.processes.processor import Processor

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="only Linux says which processors may be used"
)


@pytest.fixture
def numbers(monkeypatch):
    """Return the numbers of two processors that nobody else uses."""
    numbers = [10**6 + os.getpid(), 2 * 10**6 + os.getpid()]
    monkeypatch.setattr(processor, "_numbers", lambda: numbers)
    return numbers


def test_each_holder_has_another_one(numbers):
    """No two holders have the same processor; when all are taken, there is none."""
    with ExitStack() as open_ones:
        holders = [open_ones.enter_context(closing(Processor())) for _ in range(3)]
        assert [holder.number for holder in holders] == [*numbers, None]

        holders[0].close()
        assert open_ones.enter_context(closing(Processor())).number == numbers[0]


def test_a_process_runs_where_it_is_told():
    """A process can be bound to one processor; None and invalid numbers change nothing."""
    code = (
        "import os; from confirmlab.processes.processor import run_on; "
        "before = os.sched_getaffinity(0); [run_on(each) for each in (None, 'x', -1, 10**6)]; "
        "assert os.sched_getaffinity(0) == before; run_on(max(before)); "
        "assert os.sched_getaffinity(0) == {max(before)}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
