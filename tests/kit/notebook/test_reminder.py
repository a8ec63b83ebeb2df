"""Facts about a kernel in which the notebook's first cell has not been run."""

import json
import os
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.kernelspec import KernelSpecManager

from confirmlab import lab
from confirmlab.base.errors import KitError
from confirmlab.notebook import magics, reminder


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Start an IPython as `confirmlab lab` does."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    reminder.load_ipython_extension(shell)
    return shell


@pytest.mark.parametrize(
    "cell",
    ["%check gate", "%%fill gate\nx", "site.start()", "bench('a')", "inbox.latest"]
    + ["inbox[-1]", "len(inbox)", "[mail for mail in inbox]"],
)
def test_a_command_names_the_first_cell(kernel, cell):
    """Before the first cell, the course's commands and names say which cell to run."""
    result = kernel.run_cell(cell)

    assert isinstance(result.error_in_exec, KitError)
    assert "Run the first cell of this notebook" in str(result.error_in_exec)


def test_every_command_is_known():
    """Each command of the course has a reminder."""
    registered = magics.LessonMagics.magics

    assert set(reminder.LINE_COMMANDS) == set(registered["line"])
    assert set(reminder.CELL_COMMANDS) == set(registered["cell"])


def test_lab_starts_kernels_with_the_reminder(monkeypatch):
    """The kernel of `confirmlab lab` loads the reminder; other search paths are kept."""
    path = lab.jupyter_path("/elsewhere")
    first, second = path.split(os.pathsep)
    spec = json.loads((Path(first) / "kernels" / "python3" / "kernel.json").read_text("utf-8"))

    assert spec["argv"][-1] == f"--ext={reminder.__name__}" and second == "/elsewhere"
    monkeypatch.setenv("JUPYTER_PATH", path)
    found = KernelSpecManager().get_kernel_spec("python3")
    assert found.argv[-1] == spec["argv"][-1]
