"""Measure the kit beside its peers: `make bench`, `make bench QUICK=1`, `make bench-full`.

Raw data lie in build/bench/raw, a question each; a bench that was stopped goes on where it was, as
long as nothing was committed since. The results go to benchmarks/, those of a quick one to build/.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import time
from pathlib import Path

import peers
import plans
import profiling
import psutil
import report
import watching
from asked import QUESTIONS
from figures import judged, loaded
from rounds import Raw, play


def main() -> None:
    """Install the peers, ask the questions, and write the report."""
    arguments = _arguments()
    kind = "quick" if arguments.quick else "full" if arguments.full else "usual"
    plan = {"quick": plans.QUICK, "usual": plans.USUAL, "full": plans.FULL}[kind]
    watching.adopt_orphans()
    began = time.monotonic()
    # As on an ordinary machine: what was imported once is not compiled again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    missing = peers.install()
    peers.compile_all()
    for peer, problem in missing.items():
        print(f"{peer} cannot be had here: {problem}")
    commit = _git("rev-parse", "--short", "HEAD")
    about = {"commit": commit, "date": time.strftime("%Y-%m-%d")}
    # The full bench goes on where the usual one ended: it measures the same, and more.
    raw = peers.BUILD / "raw" / f"{commit}-{'quick' if kind == 'quick' else 'usual'}"
    found: dict[str, Raw] = {}
    for name in arguments.questions or QUESTIONS:
        question = QUESTIONS[name]
        print(f"{name}: {question.TITLE} ({time.monotonic() - began:.0f} s so far)", flush=True)
        found[name] = Raw(raw, name)
        try:
            chosen = question.contestants(plan, peers.BUILD / "scratch" / name)
        except Exception as error:  # the other questions are asked all the same
            found[name].fail("everything here", str(error))
            continue
        play(chosen, found[name], plan.rounds, plan.budgets[name], about)
    target = peers.BUILD / "quick" if kind == "quick" else peers.HERE
    results = _merged(target / "results.json", found, missing)
    target.mkdir(parents=True, exist_ok=True)
    _profile(target, results, found)
    (target / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for path in report.write(results, target):
        print(f"Wrote {path.relative_to(peers.ROOT)}.")
    print(f"It took {(time.monotonic() - began) / 60:.1f} minutes.")


def _merged(path: Path, found: dict[str, Raw], missing: dict[str, str]) -> dict:
    """Put what was measured into the results; of earlier ones stays what was not measured now."""
    earlier = json.loads(path.read_text()) if path.exists() else {"series": [], "faults": {}}
    measured = [one for name, raw in found.items() for one in _condensed(name, raw)]
    fresh = {(one["question"], one["name"]) for one in measured}
    kept = [
        one
        for one in earlier["series"]
        if (one["question"] not in found or one["full"])
        and (one["question"], one["name"]) not in fresh
    ]
    faults = {name: said for name, said in earlier["faults"].items() if name not in found}
    faults |= {name: raw.faults for name, raw in found.items() if raw.faults}
    order = list(QUESTIONS)
    series = sorted(measured + kept, key=lambda one: order.index(one["question"]))
    return {
        "machine": _machine(),
        "versions": peers.versions(),
        "missing": missing,
        "series": series,
        "faults": faults,
        "profiles": earlier.get("profiles", {}),
    }


def _condensed(question: str, raw: Raw) -> list[dict]:
    """Take from the raw data what the report needs."""
    found = []
    for (name, measure), runs in raw.runs.items():
        about = runs[-1].get_metadata()
        found.append(
            {
                "question": question,
                "name": name,
                "measure": measure,
                "rounds": [[float(f"{value:.6g}") for value in run.values] for run in runs],
                "command": about["command"],
                "date": about["date"],
                "commit": about["commit"],
                "full": bool(about["full"]),
            }
        )
    return found


def _profile(target: Path, results: dict, found: dict[str, Raw]) -> None:
    """Profile the questions of which a goal is missed; drop the profiles of the others."""
    series = loaded(results)
    for name in found:
        question = QUESTIONS[name]
        results["profiles"].pop(name, None)
        path = target / "profiles" / f"{name}.txt"
        path.unlink(missing_ok=True)
        if all(judged(goal, series).met is not False for goal in question.GOALS):
            continue
        words = question.profiled(peers.BUILD / "scratch" / name)
        if not words:
            continue
        print(f"{name}: a goal is missed; profiling", flush=True)
        try:
            results["profiles"][name] = profiling.profile(words, path)
        except watching.Failed as error:
            results["profiles"][name] = {"command": " ".join(words), "problem": str(error)[:300]}


def _machine() -> dict[str, str | int | float]:
    """Describe the machine, without its name."""
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((one.partition(":")[2].strip() for one in lines if "model name" in one), "")
    return {
        "processor": model or platform.processor() or platform.machine(),
        "cores": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity")
        else psutil.cpu_count() or 1,
        "memory": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "load": round(psutil.getloadavg()[2], 2),
    }  # fmt: skip


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=peers.ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "no-commit"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="*", choices=[*QUESTIONS, []], help="only these")
    parser.add_argument("--quick", action="store_true", help="try the bench with tiny sizes")
    parser.add_argument("--full", action="store_true", help="measure the largest classes, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
