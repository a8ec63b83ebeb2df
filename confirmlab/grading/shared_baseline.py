"""The baseline of a run, measured once for all workers."""

import threading
from collections.abc import Iterable

from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course.lessons import Exercise
from confirmlab.grading import baseline
from confirmlab.grading.baseline import Baseline


class SharedBaseline:
    """A baseline to which several threads add lessons, one after the other."""

    def __init__(self, known: Baseline) -> None:
        self._known = known
        self._measuring = threading.Lock()

    def __repr__(self) -> str:
        return f"<SharedBaseline of {self._known!r}>"

    @property
    def is_busy(self) -> bool:
        """Whether another thread is measuring, so that `extend` would wait."""
        return self._measuring.locked()

    def extend(self, sandbox: Sandbox, exercises: Iterable[Exercise]) -> Baseline:
        """Return the baseline with the lessons of these exercises, measured if they are new.

        Raises:
            KitError: the reference fails a test.
        """
        with self._measuring:
            self._known = baseline.extend(self._known, sandbox, exercises)
            return self._known
