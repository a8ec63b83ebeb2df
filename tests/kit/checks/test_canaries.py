from confirmlab.checks.sandbox import canaries
from confirmlab.checks.sandbox.canaries import alarms

NAMES = {"test_a": "failed", "test_b": "passed"}


def outcome(name, outcome, when="call"):
    return {"name": f"file.py::{name}", "when": when, "outcome": outcome}


def passed(name):
    return [{"ended": f"file.py::{name}"}, outcome(name, "passed")]


WELL = [outcome("test_a", "failed"), *passed("test_b"), *passed("test_real")]


def test_names_are_drawn_anew():
    """No two runs share the name of a canary, and each run has some of both kinds."""
    first, second = canaries.drawn(), canaries.drawn()
    assert not set(first) & set(second)
    assert set(first.values()) == {"failed", "passed"}


def test_all_is_well():
    """Canaries that end as they must raise no alarm."""
    assert alarms(WELL, NAMES, done=True) == []


def test_a_failing_one_that_passes():
    """A test that must fail and passes is an alarm, and so is one that must pass and fails."""
    assert alarms([*passed("test_a"), *passed("test_b")], NAMES, done=True)
    assert alarms([outcome("test_a", "failed"), outcome("test_b", "failed")], NAMES, done=True)


def test_a_broken_app_is_no_alarm():
    """A canary that fails before its body says nothing: the app is broken, and nobody cheats."""
    broken = [outcome(name, "error", "setup") for name in NAMES]
    assert alarms(broken, NAMES, done=True) == []


def test_passed_without_an_end():
    """A test that is said to have passed, and was not run to its end, is an alarm."""
    assert alarms([*WELL, outcome("test_other", "passed")], NAMES, done=True)


def test_a_run_that_was_cut():
    """A run that says it is done, and has not come to all canaries, was stopped by somebody."""
    assert alarms(WELL[1:], NAMES, done=True)
    assert alarms(WELL[1:], NAMES, done=False) == []


def test_tests_that_cannot_be_read():
    """Where pytest could not read the tests, that is the problem, and no alarm."""
    assert alarms([{"problem": "SyntaxError"}], NAMES, done=True) == []


def test_each_alarm_once():
    """The same alarm is told once."""
    assert alarms([{"alarm": "x"}, {"alarm": "x"}, *WELL], NAMES, done=True) == ["x"]


def test_a_change_is_seen(monkeypatch):
    """A function of pytest's, or a builtin, that was replaced or deleted is seen."""
    import builtins

    import pytest

    kept = [*canaries._kept(pytest), *canaries._kept(builtins)]
    assert not canaries._changed(kept)
    with monkeypatch.context() as patch:
        patch.setattr(pytest, "raises", lambda: None)
        assert canaries._changed(kept)
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "hello", 1, raising=False)
        assert not canaries._changed(kept)
    with monkeypatch.context() as patch:
        patch.delattr(builtins, "ascii")
        assert canaries._changed(kept)
