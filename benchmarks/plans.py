"""Say how much is measured: quickly to try the bench, by default, or in full."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import peers
import watching


@dataclass(frozen=True)
class Contestant:
    """Hold one way of doing something: measure() does it once and gives its measures."""

    name: str
    command: str  # as a person would type it
    measure: Callable[[], dict[str, list[float]]]
    rounds: int = 99  # no more than so many, for what takes long
    full: bool = False
    costs: tuple[str, int] | None = None  # another contestant's seconds, and times how many


@dataclass(frozen=True)
class Plan:
    """Hold the sizes and how long each question may take."""

    rounds: int
    slow_rounds: int  # of peers that take minutes
    sizes: tuple[int, ...]  # classes for the kit
    full_sizes: tuple[int, ...]  # those of them that only the full bench measures
    peers_class: int
    mails: int
    many_mails: int
    budgets: dict[str, float]  # seconds


_SHARES = {"checks": 110, "mutants": 120, "grading": 780, "kernel": 90, "inbox": 170, "ci": 240}

QUICK = Plan(1, 1, (4,), (), 4, 50, 100, dict.fromkeys(_SHARES, 1.0))
USUAL = Plan(7, 2, (40, 400), (), 40, 500, 10_000, _SHARES)
FULL = Plan(7, 2, (40, 400, 4000), (4000,), 40, 500, 10_000, {n: 9 * s for n, s in _SHARES.items()})


@cache
def klass(size: int, loops: bool = True) -> list[tuple[str, dict[str, str]]]:
    """Ask the kit for a class: names and fills."""
    command = [str(peers.kit()), str(peers.HERE / "klass.py"), str(size), "--json"]
    command += [] if loops else ["--no-loops"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=peers.ROOT)
    return [(learner, fills) for learner, fills in json.loads(done.stdout)]


def inside(script: str, *arguments: object, limit: float = 900) -> dict[str, list[float]]:
    """Run one of the scripts in inside/ with the kit's Python; its last line holds measures."""
    words = [str(peers.kit()), str(peers.HERE / "inside" / script), *map(str, arguments)]
    done = watching.run(words, cwd=peers.ROOT, memory=False, limit=limit)
    line = done.output.strip().splitlines()[-1]
    try:
        return json.loads(line)
    except ValueError:
        raise watching.Failed(f"{script} gave no measures, but {line[:300]!r}") from None


def fresh(folder: Path) -> Path:
    """Give an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
