"""Merge a run of the benchmarks into results.json, and write RESULTS.md from it.

`report.py [RUN.json [FOLDER]]` merges the run if one is given, and always writes RESULTS.md.
"""

import ast
import importlib.metadata
import json
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
GROUPS = {
    "checks": "A check",
    "scoring": "Scoring tests (per faulty app)",
    "grading": "Grading a class (per submission)",
    "learner": "A learner's start and memory",
    "suite": "`make test`",
}
HUB = 16 * 2**30
WARM, COLD = "%check in a warm kernel", "load, fill and %check in a fresh kernel"
SCORING, PLAIN = "%check confirmation-tests", "a pytest process for each faulty app, two at a time"
NBGRADER, OTTER, FLOOR = "nbgrader autograde", "otter run", "floor: fork and pytest"
NO_TWO_EQUAL = "confirmlab, no two equal"
MEMORY = "JupyterLab's server, a kernel, the inbox, the warm parents and the site, after a check"


@dataclass(frozen=True)
class Goal:
    """A bound for one measure of an entry, or for its ratio to the same measure of another."""

    sentence: str
    group: str
    name: str
    of: str = ""
    measure: str = "seconds"
    at_most: float | None = None
    times_as_fast: float | None = None  # bound for the other's value by ours
    reason: str = ""  # why it is missed, where it is


def ours(workers: int, submissions: int) -> str:
    """Return the name of the kit's entry for a class."""
    return f"confirmlab, submissions {submissions}, workers {workers}"


TWO_PROCESSES = "the app runs in a process of its own: its import, and each call, take their time"
UNLIKE = "each text unlike the others is run in an app's process, and what fails is run again alone"

GOALS = [
    Goal("A warm check answers within 0.3 s", "checks", WARM, at_most=0.3, reason=TWO_PROCESSES),
    Goal("A cold check takes at most 1.3 × its floor", "checks", COLD,
         of="floor: a fresh Python, the imports, one test", at_most=1.3,
         reason="a process for the app and one for its tests import side by side, on two cores "
         "that also run the kernel; `%load_ext` begins that in the background"),
    Goal("The 19 faulty apps of lesson 04 are scored within 1.5 s (79 ms each)", "scoring", SCORING,
         at_most=1.5 / 19,
         reason="the correct apps run, too, and each app is imported in a fork of its own"),
    Goal("Scoring is 10 × as fast as a pytest process each", "scoring", SCORING, of=PLAIN,
         times_as_fast=10, reason="as above; the plain processes run no correct apps"),
    *(
        Goal(f"Grading {size}{kind} by two workers is {times} × as fast as {of}", "grading",
             ours(2, size) if not kind else NO_TWO_EQUAL, of=f"{of}, two at a time",
             times_as_fast=times, reason=UNLIKE)
        for of, times in ((NBGRADER, 20), (OTTER, 10))
        for size, kind in ((40, ""), (400, ""), (40, ", no two equal,"))
    ),
    Goal("A class of 100 is graded on the core lessons within 100 s (1 s each)", "grading",
         "confirmlab, core lessons", at_most=1,
         reason="each submission gets some 250 requests and 160 calls, 25 apps for its tests of "
         "lesson 04, and, if a test fails, further runs alone"),
    *(
        Goal(f"Grading has 0.6 of the floor's rate (workers {workers})", "grading",
             ours(workers, 40), of=f"{FLOOR}, workers {workers}", times_as_fast=0.6,
             reason="the floor has no app beside the tests, no sandbox and no second run alone")
        for workers in (1, 2)
    ),
    *(
        Goal(f"Two workers are 1.8 × as fast as one ({size})", "grading", ours(2, size),
             of=ours(1, size), times_as_fast=1.8,
             reason="equal texts are run once, and one worker does the start: little can be shared")
        for size in (400, 4000)
    ),
    *(
        Goal(f"{size} take no more memory than 40 (1.1 ×)", "grading", ours(2, size),
             of=ours(2, 40), measure="memory", at_most=1.1)
        for size in (400, 4000)
    ),
    *(
        Goal(f"A submission among {size} takes no longer than among {less} (1.1 ×)", "grading",
             ours(2, size), of=ours(2, less), at_most=1.1)
        for less, size in ((40, 400), (400, 4000))
    ),
    *(
        Goal(f"The first cell of {name} is done within 1.5 × an empty notebook's", "learner",
             f"first cell done, {name}", of="first cell done, an empty notebook", at_most=1.5,
             reason="the kit's own imports, and a look at `my_app`")
        for name in ("a lesson", "a lesson with no my_app yet")
    ),
    Goal("`make test` without browsers ends within 3 minutes", "suite",
         "make test, without browsers", at_most=180,
         reason="some 600 fills and cheats are judged, each as a learner's answer is"),
]  # fmt: skip


