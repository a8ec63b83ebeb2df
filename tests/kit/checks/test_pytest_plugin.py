"""Facts about the pytest plugin of the graded suite."""

import pytest

from confirmlab.base import paths
from confirmlab.checks.pytest_plugin import Reporter

pytest_plugins = ["pytester"]

SUITE = '''
import pytest

@pytest.mark.exercise("one", points=2)
def test_first():
    """The first holds."""

@pytest.mark.exercise("two")
@pytest.mark.parametrize("number", [1, 2])
def test_second(number):
    """The second
    holds."""
    assert number == 1, "the number is 2"

def test_third(broken):
    pass

@pytest.fixture
def broken():
    raise RuntimeError("nothing works")
'''


@pytest.fixture(autouse=True)
def no_other_plugins(monkeypatch):
    """Load no other plugin, as in a check; loading them takes two seconds."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def run_suite(pytester):
    """Return a function that runs a small suite, and returns the reporter's messages."""
    messages = []

    def run_suite(source, *arguments):
        pytester.makepyfile(source)
        lean = ("-p", "confirmlab.checks.pytest_plugin", "-p", "no:cacheprovider")
        pytester.inline_run(*lean, *arguments, plugins=[Reporter(messages.append)])
        return messages

    return run_suite


def caught(source, name, more=None):
    try:
        exec(compile(source, str(name), "exec"), more or {})
    except BaseException as error:
        return error


def test_tests_are_described(run_suite):
    """Before the first test runs, each one is listed with its sentence, exercise and points."""
    first, second, *_ = run_suite(SUITE)[0]["tests"]

    assert (first["sentence"], first["exercise"], first["points"]) == (
        "The first holds.",
        "one",
        2,
    )
    assert (second["sentence"], second["points"]) == ("The second holds.", 1)


def test_every_outcome_is_reported(run_suite):
    """Each test is reported as passed, failed or error, with its message."""
    ends = sorted((m["outcome"], m["message"]) for m in run_suite(SUITE) if "outcome" in m)

    assert ends == [
        ("error", "The test raised RuntimeError: nothing works"),
        ("failed", "The number is 2"),
        ("passed", ""),
        ("passed", ""),
    ]


def test_the_running_test_is_named(run_suite):
    """Each test is named before it runs, so that an endless loop can be attributed to it."""
    running = [message["running"] for message in run_suite(SUITE) if "running" in message]

    assert any(name.endswith("::test_first") for name in running)
    assert len(running) == 4


def test_only_wanted_exercises_run(run_suite):
    """With --exercise, only the tests of that exercise run."""
    (tests,) = [m["tests"] for m in run_suite(SUITE, "--exercise=two") if "tests" in m]

    assert {test["exercise"] for test in tests} == {"two"}


def test_a_broken_suite_is_reported(run_suite):
    """A test file that cannot be imported is reported with the last line of the error."""
    problems = [m["problem"] for m in run_suite("import nowhere_to_be_found") if "problem" in m]

    assert problems == ["E   ModuleNotFoundError: No module named 'nowhere_to_be_found'"]


@pytest.mark.parametrize("given", ["", "elsewhere"])
def test_the_judged_app_is_named(pytester, given):
    """The app under test is the one that --app names, or else the finished app."""
    wanted = pytester.path / given if given else paths.in_kit("solutions", "app").resolve()
    pytester.makepyfile(f"def test(app_folder): assert str(app_folder) == {str(wanted)!r}")
    chosen = ["--app", given] if given else []

    result = pytester.inline_run("-p", "confirmlab.checks.pytest_plugin", *chosen)
    result.assertoutcome(passed=1)


def test_an_app_that_was_late_is_not_asked_again(run_suite):
    """After a timeout, the other tests of the exercise are skipped."""
    suite = '''
import pytest
from confirmlab.checks.app.app_errors import AppTimeout

@pytest.mark.exercise("one")
@pytest.mark.parametrize("number", range(5))
def test_late(number):
    """It is late."""
    raise AppTimeout("4")
'''
    outcomes = [message["outcome"] for message in run_suite(suite) if "outcome" in message]

    assert outcomes == ["timeout", *["not-run"] * 4]


def test_an_app_that_died_is_reported_by_a_message_of_its_own(run_suite):
    """Whether the app died is told by the error's type, whatever a test's message says."""
    suite = '''
import pytest
from confirmlab.checks.app.app_errors import AppDied
from confirmlab.processes.jobs import DIED

@pytest.mark.exercise("one")
def test_died():
    """It dies."""
    raise AppDied

@pytest.mark.exercise("one")
def test_says_so():
    """It says so."""
    raise AssertionError(DIED)
'''
    messages = run_suite(suite)

    assert len({m["message"] for m in messages if "outcome" in m}) == 1
    (died,) = [message["died"] for message in messages if "died" in message]
    assert died.endswith("::test_died")


def test_a_cap_that_is_not_in_the_course(run_suite):
    """A test that names a cap missing from course.toml is an error, and no test runs."""
    (message,) = run_suite(
        "import pytest\n"
        "@pytest.mark.exercise('confirm-token', grave='no-such-cap')\n"
        "def test_it():\n    assert False\n"
    )
    assert "'no-such-cap'" in message["problem"] and "course.toml" in message["problem"]
