"""Facts about running a learner's tests against many apps."""

import json
from dataclasses import replace

import pytest

from confirmlab.checks.mutation import mutation_forks, mutation_runner
from confirmlab.course import mutants
from confirmlab.course.mutants import Mutant, mutation_tasks
from confirmlab.processes import jobs

TRIAL = mutation_tasks()["confirmation-tests"]
SOUND = Mutant("sound", "The reference", "", "", False, ())
OWN = """
def test_own_token(user):
    assert user.confirm(user.generate_confirmation_token()) is True
"""
SUITE = f"""{OWN}

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


def run(suite, seconds=60.0, sound=(), faulty=("c2_", "c3_", "c5_"), **more):
    return mutation_runner.run(sound, [app(name) for name in faulty], suite, TRIAL, seconds, **more)


def outcomes(runs):
    return sorted(
        (one.mutant.id[:2], [failure.test for failure in one.failed], one.end) for one in runs
    )


def messages(runs):
    return {failure.message for one in runs for failure in one.failed}


@pytest.mark.parametrize("forks", [True, False])
def test_each_app_gets_its_own_result(monkeypatch, forks):
    """Each app gets its own result, with and without forks."""
    if forks and not mutation_forks.FORKS:
        pytest.skip("this system has no fork")
    monkeypatch.setattr(mutation_runner, "FORKS", forks)

    runner = jobs.run_all if forks else in_this_system_without_forks
    assert outcomes(run(SUITE, runner=runner)) == [
        ("c2", [], "done"),
        ("c3", ["test_own_token"], "done"),
        ("c5", ["test_other_users_token"], "done"),
    ]


def in_this_system_without_forks(given):
    """Run jobs in children that behave as on a system without fork."""
    return jobs.run_all([replace(job, work=without_forks) for job in given])


def without_forks(task, say):
    mutation_forks.FORKS = False
    mutation_forks.run_suite(task, say)


@pytest.mark.parametrize(("suite", "end"), [(LEAVES, "died"), (LOOPS, "timeout")])
def test_one_app_cannot_end_the_others(suite, end):
    """A suite that exits or loops forever on one app is ended there; the other apps still run."""
    runs = run(suite, seconds=1.0, sound=[SOUND] * 2)

    assert outcomes(runs) == [
        ("c2", [], "done"),
        ("c3", ["test_own_token"], end),
        ("c5", [], "done"),
        ("so", [], "done"),
        ("so", [], "done"),
    ]


def test_names_are_kept():
    """Each run lists the names of the tests, so that an empty suite is noticed."""
    assert {one.names for one in run(SUITE)} == {("test_own_token", "test_other_users_token")}
    assert {one.names for one in run("answer = 42")} == {()}


def test_set_aside():
    """A test function that is set aside is skipped with all its cases; no other one is."""
    suite = f"""{OWN}

@pytest.mark.parametrize("text", ["", "coo"])
def test_own(user, text):
    assert user.confirm(text)
"""
    (one,) = run(suite, faulty=["c2_"], aside=["test_own"])

    assert (one.names, one.failed) == (("test_own_token",), ())


def test_unittest():
    """unittest test cases run as under pytest, and are named with their class."""
    suite = """
import unittest


class TestOwn(unittest.TestCase):
    def setUp(self):
        self.user = User(name="Ada", email="ada@example.com", password_hash="")
        db.session.add(self.user)
        db.session.commit()

    def test_own_token(self):
        self.assertTrue(self.user.confirm(self.user.generate_confirmation_token()))
"""
    assert outcomes(run(suite, faulty=["c2_", "c3_"])) == [
        ("c2", [], "done"),
        ("c3", ["TestOwn::test_own_token"], "done"),
    ]


def test_a_suite_can_look_at_the_log():
    """The learner's tests can use pytest's `caplog`."""
    suite = """
import logging

def test_it(app, caplog):
    logging.getLogger("app").warning("coo")
    assert caplog.messages == ["coo"]
