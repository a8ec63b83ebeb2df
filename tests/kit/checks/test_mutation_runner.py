"""Facts about running a learner's tests against many apps."""

import pytest

from confirmlab.checks import mutation_runner
from confirmlab.checks.mutation_runner import Phase
from confirmlab.course import mutants
from confirmlab.course.mutants import TRIALS

SUITE = """
def test_own_token(user):
    assert user.confirm(user.generate_confirmation_token()) is True


def test_other_users_token(user, other):
    assert not other.confirm(user.generate_confirmation_token())
"""
LEAVES = """
import os


def test_own_token(user):
    user.confirm(user.generate_confirmation_token()) or os._exit(0)
"""
LOOPS = """
def test_own_token(user):
    while not user.confirm(user.generate_confirmation_token()):
        pass
"""


def app(start):
    return next(one for one in mutants.of_the_model() if one.id.startswith(start))


def run(suite, first=True, seconds=60.0):
    apps = Phase((app("c2_"), app("c3_"), app("c5_")), first)
    return mutation_runner.run([apps], suite, TRIALS["confirmation-tests"], seconds)[0]


def told(runs):
    return [(one.mutant.id[:2], [failure.test for failure in one.failed], one.end) for one in runs]


@pytest.mark.parametrize("forks", [True, False])
def test_each_app_is_told_apart(monkeypatch, forks):
    """Each app gets its own answer, in order, with and without forks."""
    if forks and not mutation_runner._FORKS:
        pytest.skip("this system has no fork")
    monkeypatch.setattr(mutation_runner, "_FORKS", forks)

    assert told(run(SUITE)) == [
        ("c2", [], "done"),
        ("c3", ["test_own_token"], "done"),
        ("c5", ["test_other_users_token"], "done"),
    ]


@pytest.mark.parametrize(("suite", "end"), [(LEAVES, "died"), (LOOPS, "timeout")])
def test_one_app_cannot_end_the_others(suite, end):
    """A suite that leaves or loops for ever on one app is ended there, and runs on the others."""
    runs = run(suite, seconds=1.0)

    assert told(runs) == [("c2", [], "done"), ("c3", [], end), ("c5", [], "done")]
    assert [one.caught for one in runs] == [False, True, False]


def test_names_are_kept():
    """Each run knows the names of the tests, so that an empty suite can be told."""
    assert {one.names for one in run(SUITE)} == {("test_own_token", "test_other_users_token")}
    assert {one.names for one in run("answer = 42")} == {()}


def test_a_suite_can_look_at_the_log():
    """The learner's tests find pytest's `caplog` when they ask for it."""
    suite = """
import logging

def test_it(app, caplog):
    logging.getLogger("app").warning("coo")
    assert caplog.messages == ["coo"]
"""
    apps = Phase((app("c2_"),))
    assert told(mutation_runner.run([apps], suite, TRIALS["confirmation-tests"], 60.0)[0]) == [
        ("c2", [], "done")
    ]


def test_the_app_is_made_once():
    """The app of the fixtures is made before the first fork; each fork has a copy of its tables."""
    suite = """
from app.models import User

def test_it(app, user):
    assert User.query.count() == 1
    assert False, app.config["SECRET_KEY"]
"""
    apps = Phase((app("c2_"), app("c3_"), app("c5_")))
    (runs,) = mutation_runner.run([apps], suite, TRIALS["confirmation-tests"], 60.0, shares=1)

    assert len(runs) == 3
    (key,) = {failure.message for one in runs for failure in one.failed}
    assert len(key) == 128


def test_a_phase_that_notices_something_is_the_last():
    """What fails on a sound app is not tried on the faulty ones."""
    fails = "def test_it():\n    assert False"
    phases = [Phase((app("c2_"),)), Phase((app("c3_"),)), Phase((app("c5_"),), first=True)]
    had = mutation_runner.run(phases, fails, TRIALS["confirmation-tests"], 60.0)

    assert [[one.mutant.id[:2] for one in phase] for phase in had] == [["c2"]]


def test_a_loop_on_a_sound_app_costs_its_time_once():
    """A suite that never ends on a sound app is not tried on the others of its phase."""
    loops = "def test_it():\n    while True:\n        pass"
    apps = Phase((app("c2_"), app("c3_"), app("c5_")))
    (runs,) = mutation_runner.run([apps], loops, TRIALS["confirmation-tests"], 1.0, shares=1)

    assert told(runs) == [("c2", [], "timeout")]


def test_a_loop_where_tests_are_read_costs_the_time_of_one_app():
    """A file of tests that never ends being read is ended when the time of one app is over."""
    apps = Phase((app("c2_"),) * 100)
    (runs,) = mutation_runner.run(
        [apps], "while True:\n    pass", TRIALS["confirmation-tests"], 1.0
    )

    assert {one.end for one in runs} == {"timeout"}
