"""Judge learners' fills inside the sandbox: the work of its children."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from confirmlab.base import paths
from confirmlab.checks import runner
from confirmlab.checks.sandbox import guard
from confirmlab.checks.sandbox.canaries import Canaries
from confirmlab.course import lessons, skeleton
from confirmlab.processes.messages import Say

# What nobody's app may read, where no wall hides it.
_KEPT = ("solutions", "tests/mutants", "tests/kit", ".git")


def run_graded(task: dict[str, Any], say: Say) -> None:
    """Build an app from `fills` in this folder, and run the graded tests of some exercises.

    The task also holds `ids` of exercises, names of `canaries`, and `hidden`: the texts of test
    files by name, which replace the kit's own.
    """
    home = Path.cwd()
    folder = skeleton.build(home / "my_app", task["fills"])
    files = runner.test_files(map(lessons.load().exercise, task["ids"]))
    hidden = _put_down(home / "hidden", task["hidden"]) if task["hidden"] else None
    if hidden:
        files = [str(hidden)]
    plugins = [Canaries(say, task["canaries"]), _Watched(say, home, hidden)]
    asked = {"app": str(folder), "ids": task["ids"], "files": files, "root": hidden}
    runner.run_tests(asked, say, *plugins)


class _Watched:
    """Begin to watch when the tests are read, and nothing of the learner's has run."""

    def __init__(self, say: Say, home: Path, hidden: Path | None) -> None:
        self.say, self.home, self.hidden = say, home, hidden

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Take the hidden tests away, whose code is in memory now, and begin."""
        if self.hidden:
            shutil.rmtree(self.hidden)
        _watch(self.say, self.home)


def _watch(say: Say, home: Path) -> None:
    kept = tuple(paths.in_kit(name) for name in _KEPT)
    guard.watch(lambda why: say({"alarm": why}), home, kept)


def _put_down(folder: Path, texts: Mapping[str, str]) -> Path:
    folder.mkdir()
    shared = paths.in_kit("tests", "lesson", "conftest.py")
    (folder / "conftest.py").write_text(shared.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
