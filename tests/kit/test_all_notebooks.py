"""Every notebook runs, solved and unfilled, from the first cell to the last."""

import os
import shutil
import subprocess
import sys

import pytest

from confirmlab import course, release

NBVAL = ["-m", "pytest", "-p", "nbval.plugin", "-p", "confirmlab.nbval_lenient", "-q"]
NBVAL += [
    "-o",
    "addopts=",
    "-o",
    "filterwarnings=",
    "--nbval-current-env",
    "--nbval-cell-timeout",
    "60",
]
NBVAL += ["-x", "--nbval-sanitize-with", str(course.folder("tests", "nbval.cfg"))]

# Jupyter chooses a kernel's ports first and binds them later; of two kernels that start at the
# same moment, here and in another worker, one may find a port taken, and dies. It tries again.
TAKEN = "Kernel died before replying to kernel_info"


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Let the notebooks begin in an empty workspace."""
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(tmp_path / "my_app"))
    return tmp_path / "my_app"


def notebooks(folder):
    names = [f"{lesson.name}.ipynb" for lesson in course.load().lessons]
    return [str(course.folder(folder, name)) for name in names]


def run(arguments, **environment):
    finished = attempt(arguments, environment)
    if TAKEN in finished.stdout + finished.stderr:
        shutil.rmtree(os.environ["CONFIRMLAB_WORKSPACE"], ignore_errors=True)
        finished = attempt(arguments, environment)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def attempt(arguments, environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=course.folder(),
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
    )


def test_solved_notebooks_say_what_they_said(workspace):
    """Each cell of the solved notebooks, run in order, prints what is stored with it."""
    run([*NBVAL, "--nbval", *notebooks("solutions")], CONFIRMLAB_STRICT="1")

    models = (workspace / "app" / "models.py").read_text()
    assert "def confirm(self, token):" in models and "jwt.decode(" in models


def test_unfilled_notebooks_pass_nbval(workspace):
    """The learner's notebooks, with no blank filled, run to their last cells under nbval."""
    run([*NBVAL, "--nbval-lax", *notebooks("notebooks")])


def test_nothing_generated_has_drifted():
    """The learner's notebooks and the finished app are what a release makes, byte for byte."""
    assert release.drift() == []
