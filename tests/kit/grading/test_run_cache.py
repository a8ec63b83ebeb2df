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
    """A result that the caller does not want to keep is produced again."""
    cache, runs = RunCache(2), iter([1, 2])

    results = [cache.get("a", lambda: next(runs), lambda result: result > 1) for _ in range(2)]

    assert results == [1, 2]


def test_the_least_recently_used_result_goes():
    """A full cache forgets the result that was used longest ago."""
    cache = RunCache(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: "first run", always)

    again = {key: cache.get(key, lambda: "run again", always) for key in ("a", "c", "b")}

    assert again == {"a": "first run", "c": "first run", "b": "run again"}
