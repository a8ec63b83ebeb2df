"""Run notebooks under nbval in a process of its own: its plugin slows every other test down."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confirmlab.base import paths
from confirmlab.course import lessons, notebook_format

HERE = Path(__file__).parent  # nbval_plugin is beside this file
ARGUMENTS = [
    *("-m", "pytest", "-q", "-p", "nbval.plugin", "-p", "nbval_plugin"),
    *("-o", "addopts=", "-o", "filterwarnings=", "--nbval-current-env"),
    *("--nbval-cell-timeout", "300"),  # the scoreboard takes 20 s, on a busy machine 60
    *("--nbval-sanitize-with", str(paths.in_kit("tests", "nbval.cfg"))),
]

_PLUGIN = {
    "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")])),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}

# Jupyter chooses a kernel's ports first and binds them later; of two kernels that start at the
# same moment, here and in another worker, one may find a port taken, and dies. It tries again.
_TAKEN = "Kernel died before replying to kernel_info"


def named(folder):
    """List the notebooks of a folder, in the order of the lessons."""
    names = [f"{lesson.name}.ipynb" for lesson in lessons.load().lessons]
    return [str(paths.in_kit(folder, name)) for name in names]


def halves(folder):
    """List the notebooks of a folder in two parts: up to the finished app, and what hardens it.

    Within a part one workspace goes on from notebook to notebook. The second one begins with the
    reference, which stands in there for all that came before. Cells wait much, on purpose and for
    mails, so two parts at one time take little longer than one.
    """
    names = named(folder)
    [last] = [name for name in names if Path(name).name.startswith(lessons.load().finished)]
    end = names.index(last) + 1
    return names[:end], names[end:]


def short_way():
    """List the learner's notebooks of the short way, in order."""
    return [str(paths.in_kit("notebooks", f"{le.name}.ipynb")) for le in lessons.load().short_way]


def solved_short_way(place):
    """Write the solved notebooks of the short way, and list them in order."""
    written = []
    for name in [Path(lesson.name).name for lesson in lessons.load().short_way]:
        source = paths.in_kit("solutions", f"{name}.ipynb").read_text(encoding="utf-8")
        short = notebook_format.short_version(notebook_format.read(source))
        path = place / f"{name}.ipynb"
        path.write_text(notebook_format.write(short), encoding="utf-8")
        written.append(str(path))
    return written


def run_at_once(place, parts, *arguments, **environment):
    """Run several lists of notebooks at the same time, each in its own workspace."""
    with ThreadPoolExecutor() as pool:
        begun = [
            pool.submit(run, place / str(number), *arguments, *part, **environment)
            for number, part in enumerate(parts)
        ]
    return [one.result() for one in begun]


def run(place, *arguments, **environment):
    """Run notebooks in an empty workspace below `place`; return pytest's result."""
    for attempt in ("first", "second"):
        mine = {"CONFIRMLAB_WORKSPACE": str(place / attempt / "my_app"), **environment}
        finished = subprocess.run(
            [sys.executable, *ARGUMENTS, *arguments],
            cwd=paths.in_kit(),
            env={**os.environ, **_PLUGIN, **mine},
            capture_output=True,
            text=True,
        )
        if _TAKEN not in finished.stdout + finished.stderr:
            break
    return finished
