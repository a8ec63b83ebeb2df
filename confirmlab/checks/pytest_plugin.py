"""The pytest plugin of the graded suite: options, the app under test, reports of outcomes."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.checks.app.app_beside import app_beside
from confirmlab.checks.app.app_errors import AppDied, AppTimeout, InvalidAnswer
from confirmlab.checks.app.learner_app import LearnerApp, open_app
from confirmlab.checks.explanations import explain
from confirmlab.course import lessons
from confirmlab.processes.messages import Send

APP = pytest.StashKey[LearnerApp]()  # the app under test, if the caller has started it

_MARKER = (
    "exercise(id, points=1, required=False, grave=''): the exercise a graded test belongs to, its "
    "weight, whether the exercise is worth nothing without it, and which cap of course.toml "
    "holds if it fails"
)
_MAX_TIMEOUTS = 3  # timeouts after which the run ends


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --app and --exercise."""
    group = parser.getgroup("confirmlab")
    group.addoption("--app", help="folder of the app to judge (default: the finished app)")
    group.addoption("--exercise", action="append", help="run the tests of this exercise only")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that ties a test to an exercise."""
    config.addinivalue_line("markers", _MARKER)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of other exercises."""
    wanted = config.getoption("--exercise")
    if wanted:
        others = [item for item in items if exercise_of(item) not in wanted]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if exercise_of(item) in wanted]


@pytest.fixture(scope="session")
def app_folder(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the app under test."""
    given = request.config.getoption("--app")
    return Path(given or paths.in_kit("solutions", "app")).resolve()


@pytest.fixture(scope="session")
def learner_app(request: pytest.FixtureRequest) -> Iterator[LearnerApp]:
    """The app under test; it runs in a process of its own."""
    given = request.config.stash.get(APP, None)
    if given is not None:
        yield given
        return
    with app_beside(request.getfixturevalue("app_folder")) as running:
        app = open_app(**running)
        yield app
        app.close()


def exercise_of(item: pytest.Item) -> str:
    """Return the id of the exercise that a test belongs to, or ""."""
    marker = item.get_closest_marker("exercise")
    return marker.args[0] if marker else ""


def _file_of(item: pytest.Item) -> str:
    """Return the file of the app that holds the blank of a test's exercise, or ""."""
    files = {exercise.id: exercise.file for exercise in lessons.load().exercises}
    return files.get(exercise_of(item), "")


def _is_required(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("exercise")
    return marker is not None and bool(marker.kwargs.get("required"))


class Reporter:
    """Sends which tests there are and how each one ended, as JSON messages.

    The tests run in random order. After a timeout the other tests of that exercise are skipped;
    after three timeouts all remaining tests are skipped.
    """

    def __init__(self, send: Send) -> None:
        self.send = send
        self.late: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Report the tests in their order, then shuffle the order in which they run."""
        try:
            self.send({"tests": [_describe(item) for item in session.items]})
        except CourseError as error:
            self.send({"problem": str(error)})
            session.items.clear()
        random.shuffle(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Report why tests could not be collected."""
        if report.failed:
            self.send({"problem": str(report.longrepr).strip().splitlines()[-1]})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Report which test is running, so that an endless loop can be named."""
        self.send({"running": nodeid})

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a test that would probably time out as well; tell the app which one runs."""
        app = item.config.stash.get(APP, None)
        if app is not None:
            app.watched.test = item.nodeid
        if self.late[exercise_of(item)] or self.late.total() >= _MAX_TIMEOUTS:
            pytest.skip("the app was late")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Any:
        """Report how a test ended."""
        report = (yield).get_result()
        if report.failed and call.excinfo:
            error = call.excinfo.value
            if isinstance(error, AppTimeout):
                self.late[exercise_of(item)] += 1
            self._report(item, call, *explain(error, _file_of(item)))
            if isinstance(error, AppDied):
                self.send({"died": item.nodeid})
            if isinstance(error, InvalidAnswer):
                self.send({"alarm": f"its process sent an unrequested message ({error})"})
        elif call.when == "call" and report.passed:
            self._report(item, call, "passed")
        elif report.skipped:
            self._report(item, call, "not-run")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Report the tests that passed at first and fail because of what was noticed later.

        Any blank may have broken the login, so every required test fails. Blanks without a fault
        pass when they are judged alone.
        """
        app = session.config.stash.get(APP, None)
        if app is None:
            return
        fault = app.login_fault()
        failed = {item.nodeid: fault for item in session.items if fault and _is_required(item)}
        for name, message in (failed | app.finish()).items():
            self.send({"name": name, "outcome": "failed", "message": message, "where": ""})

    def _report(
        self,
        item: pytest.Item,
        call: pytest.CallInfo[Any],
        outcome: str,
        message: str = "",
        where: str = "",
    ) -> None:
        ending = {"name": item.nodeid, "outcome": outcome, "message": message, "where": where}
        self.send(ending | {"seconds": round(call.duration, 4)})


def _describe(item: pytest.Item) -> dict[str, Any]:
    marker = item.get_closest_marker("exercise")
    given = marker.kwargs if marker else {}
    doc = getattr(getattr(item, "obj", None), "__doc__", None) or item.name
    return {
        "name": item.nodeid,
        "sentence": " ".join(doc.split()),
        "exercise": exercise_of(item),
        "points": given.get("points", 1),
        "required": _is_required(item),
        "cap": _cap(exercise_of(item), given.get("grave", "")),
    }


def _cap(exercise_id: str, grave: str) -> float:
    """Return the highest score, from 0 to 1, that course.toml allows despite this grave fault.

    Raises:
        CourseError: course.toml has no such cap.
    """
    if not grave:
        return 1.0
    caps = lessons.load().exercise(exercise_id).caps
    if grave not in caps:
        raise CourseError(
            f"A test of {exercise_id!r} is marked grave={grave!r}, which is none of the caps that "
            f"course.toml gives for it ({', '.join(caps) or 'none'}); add it there."
        )
    return caps[grave]
