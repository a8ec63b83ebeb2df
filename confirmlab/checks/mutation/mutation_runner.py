"""Run a learner's tests on many apps, and read what they reported on each.

Only this side knows which app is faulty. A job gets the apps as numbered texts, rewritten at
random and in random order, so that tests cannot recognize an app by its text or number.
"""

import json
import os
import random
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from confirmlab.checks.mutation import method_rewriting, mutation_job
from confirmlab.checks.mutation.method_rewriting import Method
from confirmlab.course.mutants import Mutant, MutationTask
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.jobs import STILL_RUNNING, End, Job, Runner, run_all

FILE = "the file of tests"
# With forks a job runs a share of the apps, without them a single app.
FORKS = hasattr(os, "fork")

_OTHERS = 5  # other methods whose bodies are mixed into a method
# Statements that change nothing, since the session has the object already.
_IDLE = ("self in db.session and db.session.add(self)", "self in db.session.new")
_ENDS = {
    End.TIMEOUT: STILL_RUNNING,
    End.DIED: "The process ended in the middle; does a test call exit()?",
}


@dataclass(frozen=True)
class Failure:
    """A test that did not pass: its name, the message, and the line."""

    test: str
    message: str
    where: str = ""

    @property
    def function(self) -> str:
        """The name of the test without the parameters of this case."""
        return self.test.partition("[")[0]


@dataclass(frozen=True)
class Run:
    """How the learner's tests ended on one app, and which of them failed."""

    mutant: Mutant
    names: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    end: End = End.NOT_RUN

    @property
    def caught(self) -> bool:
        """Whether the tests noticed that something is wrong with this app."""
        return bool(self.failed)


def run(
    sound: Sequence[Mutant],
    faulty: Sequence[Mutant],
    suite: str,
    mutation_task: MutationTask,
    seconds: float,
    aside: Collection[str] = (),
    first: bool = False,
    runner: Runner = run_all,
    shares: int = os.cpu_count() or 1,
) -> list[Run]:
    """Run a suite on correct and faulty apps in random order, `seconds` each app.

    Tests named in `aside` are skipped. With `first`, each app's run stops at its first failure.
    The apps are split into `shares` groups; each group is one job and, if possible, starts with a
    correct app. A group stops early if its first app or three apps time out, or if pytest
    cannot collect the tests.
    """
    variants = _variants(mutation_task)
    harmless = _harmless(mutation_task)
    task = {
        "file": mutation_task.file,
        "fills": mutation_task.app | {mutation_task.exercise: suite},
        "aside": sorted(aside),
        "first": first,
        "logging": "caplog" in suite,
        "seconds": seconds,
    }
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        groups = _split(sound, faulty, shares if FORKS else len(sound) + len(faulty))
        jobs = []
        for number, share in enumerate(groups):
            folder = Path(name, str(number))
            folder.mkdir()
            own = task | {
                "apps": [_methods(app, mutation_task, variants, harmless) for app in share]
            }
            time = seconds * len(share)
            jobs.append(Job(mutation_job.run_suite, own, folder, time, parent=Parent.SUITES))
        for number, finished in runner(jobs):
            reports = _by_app(finished.messages)
            for place, app in enumerate(groups[number]):
                if place in reports or finished.end != End.DONE:
                    report, end = reports.get(place, ("", finished.end))
                    runs.append(_read_report(app, report, end, seconds))
                else:
                    runs.append(Run(app))  # the others took too long
    return runs


def _split(sound: Sequence[Mutant], faulty: Sequence[Mutant], shares: int) -> list[list[Mutant]]:
    """Split the apps at random into `shares` lists; each starts with a correct app if possible."""
    leads, rest = list(sound[:shares]), [*sound[shares:], *faulty]
    mixed = leads + random.sample(rest, len(rest))
    return [share for share in (mixed[n::shares] for n in range(shares)) if share]


def _variants(mutation_task: MutationTask) -> dict[str, dict[str, Method | None]]:
    """Return, for each method's blank, the prepared form of every text that an app has there."""
    texts: dict[str, dict[str, Method | None]] = {}
    for blank_id in mutation_task.methods:
        apps = [app.text(blank_id) for app in (*mutation_task.correct, *mutation_task.faulty)]
        known = dict.fromkeys([mutation_task.app[blank_id], *filter(None, apps)])
        texts[blank_id] = {text: method_rewriting.prepared(text) for text in known}
    return texts


@cache
def _harmless(mutation_task: MutationTask) -> dict[str, list[str]]:
    """Return, for each method's blank, the parts of all texts that can be evaluated anywhere."""
    return {
        blank_id: method_rewriting.harmless_parts(list(filter(None, known.values())))
        for blank_id, known in _variants(mutation_task).items()
    }


def _methods(
    app: Mutant,
    mutation_task: MutationTask,
    variants: Mapping[str, Mapping[str, Method | None]],
    harmless: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """Return the rewritten text of each method of an app, including unchanged methods."""
    methods = {}
    for blank_id, known in variants.items():
        text = app.text(blank_id) or mutation_task.app[blank_id]
        own = known.get(text) or method_rewriting.prepared(text)
        others = [method for method in known.values() if method and method != own]
        chosen = random.sample(others, min(_OTHERS, len(others)))
        parts = harmless[blank_id]
        rewritten = method_rewriting.rewritten(own, chosen, _IDLE, parts) if own else text
        methods[blank_id] = rewritten
    return methods


def _by_app(messages: Sequence[dict[str, Any]]) -> dict[int, tuple[str, End]]:
    return {m["app"]: (m["report"], End(m["ended"])) for m in messages if "report" in m}


def _read_report(app: Mutant, report: str, end: End, seconds: float) -> Run:
    """Return the result of one app, from the report of its fork.

    The tests could have written the report, so only failures of known tests are taken from it.
    """
    names: tuple[str, ...] = ()
    failed: list[Failure] = []
    running, whole = FILE, False
    for message in _messages(report):
        if "tests" in message:
            names = tuple(map(str, message["tests"]))
        if "problem" in message:
            problem = str(message["problem"]).removeprefix("E").strip()
            failed.append(Failure(FILE, f"pytest cannot read the tests: {problem}"))
        if "running" in message:
            running = str(message["running"])
        if "failed" in message:
            text, where = str(message.get("message", "")), str(message.get("where", ""))
            failed.append(Failure(str(message["failed"]), text, where))
        whole = whole or "whole" in message
    if end == End.DONE and not whole and not (failed and failed[0].test == FILE):
        end = End.DIED
    if end != End.DONE:
        failed.append(Failure(running, _ENDS[end].format(seconds=f"{seconds:g}")))
    known = {*names, FILE}
    found = (f if f.test in known else Failure(FILE, f.message) for f in failed)
    return Run(app, names, tuple(found), end)


def _messages(report: str) -> Iterator[dict[str, Any]]:
    for line in report.splitlines():
        with suppress(ValueError, RecursionError):
            message = json.loads(line)
            if isinstance(message, dict) and isinstance(message.get("tests", []), list):
                yield message
