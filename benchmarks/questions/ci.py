"""How long does `make test` take, and what in it?"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree
from collections import Counter
from functools import partial
from pathlib import Path

import peers
import watching
from figures import Goal
from plans import Contestant, Plan, fresh

TITLE = "The whole `make test`, without browsers"
OURS = "make test"
GOALS = [Goal("`make test` without browsers ends within 3 minutes", "ci", OURS, at_most=180)]
NOTES = """\
One run, two workers, with ruff before it; what make installs first is not counted. The parts are
the seconds that the tests of a file took, of two workers' together; the ten largest."""
WHY = """\
The parts above are its profile, and they keep both cores busy nearly all the time: apps are
judged by their own tests hundreds of times (contents, mutants, cheats in both sandboxes),
twenty notebooks run in kernels and wait for late and slow mails on purpose, and a JupyterHub
and nbgrader are started for real."""
PARTS = 10
# Folders that pytest was asked for cannot be ignored, so the others are named.
MORE = "tests/kit tests/hub tests/hardened --junitxml="


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured."""
    if plan.rounds == 1:  # the quick bench tries the machinery on one file
        return [
            Contestant(
                "one file of it", "pytest tests/kit/test_blanks.py", partial(_quick, folder), 1
            )
        ]
    return [
        Contestant(OURS, f"make test, where pytest gets {MORE}…", partial(_all, folder), rounds=1)
    ]


def profiled(folder: Path) -> list[str]:
    """Give no command: the parts are the profile."""
    return []


def _all(folder: Path) -> dict[str, list[float]]:
    env = {name: "" for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    words = ["make", "--dry-run", "test"]
    lines = watching.run(words, cwd=peers.ROOT, env=env, memory=False).output.splitlines()
    first = next(place for place, line in enumerate(lines) if "ruff" in line)
    for line in lines[:first]:  # what make would install first
        watching.run(["sh", "-c", line], cwd=peers.ROOT, env=env, memory=False)
    note = fresh(folder) / "junit.xml"
    # In PYTEST_ADDOPTS the options would reach the children that tests start, too.
    script = [f"{line} {MORE}{note}" if " pytest" in line else line for line in lines[first:]]
    whole = ["sh", "-ec", "\n".join(script)]
    done = watching.run(whole, cwd=peers.ROOT, env=env, memory=False, limit=1800)
    return done.measures() | _parts(note)


def _quick(folder: Path) -> dict[str, list[float]]:
    note = fresh(folder) / "junit.xml"
    words = [str(peers.kit()), "-m", "pytest", "-q", "tests/kit/test_blanks.py"]
    words.append(f"--junitxml={note}")
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = watching.run(words, cwd=peers.ROOT, env=env, memory=False)
    return done.measures() | _parts(note)


def _parts(note: Path) -> dict[str, list[float]]:
    """Add up the tests of each file, and give the largest."""
    taken: Counter[str] = Counter()
    for case in ElementTree.parse(note).iter("testcase"):
        taken[case.get("classname", "").replace(".", os.sep)] += float(case.get("time", 0))
    return {f"seconds in {name}": [seconds] for name, seconds in taken.most_common(PARTS)}
