"""Run a learner's tests on each app, in one fork per app; this is the work of a child process.

The child itself runs no learner's code: pytest imports the tests in the forks only, and the child
forwards what a fork reports without parsing it. After each fork the files are restored, so that no
run can see what another one did.
"""

import gc
import inspect
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from confirmlab.checks.explanations import explain_inside
from confirmlab.checks.mutation.kept_files import KeptFiles
from confirmlab.checks.pytest_options import LEAN
from confirmlab.course import skeleton
from confirmlab.processes import jobs
from confirmlab.processes.limits import limit_processor
from confirmlab.processes.open_files import keep_only
from confirmlab.site import app_process

FORKS = hasattr(os, "fork")

_MAX_REPORT_BYTES = 150_000  # bytes that are read of one report
_MAX_TIMEOUTS = 3  # timeouts after which the remaining apps are skipped
_TICK = 0.002  # seconds between two checks of a fork
_WHOLE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)

_METHODS = ("generate_confirmation_token", "confirm")
_UNREADABLE = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.NO_TESTS_COLLECTED)

# No app: a fork that only compiles the tests must not contain an app.
_NO_APP = {name: f"def {name}(self, *_, **__): raise NotImplementedError" for name in _METHODS}

Tell = Callable[[dict[str, Any]], None]


def run_suite(task: dict[str, Any], send: jobs.Send) -> None:
    """Run the tests in `file` on each of `apps`, and send what they report for each app.

    An app is given by the texts of its methods; `fills` are the skeleton's other blanks. Test
    functions in `aside` are skipped, `first` stops each run at its first failure, and `logging`
    loads pytest's log capture.
    """
    folder = Path.cwd().resolve()
    skeleton.build(folder, task["fills"], only=("app", "tests", "pytest.ini"))
    # In a zone far from UTC, a local time that is taken for UTC is noticed.
    os.environ["TZ"] = "America/New_York"
    if hasattr(time, "tzset"):
        time.tzset()
    app_process.make_importable(folder)
    sys.dont_write_bytecode = False  # a first fork compiles the tests for all
    options = [*LEAN, *(["-x"] if task["first"] else [])]
    options += [] if task["logging"] else ["-p", "no:logging"]
    own, apps, status = os.getpid(), _Apps(task, send, folder), 0
    try:
        status = pytest.main([*options, task["file"]], plugins=[apps])
    finally:
        if os.getpid() != own:
            os._exit(status)
    if not FORKS:
        apps.report_alone()


def function(name: str) -> str:
    """Return the name of a test without its parameters."""
    return name.partition("[")[0]


class _Apps:
    """A pytest plugin that forks for each app where pytest is about to read the tests."""

    def __init__(self, task: dict[str, Any], send: jobs.Send, folder: Path) -> None:
        self.task, self.send, self.folder = task, send, folder
        self.own_messages: list[str] = []  # this process's own messages, without forks

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool | None:
        """Run the apps in forks; in a fork, return None, and pytest reads and runs the tests."""
        _make_app()
        apps, late = self.task["apps"], 0
        if not FORKS:
            self._prepare_fork(
                session, apps[0], lambda message: self.own_messages.append(_line(message))
            )
            return None
        read = self._fork(session, _NO_APP)
        if read is None:
            return None
        sys.dont_write_bytecode = True
        if read["ended"] == jobs.End.TIMEOUT:
            self.send(read | {"app": 0})
            return True
        files = KeptFiles(self.folder)
        for number, methods in enumerate(apps):
            done = self._fork(session, methods)
            if done is None:
                return None
            files.put_back()
            self.send(done | {"app": number})
            late += done["ended"] == jobs.End.TIMEOUT
            if late == _MAX_TIMEOUTS or (number == 0 and (late or done["status"] in _UNREADABLE)):
                break
        return True

    def _fork(self, session: pytest.Session, methods: Mapping[str, str]) -> dict[str, Any] | None:
        """Run the tests on an app in a fork, and return its report; return None in the fork.

        Without an app the fork only reads the tests, so that they are compiled for all.
        """
        seconds = self.task["seconds"]
        with tempfile.TemporaryFile() as report:
            pid = os.fork()
            if pid == 0:
                own = os.dup(report.fileno())
                report.close()
                _discard_output()
                keep_only(own)
                limit_processor(seconds)
                session.config.option.collectonly = methods is _NO_APP
                self._prepare_fork(session, methods, partial(_write, own))
                return None
            end, status = _wait_for_fork(pid, seconds)
            report.seek(0)
            text = report.read(_MAX_REPORT_BYTES).decode("utf-8", "replace")
        return {"report": text, "ended": end, "status": status}

    def report_alone(self) -> None:
        """Send what the tests reported on the only app."""
        self.send({"app": 0, "report": "\n".join(self.own_messages), "ended": jobs.End.DONE})

    def _prepare_fork(
        self, session: pytest.Session, methods: Mapping[str, str], tell: Tell
    ) -> None:
        """Prepare this fork to run the tests on the app with these methods."""
        aside = self.task["aside"]
        self.task.clear()  # so that the tests find no other app in this process
        _replace_methods(methods)
        session.config.pluginmanager.register(_Reporter(tell, aside, self.folder))


