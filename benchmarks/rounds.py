"""Let contestants take turns, and keep what each round gave, as pyperf keeps it."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pyperf
import watching
from plans import Contestant


class Raw:
    """Keep the raw data of one question: a file of pyperf's, and one of what went wrong."""

    def __init__(self, folder: Path, question: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{question}.json"
        self.faults_path = folder / f"{question}.faults.json"
        self.runs: dict[tuple[str, str], list[pyperf.Run]] = {}
        self.faults: dict[str, str] = {}
        if self.path.exists():
            for benchmark in pyperf.BenchmarkSuite.load(str(self.path)):
                name, _, measure = benchmark.get_name().rpartition(": ")
                self.runs[name, measure] = list(benchmark.get_runs())
        if self.faults_path.exists():
            self.faults = json.loads(self.faults_path.read_text())

    def done(self, name: str) -> int:
        """Count the rounds of a contestant."""
        return max((len(runs) for key, runs in self.runs.items() if key[0] == name), default=0)

    def seconds(self, name: str) -> float:
        """Give what a contestant took in its last round."""
        runs = self.runs.get((name, "seconds"))
        return runs[-1].values[0] if runs else 0.0

    def add(self, contestant: Contestant, measures: dict[str, list[float]], about: dict) -> None:
        """Keep what a round gave, at once: a bench that is stopped goes on from there."""
        self.faults.pop(contestant.name, None)
        for measure, values in measures.items():
            metadata = {
                "name": f"{contestant.name}: {measure}",
                "unit": _unit(measure),
                "command": contestant.command,
                "full": int(contestant.full),
                **about,
            }
            known = [max(value, 1e-9) for value in values]
            run = pyperf.Run(known, metadata=metadata, collect_metadata=True)
            self.runs.setdefault((contestant.name, measure), []).append(run)
        self._write()

    def fail(self, name: str, problem: str) -> None:
        """Keep why a contestant could not be measured."""
        self.faults[name] = problem
        self._write()

    def _write(self) -> None:
        if self.runs:
            suite = pyperf.BenchmarkSuite([pyperf.Benchmark(runs) for runs in self.runs.values()])
            draft = self.path.with_suffix(".draft.json")
            suite.dump(str(draft), replace=True)
            draft.replace(self.path)
        self.faults_path.write_text(json.dumps(self.faults, indent=1))


def play(
    contestants: list[Contestant],
    raw: Raw,
    rounds: int,
    budget: float,
    about: dict,
    say: Callable[[str], None] = print,
) -> None:
    """Let all do one round after the other, each round from another one on, while time lasts.

    The first round is everybody's right, unless it is known to take longer than there is time; in
    later ones those go on who are quick enough.
    """
    over = time.monotonic() + budget
    lasted: dict[str, float] = {}
    out: set[str] = set()
    for number in range(rounds):
        shift = number % max(1, len(contestants))
        for one in contestants[shift:] + contestants[:shift]:
            if one.name in out or number >= one.rounds or raw.done(one.name) > number:
                continue
            before = time.monotonic()
            needed = lasted.get(one.name, 0.0)
            if one.costs:
                needed = raw.seconds(one.costs[0]) * one.costs[1]
            if needed > over - before and (number or one.costs):
                out.add(one.name)
                say(f"    round {number + 1}: no time for {one.name}")
                continue
            say(f"    round {number + 1}: {one.name}")
            try:
                raw.add(one, one.measure(), about)
            except Exception as error:  # a peer's failure loses nothing of the others
                out.add(one.name)
                raw.fail(one.name, str(error) or type(error).__name__)
                say(f"    {one.name} could not be measured: {error}")
                if not isinstance(error, watching.Failed):
                    traceback.print_exc()
            finally:
                watching.end_all()
            lasted[one.name] = time.monotonic() - before


def _unit(measure: str) -> str:
    return "byte" if measure.startswith("memory") else "integer" if measure == "count" else "second"
