"""Results of graded runs, kept for equal apps: a class often hands in the same text."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class RunCache(Generic[T]):
    """The most recently used results by key; threads may share it."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: OrderedDict[Hashable, T] = OrderedDict()
        self._running: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<RunCache of {len(self._results)} results>"

    def get(self, key: Hashable, run: Callable[[], T], keep: Callable[[T], bool]) -> T:
        """Return the stored result for a key; without one, that of `run()`.

        A new result is stored if `keep` returns True for it. Threads that ask for the same key
        meanwhile wait for it.
        """
        mine = threading.Event()
        while True:
            with self._lock:
                if key in self._results:
                    self._results.move_to_end(key)
                    return self._results[key]
                ended = self._running.setdefault(key, mine)
            if ended is mine:
                return self._run(key, run, keep)
            ended.wait()

    def _run(self, key: Hashable, run: Callable[[], T], keep: Callable[[T], bool]) -> T:
        try:
            result = run()
            with self._lock:
                if keep(result):
                    self._results[key] = result
                while len(self._results) > self._size:
                    self._results.popitem(last=False)
            return result
        finally:
            with self._lock:
                self._running.pop(key).set()
