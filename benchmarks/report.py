"""Write RESULTS.md and its plot from results.json, and from nothing else: `python report.py`."""

from __future__ import annotations

import json
from pathlib import Path

import plot
from asked import QUESTIONS
from figures import Goal, Series, Verdict, find, judged, loaded, ratio

HERE = Path(__file__).resolve().parent
_HUB = 16 * 2**30


def write(results: dict, target: Path) -> list[Path]:
    """Write the report and the plot; say where they are."""
    pages = {"RESULTS.md": text(results), "RESULTS.svg": plot.draw(loaded(results), QUESTIONS)}
    for name, content in pages.items():
        (target / name).write_text(content, encoding="utf-8")
    return [target / name for name in pages]


def text(results: dict) -> str:
    """Give the whole report."""
    series = loaded(results)
    parts = [_head(results, series), _goals(series), _machine(results)]
    for name, question in QUESTIONS.items():
        parts.append(_section(name, question, series, results))
    return "\n\n".join(part for part in parts if part).rstrip() + "\n"


def _head(results: dict, series: list[Series]) -> str:
    dates = sorted({one.date for one in series})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}" if dates else "never"
    return (
        "# Measured\n\n"
        f"Written by `make bench` from what it measured ({when}); nothing here is typed by hand. "
        "Figures are medians; in brackets stands the range of the middle four fifths, and behind "
        "it how many values there are. Contestants took turns, so ratios are taken round by round. "
        "Ratios travel to other machines, seconds do not.\n\n"
        "![The kit beside its peers and floors](RESULTS.svg)"
    )


def _goals(series: list[Series]) -> str:
    rows = ["## Goals", "", "| goal | reached | spread | met |", "|---|---|---|---|"]
    for question in QUESTIONS.values():
        for goal in question.GOALS:
            rows.append(_goal_row(judged(goal, series)))
    return "\n".join(rows)


def _goal_row(verdict: Verdict) -> str:
    goal = verdict.goal
    if verdict.value is None:
        return f"| {goal.sentence} | not measured | | |"
    met = "yes" if verdict.met else f"**no**, see [{goal.question}](#{goal.question})"
    if not verdict.met and verdict.floor is not None:
        met += f"; the floor itself reaches {_quantity(goal, verdict.floor)}"
    value, low, high = (_quantity(goal, one) for one in (verdict.value, verdict.low, verdict.high))
    return f"| {goal.sentence} | {value} | {low} to {high} | {met} |"


def _quantity(goal: Goal, value: float) -> str:
    return f"{value:.3g} ×" if goal.of else shown(goal.measure, value)


def _machine(results: dict) -> str:
    machine, versions = results["machine"], results["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        "## Machine and versions",
        "",
        f"{machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory'] / 2**30:.0f} GB, {machine['system']}; the load of the last quarter "
        f"of an hour was {machine['load']} at the end. {named}.",
    ]
    lines += [
        f"{peer} could not be installed: {problem}" for peer, problem in results["missing"].items()
    ]
    return "\n".join(lines)


def _section(name: str, question: object, series: list[Series], results: dict) -> str:
    own = [one for one in series if one.question == name]
    faults = results["faults"].get(name, {})
    if not own and not faults:
        return ""
    lines = [f'<a id="{name}"></a>', "", f"## {question.TITLE}", "", question.NOTES, ""]
    measures = list(dict.fromkeys(one.measure for one in own))
    reference = _reference(question)
    lines += [
        "| what | measure | median | against the kit | commit, date |",
        "|---|---|---|---|---|",
    ]
    for one in sorted(own, key=lambda one: measures.index(one.measure)):
        lines.append(_row(one, series, reference))
    if name == "kernel":
        lines += _learners(series)
    lines += _rates(name, own)
    lines += [
        "",
        *(f"- {who} could not be measured: {_one_line(why)}" for who, why in faults.items()),
    ]
    commands = dict.fromkeys((one.name, one.command) for one in own)
    lines += ["", "<details><summary>The exact commands</summary>", ""]
    lines += [f"- {who}: `{command}`" for who, command in commands]
    lines += ["", "</details>"]
    if any(judged(goal, series).met is False for goal in question.GOALS):
        lines += ["", f"A goal is missed. {question.WHY}"]
        lines += _profile(results["profiles"].get(name))
    return "\n".join(lines)


def _reference(question: object) -> str:
    return question.GOALS[0].name


def _row(one: Series, series: list[Series], reference: str) -> str:
    beside = ""
    ours = find(series, one.question, reference, one.measure)
    if ours is not None and one.name != reference:
        found = ratio(one, ours)
        beside = f"{found.median:.3g} ×"
        if len(one.rounds) > 1 and len(ours.rounds) > 1:
            beside += f" ({found.low:.3g} to {found.high:.3g})"
    low, high = one.spread
    median = shown(one.measure, one.median)
    if len(one.values) > 1:
        spread = f"{shown(one.measure, low)} to {shown(one.measure, high)}; {len(one.values)}"
        median += f" ({spread})"
    full = ", full" if one.full else ""
    return f"| {one.name} | {one.measure} | {median} | {beside} | {one.commit}, {one.date}{full} |"


def _rates(name: str, own: list[Series]) -> list[str]:
    """Turn seconds for each into so many a minute, or a second."""
    if name not in ("grading", "inbox"):
        return []
    factor, unit = (60, "submissions a minute") if name == "grading" else (1, "mails a second")
    told = [f"{one.name} {factor / one.median:.0f}" for one in own if one.measure == "seconds"]
    return ["", f"In {unit}: {'; '.join(told)}."]


def _learners(series: list[Series]) -> list[str]:
    desk = find(series, "kernel", "a learner's whole desk", "memory")
    if desk is None:
        return []
    return ["", f"A hub with 16 GB has room for {_HUB / desk.median:.0f} such desks."]


def _profile(profile: dict | None) -> list[str]:
    if not profile:
        return []
    if "problem" in profile:
        return ["", f"It could not be profiled: {_one_line(profile['problem'])}"]
    lines = ["", f"Where the time goes, by py-spy over `{profile['command']}`:"]
    return [*lines, "", "```", profile["top"], "```"]


def _one_line(said: str) -> str:
    return " ".join(said.split())[:300].replace("|", "/")


def shown(measure: str, value: float) -> str:
    """Write a value with its unit."""
    if measure.startswith("memory"):
        return f"{value / 1e6:.0f} MB"
    if measure == "count":
        return f"{value:.0f}"
    if value < 0.1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s" if value < 100 else f"{value:.0f} s"


if __name__ == "__main__":
    for written in write(json.loads((HERE / "results.json").read_text(encoding="utf-8")), HERE):
        print(f"Wrote {written}")
