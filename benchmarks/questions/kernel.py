"""How soon can a learner begin, and what does a desk weigh?"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import peers
import watching
from figures import Goal
from plans import Contestant, Plan, fresh, inside

TITLE = "From opening a notebook to its first cell done; a desk's memory"
OURS, FIRST = "a lesson's first cell", "a lesson's first cell, the very first time"
EMPTY, DESK = "an empty notebook's first cell", "a learner's whole desk"
IMPORT, BARE = "import confirmlab", "a bare Python"
GOALS = [
    Goal("A lesson's first cell is done within 1.5 × an empty notebook's", "kernel", OURS, of=EMPTY,
         at_most=1.5),
    Goal("… also when it has to make my_app first", "kernel", FIRST, of=EMPTY, at_most=1.5),
]  # fmt: skip
NOTES = """\
A kernel is started as Jupyter starts one, and the clock stops when its first cell is done: 1 + 1 in
an empty notebook; `%load_ext confirmlab` and `%lesson 3` in a lesson. A desk is JupyterLab's server
with one notebook open, its kernel with the inbox, the warm parent of the checks, and the site,
after a registration, a mail and a check; pages that they share count once (PSS), and nothing is
shared with another learner's desk."""
WHY = """\
Loading the lesson imports what its displays and commands need, beside the kernel's own start."""
HUB = 16 * 2**30  # bytes


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured."""
    lesson = "%load_ext confirmlab\\n%lesson 3"
    return [
        Contestant(OURS, "%load_ext confirmlab / %lesson 3", partial(_opened, folder, lesson)),
        Contestant(EMPTY, "1 + 1", partial(_opened, folder, "1 + 1")),
        Contestant(FIRST, "%load_ext confirmlab / %lesson 3", partial(_first, folder, lesson)),
        Contestant(IMPORT, "python -c 'import confirmlab'", partial(_run, "import confirmlab")),
        Contestant(BARE, "python -c pass", partial(_run, "pass")),
        Contestant(DESK, "confirmlab lab; one notebook, site, mail and check",
                   partial(_desk, folder), rounds=plan.slow_rounds),
    ]  # fmt: skip


def profiled(folder: Path) -> list[str]:
    """Give the command whose profile shows where the time goes."""
    script = str(peers.HERE / "inside" / "kernel.py")
    place = str(fresh(folder / "profiled"))
    return [str(peers.kit()), script, place, "%load_ext confirmlab\\n%lesson 3"]


def _opened(folder: Path, code: str) -> dict[str, list[float]]:
    place = folder / "opened"
    if not place.exists():
        place.mkdir(parents=True)
        inside("kernel.py", place, "%load_ext confirmlab\\n%lesson 3")
    return inside("kernel.py", place, code)


def _first(folder: Path, code: str) -> dict[str, list[float]]:
    return inside("kernel.py", fresh(folder / "first"), code)


def _run(code: str) -> dict[str, list[float]]:
    return watching.run([str(peers.kit()), "-c", code], memory=False).measures()


def _desk(folder: Path) -> dict[str, list[float]]:
    return inside("desk.py", fresh(folder / "desk"))
