"""Collect graded tests with pytest, in a parent or when needed, and run some of them on an app."""

import os
import sys
from collections.abc import Iterable
from contextlib import chdir
from pathlib import Path

import pytest
from _pytest.config import _prepareconfig

from confirmlab.base import paths
from confirmlab.checks.app.learner_app import LearnerApp
from confirmlab.checks.pytest_options import LEAN
from confirmlab.checks.pytest_plugin import APP

# Asserts need no rewriting, since each one has its own message.
_GRADED = ("--assert=plain", "--import-mode=importlib")


class Collection:
    """A pytest session that has collected; it can be run once, here or in a fork of this process.

    These are the steps of `pytest.main`, taken apart between collecting and running, so that a
    warm parent collects and each of its children runs.
    """

    def __init__(self, files: Iterable[str], root: Path | None = None) -> None:
        self.files = frozenset(files)
        self.broken: list[pytest.CollectReport] = []
        # As file names, since pytest takes brackets in a path for a test's parameters.
        folders = {os.path.dirname(name) for name in self.files}
        near = folders.pop() if len(folders) == 1 else ""
        names = sorted(os.path.relpath(name, near) if near else name for name in self.files)
        arguments = [*names, "-p", "confirmlab.checks.pytest_plugin", *LEAN, *_GRADED]
        arguments += ["-c", str(paths.in_kit("tests", "lesson", "pytest.ini"))]
        # Other suites get names relative to their root, and may use caplog. The kit's own run
        # without it: pytest would open a file in the parent, which the children close.
        arguments += [f"--rootdir={root}"] if root else ["-p", "no:logging"]
        with chdir(near or "."):
            config = _prepareconfig(arguments, [self])
            config._do_configure()
            self.session = pytest.Session.from_config(config)
            self.session.exitstatus = pytest.ExitCode.OK
            config.hook.pytest_sessionstart(session=self.session)
            config.hook.pytest_collection(session=self.session)
        modules = (item.getparent(pytest.Module) for item in self.session.items)
        self.modules = {"conftest", *(module.obj.__name__ for module in modules if module)}

    def __repr__(self) -> str:
        return f"<Collection of {len(self.session.items)} tests>"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Store the report of a file that could not be collected; `run` passes it to plugins."""
        if report.failed:
            self.broken.append(report)

    def run(self, app: LearnerApp, ids: list[str], plugins: Iterable[object]) -> None:
        """Run the tests of some exercises on an app, with some more plugins."""
        session, config = self.session, self.session.config
        config.stash[APP] = app
        config.option.exercise = ids
        for plugin in plugins:
            config.pluginmanager.register(plugin)
        config.pluginmanager.unregister(self)
        for report in self.broken:
            config.hook.pytest_collectreport(report=report)
        config.hook.pytest_collection_modifyitems(
            session=session, config=config, items=session.items
        )
        config.hook.pytest_collection_finish(session=session)
        try:
            config.hook.pytest_runtestloop(session=session)
        except (KeyboardInterrupt, pytest.exit.Exception):  # includes Session.Interrupted
            session.exitstatus = pytest.ExitCode.INTERRUPTED  # the reader sees what did not run
            excinfo = pytest.ExceptionInfo.from_current()
            config.hook.pytest_keyboard_interrupt(excinfo=excinfo)
        config.hook.pytest_sessionfinish(session=session, exitstatus=session.exitstatus)
        self.close()

    def close(self) -> None:
        """Unconfigure pytest."""
        self.session.config._ensure_unconfigure()


def collect_ahead(files: Iterable[str]) -> Collection:
    """Collect tests now, for children that this process will fork; return the collection."""
    _ahead.append(Collection(files))
    return _ahead[-1]


def collect(files: Iterable[str], root: Path | None = None) -> Collection:
    """Return the collection of `collect_ahead`, if it contains these files, or else a new one.

    A collection that `collect_ahead` made is returned only once.
    """
    wanted = frozenset(files)
    if root is None and _ahead and wanted <= _ahead[-1].files:
        return _ahead.pop()
    unload()
    return Collection(wanted, root)


def unload() -> None:
    """Close the collection of `collect_ahead`, and unload its modules.

    Other tests may use the same names.
    """
    while _ahead:
        made = _ahead.pop()
        made.close()
        for name in made.modules:
            sys.modules.pop(name, None)


_ahead: list[Collection] = []
