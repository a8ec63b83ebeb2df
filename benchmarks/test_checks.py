"""How long does a learner wait for a check?

Warm: checks of lesson 03's three exercises, each after a `%%fill`, timed from sending the cell to
its end. Cold: `%load_ext`, `%%fill` and `%check` in a kernel that just began. nbgrader and otter
check the same three answers by as many plain asserts, in a notebook that they run whole. The floor
of a cold check imports less: not what the learner's app imports, which a cold check must.
"""

import os
import sys
from itertools import cycle

import pytest
from commands import HERE, run

from notebooks import nbgrader_notebook, write_otter_course

pytestmark = pytest.mark.benchmark(group="checks")
EXERCISES = ("confirmed-column", "generate-token", "confirm-token")


def test_warm_check(measure, kernel, fills):
    """%check in a warm kernel"""
    notebook = kernel()
    notebook.run("%load_ext confirmlab\n%lesson 3")
    for name in EXERCISES:
        notebook.run(f"%%fill {name}\n{fills[name]}")
        notebook.run(f"%check {name}")
    names = cycle(EXERCISES)

    def fill():
        name = next(names)
        notebook.run(f"%%fill {name}\n{fills[name]}")
        return (f"%check {name}",), {}

    measure(notebook.run, "%check …, each after a %%fill", 21, setup=fill)


def test_cold_check(measure, kernel, fills):
    """load, fill and %check in a fresh kernel"""
    first = kernel()
    first.run("%load_ext confirmlab\n%lesson 3")
    for name in EXERCISES:
        first.run(f"%%fill {name}\n{fills[name]}")
    started = []

    def check():
        started[-1].run("%load_ext confirmlab")
        started[-1].run(f"%%fill confirm-token\n{fills['confirm-token']}")
        started[-1].run("%check confirm-token")

    def start():
        started.append(kernel())

    measure(check, "%load_ext confirmlab / %%fill … / %check …", 7, setup=start)


def test_check_in_a_terminal(measure, kernel, fills, tmp_path):
    """confirmlab check, in a terminal"""
    notebook = kernel()
    notebook.run("%load_ext confirmlab\n%lesson 3")
    for name in EXERCISES:
        notebook.run(f"%%fill {name}\n{fills[name]}")
    notebook.stop()
    env = {"CONFIRMLAB_WORKSPACE": str(tmp_path / "my_app")}
    command = [sys.executable, "-m", "confirmlab", "check", "confirm-token"]
    measure(lambda: run(command, env=env), "confirmlab check confirm-token", 7)


def test_floor(measure):
    """floor: a fresh Python, the imports, one test"""
    command = [sys.executable, HERE / "inside" / "check_floor.py"]
    measure(lambda: run(command), "python benchmarks/inside/check_floor.py", 7)


def test_nbgrader(measure, nbgrader, fills, tmp_path):
    """nbgrader validate"""
    (tmp_path / "model.ipynb").write_text(nbgrader_notebook(fills), encoding="utf-8")
    command = [nbgrader / "nbgrader", "validate", "model.ipynb"]
    env = {"PATH": f"{nbgrader}{os.pathsep}{os.environ['PATH']}"}
    done = measure(lambda: run(command, cwd=tmp_path, env=env), "nbgrader validate model.ipynb", 2)
    assert "Success! Your notebook passes all the tests" in done.output


def test_otter(measure, otter, fills, tmp_path):
    """otter check"""
    write_otter_course(tmp_path / "course", [("right", fills)])
    command = [otter / "otter", "check", "right.ipynb", "-q", "q3", "-t", "tests"]
    done = measure(
        lambda: run(command, cwd=tmp_path / "course"), "otter check right.ipynb -q q3 -t tests", 2
    )
    assert "All tests passed!" in done.output
