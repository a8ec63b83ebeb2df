"""Facts about what pytest is taught for the graded suite."""

import pytest

from confirmlab.base import paths
from confirmlab.checks.pytest_plugin import Reporter, explain

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


@pytest.fixture
def told(pytester):
    """Run a small suite and give what the reporter said."""
    messages = []

    def told(source, *arguments):
        pytester.makepyfile(source)
        lean = ("-p", "confirmlab.checks.pytest_plugin", "-p", "no:cacheprovider")
        pytester.inline_run(*lean, *arguments, plugins=[Reporter(messages.append, pytester.path)])
        return messages

    return told


def caught(source, name, more=None):
    try:
        exec(compile(source, str(name), "exec"), more or {})
    except BaseException as error:
        return error


def test_tests_are_described(told):
    """Before the first test runs all are named, each with its sentence, exercise and points."""
    first, second, *_ = told(SUITE)[0]["tests"]

    assert (first["sentence"], first["exercise"], first["points"]) == (
        "The first holds.",
        "one",
        2,
    )
    assert (second["sentence"], second["points"]) == ("The second holds.", 1)


def test_every_ending_is_told(told):
    """Each test is told as passed, failed or error, with what was seen."""
    ends = [(m["outcome"], m["message"]) for m in told(SUITE) if "outcome" in m]

    assert ends == [
        ("passed", ""),
        ("passed", ""),
        ("failed", "the number is 2"),
        ("error", "The app raised RuntimeError: nothing works"),
    ]


def test_the_running_test_is_named(told):
    """Each test is named before it runs, so that a loop in it can be blamed."""
    running = [message["running"] for message in told(SUITE) if "running" in message]

    assert running[0].endswith("::test_first")
    assert len(running) == 4


def test_only_wanted_exercises_run(told):
    """With --exercise only the tests of that exercise run."""
    (tests,) = [message["tests"] for message in told(SUITE, "--exercise=two") if "tests" in message]

    assert {test["exercise"] for test in tests} == {"two"}


def test_a_broken_suite_is_told(told):
    """A test file that cannot be imported is told with its last line."""
    problems = [m["problem"] for m in told("import nowhere_to_be_found") if "problem" in m]

    assert problems == ["E   ModuleNotFoundError: No module named 'nowhere_to_be_found'"]


@pytest.mark.parametrize("given", ["", "elsewhere"])
def test_the_judged_app_is_named(pytester, given):
    """The app that is judged is the one that --app names, or else the finished one."""
    wanted = pytester.path / given if given else paths.in_kit("solutions", "app").resolve()
    pytester.makepyfile(f"def test(app_folder): assert str(app_folder) == {str(wanted)!r}")
    chosen = ["--app", given] if given else []

    result = pytester.inline_run("-p", "confirmlab.checks.pytest_plugin", *chosen)
    result.assertoutcome(passed=1)


def test_an_assertion_speaks_for_itself(tmp_path):
    """Of an assertion's message the first line is shown, without the name of the exception."""
    assert explain(AssertionError("seen: 3\nassert 3 == 4"), tmp_path) == ("seen: 3", "")


@pytest.mark.parametrize("error", [AssertionError(), SystemExit()])
def test_an_error_without_words_is_named(tmp_path, error):
    """An exception that says nothing is named, with a full stop."""
    assert explain(error, tmp_path)[0] == f"The app raised {type(error).__name__}."


def test_a_long_message_is_cut(tmp_path):
    """A message of megabytes is cut, so that it fits on a card and through a pipe."""
    said, _ = explain(ValueError("x" * 5_000_000), tmp_path)

    assert len(said) < 400
    assert said.endswith("x…")


def test_the_deepest_line_of_the_app_is_named(tmp_path):
    """The line that is named is the last one of the app, not the library's below it."""
    path = tmp_path / "app" / "models.py"
    path.parent.mkdir()
    path.write_text("import json\n\njson.loads('{')\n")

    error = caught(path.read_text(), path)
    assert explain(error, tmp_path)[1] == "app/models.py, line 3: json.loads('{')"


def test_the_line_of_the_cause_is_named(tmp_path):
    """Where one exception was made of another, the line of the first one counts."""
    path = tmp_path / "views.py"
    path.write_text("1 / 0\n")
    error = RuntimeError("broken")
    error.__cause__ = caught(path.read_text(), path)

    assert explain(error, tmp_path)[1] == "views.py, line 1: 1 / 0"


def test_a_name_of_the_class_body_gets_a_hint(tmp_path):
    """An import in the class body is named beside the NameError of the method that misses it."""
    path = tmp_path / "models.py"
    path.write_text(
        "class User:\n    import time\n    def now(self):\n        return time.time()\n"
    )
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    with pytest.raises(NameError) as raised:
        space["User"]().now()
    message, _ = explain(raised.value, tmp_path)

    assert message.startswith("The app raised NameError: name 'time' is not defined; it stands in")
    assert "self.time" in message


def test_a_syntax_error_names_file_and_line(tmp_path):
    """A file that does not compile is named from the app's folder on."""
    said, where = explain(caught("x = (\n", tmp_path / "app" / "views.py"), tmp_path)

    assert said == "SyntaxError: '(' was never closed"
    assert where == "app/views.py, line 1"
