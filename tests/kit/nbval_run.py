"""Run notebooks under nbval in a process of its own: its plugin slows every other test down."""

import os
import subprocess
import sys

from confirmlab import course

ARGUMENTS = [
    *("-m", "pytest", "-q", "-p", "nbval.plugin", "-p", "confirmlab.nbval_plugin"),
    *("-o", "addopts=", "-o", "filterwarnings=", "--nbval-current-env"),
    *("--nbval-cell-timeout", "60"),
    *("--nbval-sanitize-with", str(course.folder("tests", "nbval.cfg"))),
]

# Jupyter chooses a kernel's ports first and binds them later; of two kernels that start at the
# same moment, here and in another worker, one may find a port taken, and dies. It tries again.
_TAKEN = "Kernel died before replying to kernel_info"


def named(folder):
    """List the notebooks of a folder, in the order of the lessons."""
    names = [f"{lesson.name}.ipynb" for lesson in course.load().lessons]
    return [str(course.folder(folder, name)) for name in names]


def run(place, *arguments, **environment):
    """Run notebooks in an empty workspace below `place`; give what pytest came to."""
    for attempt in ("first", "second"):
        mine = {"CONFIRMLAB_WORKSPACE": str(place / attempt / "my_app"), **environment}
        finished = subprocess.run(
            [sys.executable, *ARGUMENTS, *arguments],
            cwd=course.folder(),
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **mine},
            capture_output=True,
            text=True,
        )
        if _TAKEN not in finished.stdout + finished.stderr:
            break
    return finished
