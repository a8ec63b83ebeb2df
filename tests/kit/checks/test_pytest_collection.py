"""Facts about tests that are collected once and run in forks."""

import json
import os
import sys
from pathlib import Path

import pytest

from confirmlab.base import paths
from confirmlab.checks import pytest_collection
from confirmlab.checks.app.watched_members import WatchedMembers
from confirmlab.checks.pytest_plugin import Reporter

FIRST = '''
import pytest

@pytest.mark.exercise("one")
def test_one(learner_app):
    """One holds."""
    assert learner_app == "{name}"

@pytest.mark.exercise("two")
def test_two():
    """Two stops all."""
    raise KeyboardInterrupt
'''

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def suite(tmp_path):
    """Write a file of tests."""

    def suite(text=FIRST, name="test_collected.py"):
        path = tmp_path / name
        path.write_text(text.replace("{name}", "my_app"))
        return str(path)

    yield suite
    pytest_collection.unload()


@pytest.fixture
def collected():
    """Collect tests, and put pytest away at the end."""
    made = []

    def collected(path):
        made.append(pytest_collection.collect([path], Path(path).parent))
        return made[-1]

    yield collected
    for one in made:
        one.close()


@pytest.fixture
def messages_of_fork(tmp_path):
    """Return a function that runs work in a fork, and returns the messages it sent."""

    def messages_of_fork(work):
        said = tmp_path / "said"
        pid = os.fork()
        if pid == 0:
            messages = []
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                work(messages.append)
                messages.append("done")
            finally:
                said.write_text(json.dumps(messages))
                os._exit(0)
        os.waitpid(pid, 0)
        return json.loads(said.read_text())

    return messages_of_fork


class App(str):
    """A placeholder for an app, in which nobody is confirmed."""

    watched = WatchedMembers()

    def login_fault(self):
        return ""

    def finish(self):
        return {}


def run(tests, ids, send):
    tests.run(App("my_app"), ids, [Reporter(send)])


def outcomes(messages):
    return [message["outcome"] for message in messages if "outcome" in message]


def test_one_collection_serves_many_forks(suite, collected, messages_of_fork):
    """Each fork runs the tests that its parent has collected, for the exercises that it needs."""
    tests = collected(suite())

    for _ in range(2):
        messages = messages_of_fork(lambda send: run(tests, ["one"], send))
        assert [test["exercise"] for test in messages[0]["tests"]] == ["one"]
        assert outcomes(messages) == ["passed"]


def test_an_interrupt_ends_the_run_and_no_more(suite, collected, messages_of_fork, monkeypatch):
    """A test that raises KeyboardInterrupt ends the run; teardown still takes place."""
    monkeypatch.setattr("random.shuffle", lambda items: None)  # the one that stops comes last
    tests = collected(suite())
    messages = messages_of_fork(lambda send: run(tests, ["one", "two"], send))

    assert outcomes(messages) == ["passed"]
    assert messages[-1] == "done"


def test_a_collection_error_is_reported_in_the_fork(suite, collected, messages_of_fork):
    """If a file cannot be collected, the fork that runs it reports that, and not the parent."""
    tests = collected(suite("import nowhere", "test_nowhere.py"))
    messages = messages_of_fork(lambda send: run(tests, ["one"], send))

    assert [message["problem"] for message in messages if "problem" in message] == [
        "E   ModuleNotFoundError: No module named 'nowhere'"
    ]


def test_a_collection_ahead_is_used_once():
    """A collection that was made ahead is returned only to the first caller."""
    files = [str(paths.in_kit("tests", "lesson", "test_00_start_here.py"))]
    made = pytest_collection.collect_ahead(files)

    assert pytest_collection.collect(files) is made
    assert not pytest_collection._ahead
    made.close()


def test_other_files_are_collected_again(suite, collected):
    """Other test files may have the same names as those collected ahead, which are unloaded."""
    files = [str(paths.in_kit("tests", "lesson", "test_00_start_here.py"))]
    pytest_collection.collect_ahead(files)
    name = "test_00_start_here"
    before = sys.modules[name]
    other = suite(name=f"{name}.py")

    tests = collected(other)

    assert [item.name for item in tests.session.items] == ["test_one", "test_two"]
    assert sys.modules[name] is not before