class _Reporter:
    """A pytest plugin that reports which tests there are, which one runs, and which ones fail."""

    def __init__(self, tell: Tell, aside: Collection[str], folder: Path) -> None:
        self.tell, self.aside, self.folder = tell, aside, folder

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Report why the file of tests cannot be read."""
        if report.failed:
            self.tell({"problem": str(report.longrepr).strip().splitlines()[-1][:300]})

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remove the test functions that were set aside."""
        items[:] = [item for item in items if function(_name(item.nodeid)) not in self.aside]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Report which tests there are."""
        self.tell({"tests": [_name(item.nodeid) for item in session.items]})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Report which test runs, so that an endless loop can be named."""
        self.tell({"running": _name(nodeid)})

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Any:
        """Report a failed test with its message and the line of the app or test it came from."""
        if (yield).get_result().failed and call.excinfo:
            message, where = explain_inside(call.excinfo.value, self.folder)
            self.tell({"failed": _name(item.nodeid), "message": message, "where": where})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Report that the run is complete."""
        if exitstatus in _WHOLE:
            self.tell({"whole": True})


def _name(nodeid: str) -> str:
    return nodeid.partition("::")[2]


def _make_app() -> None:
    """Create the fixtures' app and use its database once; each fork starts with a copy of it.

    The forks replace methods of the model afterwards; creating an app does not call them.
    """
    conftest: Any = sys.modules["conftest"]
    with suppress(Exception):  # each fork would get the same error, and reports it
        app = inspect.unwrap(conftest.app)()
        conftest.create_app = lambda config: app
        with app.app_context():
            db, user = conftest.db, conftest.saved_user("Ada", "ada@example.com")
            conftest.saved_user("Grace", "grace@example.com")
            user.confirm(user.generate_confirmation_token())
            db.session.commit()
            db.session.execute(db.delete(conftest.User))
            db.session.commit()
            db.session.remove()
            db.drop_all()  # so that user ids start at 1 again
            db.create_all()
    gc.collect()
    gc.freeze()


def _replace_methods(methods: Mapping[str, str]) -> None:
    """Replace the model's methods with those of an app."""
    models = sys.modules["app.models"]
    for text in methods.values():
        names: dict[str, Any] = {}
        exec(compile(text, "<an app's method>", "exec"), models.__dict__, names)
        for name, method in names.items():
            setattr(models.User, name, method)


def _discard_output() -> None:
    """Discard what the tests print."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)


def _line(message: dict[str, Any]) -> str:
    return json.dumps(message)


def _write(report: int, message: dict[str, Any]) -> None:
    os.write(report, _line(message).encode() + b"\n")


def _wait_for_fork(pid: int, seconds: float) -> tuple[jobs.End, int]:
    """Wait for a fork, and kill it at its time limit; return how it ended and its exit code."""
    deadline = time.monotonic() + jobs.CLOCK_PER_PROCESSOR_SECOND * seconds
    gone = 0
    while not gone:
        late = time.monotonic() > deadline
        if late:
            os.kill(pid, signal.SIGKILL)
        gone, status, used = os.wait4(pid, 0 if late else os.WNOHANG)
        time.sleep(0 if gone else _TICK)
    by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    over = by == signal.SIGKILL and used.ru_utime + used.ru_stime >= seconds
    end = jobs.End.TIMEOUT if late or over or by == signal.SIGXCPU else jobs.End.DONE
    return end, os.waitstatus_to_exitcode(status)