"""
    assert outcomes(run(suite, faulty=["c2_"])) == [("c2", [], "done")]


def test_the_app_is_made_once():
    """The fixtures' app is created before the first fork; each fork has a copy of its tables."""
    suite = """
from app.models import User

def test_it(app, user):
    assert User.query.count() == 1 and user.id == 1
    assert False, app.config["SECRET_KEY"]
"""
    (key,) = messages(run(suite, shares=1))

    assert len(key) == 128


def test_the_tests_are_compiled_once():
    """The forks use tests compiled by a fork that has seen no app."""
    suite = """
from pathlib import Path

def test_it():
    (compiled,) = Path("tests", "__pycache__").glob("test_confirmation*.pyc")
    assert False, str(compiled.stat().st_mtime_ns)
"""
    assert len(messages(run(suite, shares=1))) == 1


def test_forks_do_not_share_imports(monkeypatch):
    """The tests are not imported before the fork, so no fork sees what another one did."""
    suite = """
import os
import app

app.seen = getattr(app, "seen", 0) + 1
PARENT = getattr(app, "parent", os.getppid())

def test_it():
    assert False, f"{app.seen} {PARENT == os.getppid()} {[n for n in range(3, 64) if is_open(n)]}"

def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
"""
    (seen,) = messages(run(suite, shares=1))

    first, parent, descriptors = seen.split(maxsplit=2)
    assert (first, parent) == ("1", "True")
    assert len(json.loads(descriptors)) == 1  # its report


def test_forks_do_not_share_files():
    """Files that a run wrote, changed or removed are restored before the next one."""
    suite = """
import os
from pathlib import Path

def test_it():
    seen = Path("seen").exists(), "#" in Path("pytest.ini").read_text(), Path("app").exists()
    Path("seen").mkdir()
    Path("pytest.ini").write_text("#")
    Path("app").rename("else")
    assert False, str(seen)
"""
    assert messages(run(suite, shares=1)) == {"(False, False, True)"}


def test_a_methods_text_reveals_nothing():
    """All that can be read of a method is different in each run of the same app."""
    suite = """
def test_code(user):
    code = User.confirm.__code__
    assert False, f"{code.co_firstlineno} {hash(code.co_code)} {code.co_varnames}"
"""
    runs = run(suite, sound=[SOUND] * 6, faulty=[])

    assert len(messages(runs)) == 6


def test_a_loop_on_the_first_app_costs_its_time_once():
    """A suite that never ends on the first app is not run on the others of its share."""
    loops = "def test_it():\n    while True:\n        pass"
    runs = run(loops, 1.0, shares=1)

    assert sorted(one.end for one in runs) == ["not-run", "not-run", "timeout"]


def test_tests_that_cannot_be_read_are_read_once():
    """A file that pytest cannot collect is not run on the other apps of its share."""
    runs = run("import nonsuch", shares=1)

    assert sorted(one.end for one in runs) == ["done", "not-run", "not-run"]
    assert messages(runs) == {
        "pytest cannot read the tests: ModuleNotFoundError: No module named 'nonsuch'"
    }


def test_a_loop_where_tests_are_read_costs_the_time_of_one_app():
    """A file whose collection never ends is stopped after the time limit of one app."""
    runs = run("while True:\n    pass", 1.0, sound=[SOUND] * 50)

    assert [one.failed[0].test for one in runs if one.end == "timeout"] == [
        mutation_runner.FILE
    ] * 2


@pytest.mark.parametrize(
    "line",
    ["[1]", "7", "[" * 9999, '{"tests": 3}', '{"failed": ["x"]}', '{"failed": "test_unheard_of"}'],
)
def test_reports_are_not_trusted(line):
    """A failure of an unknown test in a report counts for the whole file."""
    found = mutation_runner._read_report(
        SOUND, f'{{"tests": ["test_it"]}}\n{line}\n{{"whole": true}}', "done", 5.0
    )

    assert {failure.test for failure in found.failed} <= {mutation_runner.FILE}
    assert found.names == ("test_it",)


def test_apps_without_a_report_count_as_not_run():
    """If the child was killed, the apps that it had not reported count as not run."""

    def runner(given):
        for place, _ in enumerate(given):
            yield place, jobs.Finished((), "", "died")

    assert {one.end for one in run(SUITE, runner=runner)} == {"died"}
