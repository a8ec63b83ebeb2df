"""Teach pytest the graded suite: which app it judges, which exercise a test belongs to."""

import linecache
import os
import traceback
from pathlib import Path
from typing import Any

import pytest

from confirmlab.base import paths
from confirmlab.processes.messages import Say

_MOST = 300  # characters of what an exception says; a card is no log


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --app and --exercise."""
    group = parser.getgroup("confirmlab")
    group.addoption("--app", help="folder of the app to judge (default: the finished app)")
    group.addoption("--exercise", action="append", help="run the tests of this exercise only")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that ties a test to an exercise."""
    config.addinivalue_line(
        "markers", "exercise(id, points=1): the exercise a graded test belongs to, and its weight"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the wanted exercises."""
    wanted = config.getoption("--exercise")
    if wanted:
        others = [item for item in items if exercise_of(item) not in wanted]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if exercise_of(item) in wanted]


@pytest.fixture(scope="session")
def app_folder(request: pytest.FixtureRequest) -> Path:
    """Name the folder of the app that is judged."""
    return Path(request.config.getoption("--app") or paths.in_kit("solutions", "app")).resolve()


def exercise_of(item: pytest.Item) -> str:
    """Name the exercise that a test belongs to."""
    marker = item.get_closest_marker("exercise")
    return marker.args[0] if marker else ""


class Reporter:
    """Say, as JSON messages, which tests there are and how each one ended."""

    def __init__(self, say: Say, app_folder: Path) -> None:
        self.say = say
        self.app_folder = app_folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Report which tests there are, before anything can leave some of them out."""
        wanted = config.getoption("--exercise", None)
        chosen = [item for item in items if not wanted or exercise_of(item) in wanted]
        self.say({"tests": [_describe(item) for item in chosen]})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Say why tests could not be collected."""
        if report.failed:
            self.say({"problem": str(report.longrepr).strip().splitlines()[-1]})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say which test is running, so that an endless loop can be named."""
        self.say({"running": nodeid})

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Any:
        """Say how a test ended."""
        report = (yield).get_result()
        if report.failed:
            assertion = call.when == "call" and call.excinfo.errisinstance(AssertionError)
            message, where = explain(call.excinfo.value, self.app_folder)
            outcome = "failed" if assertion else "error"
            self._tell(item, call.when, outcome, message, where)
        elif call.when == "call":
            self._tell(item, call.when, "passed" if report.passed else "not-run")

    def _tell(
        self, item: pytest.Item, when: str, outcome: str, message: str = "", where: str = ""
    ) -> None:
        told = {"name": item.nodeid, "when": when, "outcome": outcome}
        self.say(told | {"message": message, "where": where})


def explain(error: BaseException, app_folder: Path) -> tuple[str, str]:
    """Put an exception into a sentence, and name the line of the app that it came from."""
    lines = str(error).strip().splitlines()
    said = _short(lines[0]) if lines else ""
    if isinstance(error, AssertionError) and said:
        return said.removeprefix("AssertionError: "), _where(error, app_folder)
    if isinstance(error, SyntaxError):
        where = f"{_local(error.filename or '', app_folder)}, line {error.lineno}"
        return f"{type(error).__name__}: {error.msg}", where
    where = _where(error, app_folder)
    if isinstance(error, pytest.fail.Exception):
        return said, where
    if isinstance(error, pytest.FixtureLookupError):
        return f"There is no fixture named {error.argname!r}", where
    if isinstance(error, AttributeError) and "AnonymousUserMixin" in said:
        said += "; nobody is logged in, in this request"
    if isinstance(error, NameError) and _stands_in_class(error):
        said += (
            f"; it stands in the class, where methods see it as self.{error.name} only: "
            "move that line into the method, or to the top of the file"
        )
    raised = f"The {'test' if where.startswith('tests/') else 'app'} raised {type(error).__name__}"
    return f"{raised}: {said}" if said else f"{raised}.", where


def _stands_in_class(error: NameError) -> bool:
    """Return whether the name was made in the body of the class whose method missed it."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    owner = frame.f_globals.get(frame.f_code.co_qualname.partition(".")[0])
    return isinstance(owner, type) and error.name in vars(owner)


def _short(said: str) -> str:
    return said if len(said) <= _MOST else f"{said[:_MOST]}…"


def _local(name: str, app_folder: Path) -> str:
    path = Path(name)
    return path.relative_to(app_folder).as_posix() if path.is_relative_to(app_folder) else name


def _where(error: BaseException, app_folder: Path) -> str:
    cause, inside = error.__cause__ or error, f"{app_folder}{os.sep}"
    for frame, number in reversed(list(traceback.walk_tb(cause.__traceback__))):
        name = frame.f_code.co_filename
        if name.startswith(inside):
            line = linecache.getline(name, number).strip()
            return f"{_local(name, app_folder)}, line {number}: {line}"
    return ""


def _describe(item: pytest.Item) -> dict[str, Any]:
    marker = item.get_closest_marker("exercise")
    doc = (getattr(item, "obj", None) and item.obj.__doc__) or item.name
    points = marker.kwargs.get("points", 1) if marker else 1
    return {
        "name": item.nodeid,
        "sentence": " ".join(doc.split()),
        "exercise": exercise_of(item),
        "points": points,
    }
