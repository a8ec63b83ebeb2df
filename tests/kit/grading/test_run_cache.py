"""Facts about the cache of graded runs."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from confirmlab.grading.run_cache import RunCache


def always(_result):
    return True


def test_an_equal_key_is_run_once():
    """A second request for a key returns the first result without another run."""
    cache, runs = RunCache(2), []

    def run():
        runs.append(1)
        return len(runs)

    assert [cache.get("a", run, always), cache.get("a", run, always)] == [1, 1]


def test_a_result_that_may_be_an_accident_is_not_kept():
    """A result that the caller does not want to keep is computed again."""
    cache, runs = RunCache(2), iter([1, 2])

    results = [cache.get("a", lambda: next(runs), lambda result: result > 1) for _ in range(2)]

    assert results == [1, 2]


def test_the_least_recently_used_result_goes():
    """A full cache drops the least recently used result."""
    cache = RunCache(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: "first run", always)

    again = {key: cache.get(key, lambda: "run again", always) for key in ("a", "c", "b")}

    assert again == {"a": "first run", "c": "first run", "b": "run again"}


def test_a_run_is_waited_for():
    """A thread that requests a key during its run waits, and gets the same result."""
    cache, runs, begun, go_on = RunCache(2), [], threading.Event(), threading.Event()

    def run():
        runs.append(1)
        begun.set()
        assert go_on.wait(60)
        return "the result"

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.get, "a", run, always)
        assert begun.wait(60)
        second = threads.submit(cache.get, "a", run, always)
        go_on.set()
        assert [first.result(60), second.result(60)] == ["the result"] * 2
    assert len(runs) == 1


def test_an_error_is_not_cached():
    """If a run raises an error, the next thread that requests the key runs it again."""
    cache = RunCache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0, always)

    assert cache.get("a", lambda: "the result", always) == "the result"
