"""How long does a learner wait for a check?"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import peers
import rivals
import watching
from figures import Goal
from plans import Contestant, Plan, inside, klass

TITLE = "Check latency after a fill"
WARM, COLD = "%check in a warm kernel", "load, fill and %check in a fresh kernel"
FLOOR = "floor: a fresh Python, the imports, one test"
SAME = "floor: a fresh Python, pytest on the same tests"
GOALS = [
    Goal("A warm check answers within 0.3 s", "checks", WARM, at_most=0.3),
    Goal(
        "A cold check takes at most 1.3 × its floor",
        "checks",
        COLD,
        of=FLOOR,
        at_most=1.3,
        floor=SAME,
    ),
]
NOTES = """\
Warm: nine checks of lesson 03's three exercises, each after a `%%fill`, timed at the notebook's
end of the wire; the cards are made and sent. Cold: in a kernel that has just begun, `%load_ext`, a
`%%fill` and the `%check` of confirm-token together, with nothing warmed up. The floor is what the
goals name; the second one also imports what the learner's app imports, and runs the same tests of
confirm-token against it, by pytest alone. nbgrader and otter
check the same three answers with as many asserts, plain ones, in a notebook that they run whole;
otter is asked for one question, nbgrader knows no such thing."""
WHY = """\
A fresh kernel has the warm parent import all that the learner's app and its tests need, which
is more than the floor of the goal imports; the second floor, which imports as much, shows how
far that goes."""


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured."""
    _, fills = klass(1)[0]
    return [
        Contestant(
            WARM, "%%fill confirm-token … / %check confirm-token", partial(_kernel, folder, "warm")
        ),
        Contestant(
            COLD, "%load_ext confirmlab / %%fill … / %check …", partial(_kernel, folder, "cold")
        ),
        Contestant(
            "confirmlab check, in a terminal",
            "confirmlab check confirm-token",
            partial(_terminal, folder),
        ),
        Contestant(FLOOR, "python benchmarks/inside/one_test.py", _floor),
        Contestant(SAME, "python benchmarks/inside/same_tests.py my_app", partial(_same, folder)),
        Contestant(
            "nbgrader validate",
            "nbgrader validate model.ipynb",
            partial(_nbgrader, folder, fills),
            rounds=plan.slow_rounds,
        ),
        Contestant(
            "otter check",
            "otter check right.ipynb -q q3 -t tests",
            partial(_otter, folder, fills),
            rounds=plan.slow_rounds,
        ),
    ]


def profiled(folder: Path) -> list[str]:
    """Give the command whose profile shows where the time goes."""
    folder.mkdir(parents=True, exist_ok=True)
    return [str(peers.kit()), str(peers.HERE / "inside" / "checks.py"), "cold", str(folder)]


def _kernel(folder: Path, how: str) -> dict[str, list[float]]:
    return inside("checks.py", how, _made(folder / "desk"))


def _terminal(folder: Path) -> dict[str, list[float]]:
    place = _made(folder / "desk")
    env = {"CONFIRMLAB_WORKSPACE": str(place / "my_app")}
    command = [str(peers.kit()), "-m", "confirmlab", "check", "confirm-token"]
    return watching.run(command, cwd=place, env=env, memory=False).measures()


def _floor() -> dict[str, list[float]]:
    command = [str(peers.kit()), str(peers.HERE / "inside" / "one_test.py")]
    return watching.run(command, memory=False).measures()


def _same(folder: Path) -> dict[str, list[float]]:
    script, app = peers.HERE / "inside" / "same_tests.py", _made(folder / "desk") / "my_app"
    return watching.run([str(peers.kit()), str(script), str(app)], memory=False).measures()


def _nbgrader(folder: Path, fills: dict[str, str]) -> dict[str, list[float]]:
    place = folder / "nbgrader"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "model.ipynb").write_text(rivals.nbgrader_notebook(fills), encoding="utf-8")
    done = watching.run(
        [str(peers.program("nbgrader", "nbgrader")), "validate", "model.ipynb"],
        cwd=place, env=peers.path("nbgrader"), memory=False,
    )  # fmt: skip
    if "Success! Your notebook passes all the tests" not in done.output:
        raise watching.Failed(f"nbgrader validate found faults: {done.output[-300:]}")
    return done.measures()


def _otter(folder: Path, fills: dict[str, str]) -> dict[str, list[float]]:
    place = folder / "otter"
    shutil.rmtree(place, ignore_errors=True)
    rivals.otter_course(place, [("right", fills)])
    done = watching.run(
        [str(peers.program("otter", "otter")), "check", "right.ipynb", "-q", "q3", "-t", "tests"],
        cwd=place, env=peers.path("otter"), memory=False,
    )  # fmt: skip
    if "All tests passed!" not in done.output:
        raise watching.Failed(f"otter check found faults: {done.output[-300:]}")
    return done.measures()


def _made(folder: Path) -> Path:
    """Make a workspace where the model is filled, once."""
    if not (folder / "my_app").exists():
        folder.mkdir(parents=True, exist_ok=True)
        inside("checks.py", "warm", folder)
    return folder