def merge(results: dict, run: dict) -> dict:
    """Return the results with those of a run of pytest-benchmark in the place of older ones."""
    commit, date = run["commit_info"]["id"][:7], run["datetime"][:10]
    fresh = {}
    for one in run["benchmarks"]:
        extra, size = one["extra_info"], one["extra_info"]["size"]
        entry = {
            "group": one["group"],
            "name": extra["name"],
            "command": extra["command"],
            "commit": commit,
            "date": date,
            "seconds": [float(f"{value / size:.4g}") for value in one["stats"]["data"]],
        }
        if "cpu" in extra:
            entry["cpu"] = [float(f"{value / size:.4g}") for value in extra["cpu"]]
        if extra.get("memory"):
            entry["memory"] = [round(extra["memory"])]
        fresh[entry["group"], entry["name"]] = entry
    machine = _machine(run["machine_info"])
    before = {} if results.get("machine", machine) == machine else {"machine": results["machine"]}
    kept = {(one["group"], one["name"]): before | one for one in results.get("entries", [])}
    return {
        "machine": machine,
        "versions": {name: importlib.metadata.version(name) for name in ("flask", "pytest")},
        "entries": list((kept | fresh).values()),
    }


def _machine(info: dict) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor = info["cpu"].get("brand_raw", info["processor"])
    return f"{processor}, {cores} cores, {info['system']}, Python {info['python_version']}"


def text(results: dict) -> str:
    """Return the report; rows from another machine name that machine, and count for no goal."""
    machine = results["machine"]
    entries = [{"machine": machine} | one for one in results["entries"]]
    here = [one for one in entries if one["machine"] == machine]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    parts = [
        "# Measured",
        "Written by `make bench`; no figure here is typed by hand. Figures are medians, with the "
        "lowest and the highest value in brackets and the number of values behind them. Each row "
        "names the commit it was measured at. Ratios travel to other machines, seconds do not.",
        f"Machine: {machine}; {versions}.",
        "## Goals",
        "\n".join(
            [
                "| goal | reached | met | if not, why |",
                "|---|---|---|---|",
                *(_goal(goal, here) for goal in GOALS),
            ]
        ),
    ]
    for group, title in GROUPS.items():
        own = [one for one in entries if one["group"] == group]
        if own:
            parts += [f"## {title}", _notes(group), _table(own, machine)]
            parts += ["The commands:", "\n".join(f"- {e['name']}: `{e['command']}`" for e in own)]
        if group == "learner" and (memory := _median(here, group, MEMORY, "memory")):
            parts.append(f"A hub with 16 GB has room for {HUB / memory:.0f} such learners.")
    return "\n\n".join(parts) + "\n"


def reached(goal: Goal, entries: list[dict]) -> float | None:
    """Return the value or the ratio that a goal asks for; None if it was not measured."""
    value = _median(entries, goal.group, goal.name, goal.measure)
    if not goal.of or value is None:
        return value
    other = _median(entries, goal.group, goal.of, goal.measure)
    if other is None:
        return None
    return other / value if goal.times_as_fast else value / other


def is_met(goal: Goal, value: float) -> bool:
    """Return whether a value is within the goal's bound."""
    return value >= goal.times_as_fast if goal.times_as_fast else value <= goal.at_most


def _median(entries: list[dict], group: str, name: str, measure: str) -> float | None:
    for one in entries:
        if (one["group"], one["name"]) == (group, name) and one.get(measure):
            return statistics.median(one[measure])
    return None


def _goal(goal: Goal, entries: list[dict]) -> str:
    value = reached(goal, entries)
    if value is None:
        return f"| {goal.sentence} | not measured | | |"
    shown = f"{value:.3g} ×" if goal.of else _quantity(goal.measure, value)
    met, reason = ("yes", "") if is_met(goal, value) else ("**no**", goal.reason)
    return f"| {goal.sentence} | {shown} | {met} | {reason} |"


def _table(entries: list[dict], machine: str) -> str:
    lines = [
        "| what | seconds | cpu | memory | × the first | measured at |",
        "|---|---|---|---|---|---|",
    ]
    first = entries[0].get("seconds")
    for one in entries:
        cells = [_range(measure, one.get(measure)) for measure in ("seconds", "cpu", "memory")]
        ratio = ""
        alike = one["machine"] == entries[0]["machine"]
        if first and one is not entries[0] and one.get("seconds") and alike:
            ratio = f"{statistics.median(one['seconds']) / statistics.median(first):.3g}"
        where = f"{one['commit']}, {one['date']}"
        if one["machine"] != machine:
            where += f", {one['machine']}"
        lines.append(f"| {one['name']} | {' | '.join(cells)} | {ratio} | {where} |")
    return "\n".join(lines)


def _range(measure: str, values: list[float] | None) -> str:
    if not values:
        return ""
    shown = _quantity(measure, statistics.median(values))
    if len(values) == 1:
        return shown
    low, high = (_quantity(measure, value) for value in (min(values), max(values)))
    return f"{shown} ({low} to {high}; {len(values)})"


def _quantity(measure: str, value: float) -> str:
    if measure == "memory":
        return f"{value / 1e6:.0f} MB"
    return f"{value * 1000:.3g} ms" if value < 0.1 else f"{value:.3g} s"


def _notes(group: str) -> str:
    source = (HERE / f"test_{group}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""


if __name__ == "__main__":
    run, folder = sys.argv[1:2], Path(*sys.argv[2:3] or [HERE])
    stored = folder / "results.json"
    results = json.loads(stored.read_text("utf-8")) if stored.exists() else {}
    if run:
        results = merge(results, json.loads(Path(run[0]).read_text("utf-8")))
        stored.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (folder / "RESULTS.md").write_text(text(results), encoding="utf-8")
