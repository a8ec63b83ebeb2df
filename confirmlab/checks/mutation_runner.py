"""Run a learner's tests against many apps: collected once, then in a fork for each app."""

import gc
import json
import math
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from confirmlab.checks.sandbox.seal import fits
from confirmlab.course import skeleton
from confirmlab.course.mutants import Mutant, Trial
from confirmlab.processes import jobs as processes
from confirmlab.processes.jobs import Job, Runner, Say
from confirmlab.site import app_process

FILE = "the file of tests"

_METHODS = ("generate-token", "confirm-token")
_NOTICED = ("failed", "error")  # how a test ends that noticed something
_MOST = 1_000_000  # bytes that are taken from one fork
_FORKS = hasattr(os, "fork")


@dataclass(frozen=True)
class Failure:
    """Hold a test that did not pass: its name, what was seen, and in which line."""

    test: str
    message: str
    where: str = ""


@dataclass(frozen=True)
class Run:
    """Hold how the learner's tests ended on one app: `done`, `timeout` or `died`."""

    mutant: Mutant
    names: tuple[str, ...]
    failed: tuple[Failure, ...]
    end: str

    @property
    def caught(self) -> bool:
        """Say whether the tests noticed that something is wrong with this app."""
        return bool(self.failed) or self.end != "done"


@dataclass(frozen=True)
class Phase:
    """Hold apps that tests are tried on; with `first` no further than one failure on each."""

    apps: tuple[Mutant, ...]
    first: bool = False


class _Turn(NamedTuple):
    """Say which app of which phase has its turn."""

    phase: int
    place: int
    app: Mutant
    first: bool


def run(
    phases: Sequence[Phase],
    suite: str,
    trial: Trial,
    seconds: float,
    runner: Runner = processes.run_all,
    shares: int = os.cpu_count() or 1,
) -> list[list[Run]]:
    """Run a suite against the apps of one phase after the other, `seconds` each app.

    A phase in which the suite notices something is the last one; given are the runs of each phase
    that was. The apps are dealt out to so many `shares`, each of which is a job for the runner.
    """
    turns = [
        [_Turn(number, place, app, phase.first) for place, app in enumerate(phase.apps)]
        for number, phase in enumerate(phases)
    ]
    # A fork takes its app over from the reference, so that two children do for all; where there
    # is none, each app gets a child, and a folder with its fills.
    if _FORKS:
        dealt = [[turn for phase in turns for turn in phase[n::shares]] for n in range(shares)]
        done = dict(
            _carried_out([share for share in dealt if share], suite, trial, seconds, runner)
        )
        found = [[done[turn] for turn in phase if turn in done] for phase in turns]
    else:
        found = []
        for phase in turns:
            done = dict(_carried_out([[turn] for turn in phase], suite, trial, seconds, runner))
            found.append([done[turn] for turn in phase])
            if any(one.caught for one in found[-1]):
                break
    last = next((n for n, runs in enumerate(found) if any(one.caught for one in runs)), len(found))
    return found[: last + 1]


def _carried_out(
    dealt: list[list[_Turn]], suite: str, trial: Trial, seconds: float, runner: Runner
) -> Iterator[tuple[_Turn, Run]]:
    """Carry out turns, a job for each share of them; those that had to be left out are missing."""
    model = trial.model
    # Both methods are always put in, so that nothing but what they do tells a faulty app from a
    # correct one.
    same = {blank_id: model[blank_id] for blank_id in _METHODS}
    with tempfile.TemporaryDirectory(prefix="confirmlab-") as name:
        jobs = []
        for number, share in enumerate(dealt):
            folder = Path(name, str(number))
            folder.mkdir()
            own = {} if _FORKS else dict(share[0].app.fills)
            task = {
                "folder": str(folder),
                "file": trial.file,
                "fills": model | {trial.exercise: suite} | own,
                "turns": _FORKS and [
                    {"fills": same | dict(t.app.fills), "phase": t.phase, "first": t.first}
                    for t in share
                ],
                "first": not _FORKS and share[0].first,
                "seconds": seconds,
            }  # fmt: skip
            jobs.append(Job(run_suite, task, folder, seconds * len(share)))
        for number, finished in runner(jobs):
            told = _by_app(finished.messages)
            # Without a collection there was nothing to fork, and what was said holds for all.
            common = told.pop(None, [])
            for place, turn in enumerate(dealt[number]):
                own = told.get(place, [])
                if told and not own and finished.end == "done":
                    continue  # it was left out
                yield turn, _read(turn.app, [*common, *own], _ended(own, finished.end))


def run_suite(task: dict[str, Any], say: Say) -> None:
    """Run the learner's tests in this process, or in a fork for each app; the work of a child."""
    import pytest

    from confirmlab.checks import pytest_collection
    from confirmlab.checks.pytest_plugin import Reporter

    folder = Path(task["folder"]).resolve()
    skeleton.build(folder, task["fills"], only=("app", "tests", "pytest.ini"))
    os.chdir(folder)
    # Far from Greenwich a local time that is taken for UTC shows.
    os.environ["TZ"] = "America/New_York"
    if hasattr(time, "tzset"):
        time.tzset()
    app_process.make_importable(folder)
    pytest_collection.forget()
    if task["turns"]:
        _limit(task["seconds"])  # for reading the tests; what they do, forks do
    lean = [*pytest_collection.LEAN, *(["-x"] if task["first"] else [])]
    if "caplog" not in Path(task["file"]).read_text(encoding="utf-8"):
        lean += ["-p", "no:logging"]  # the log of each test, kept for nobody
    reporter = Reporter(say, folder)
    plugins = [reporter, *([_Forks(task, say, reporter)] if task["turns"] else [])]
    pytest.main([*lean, task["file"]], plugins=plugins)


class _Forks:
    """Run what pytest has collected once for each app, in a fork of this process."""

    def __init__(self, task: dict[str, Any], say: Say, reporter: Any) -> None:
        self.task = task
        self.say = say
        self.reporter = reporter

    def pytest_runtestloop(self, session: Any) -> bool:
        """Take the place of pytest's own loop over the tests."""
        if session.testsfailed or not session.items:
            return False  # they cannot be read, or there are none: pytest says so itself
        _make_ready(session)
        signal.alarm(processes.PATIENCE * math.ceil(self.task["seconds"]) * len(self.task["turns"]))
        bad: set[int] = set()  # phases in which the tests noticed something
        for number, turn in enumerate(self.task["turns"]):
            if any(phase < turn["phase"] for phase in bad):
                break
            reader, writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reader)
                self._run(session, turn, writer)
            os.close(writer)
            said, status = _heard(reader, pid)
            fine, end = self._pass_on(number, said.splitlines()), _end(status)
            self.say({"app": number, "ended": end})
            if not fine:
                bad.add(turn["phase"])
            if end == "timeout" and not turn["first"]:
                break  # all others of this phase would take as long
        return True

    def _run(self, session: Any, turn: dict[str, Any], writer: int) -> None:
        """Put the app's fills in and run the tests; this process ends here."""
        with suppress(BaseException):
            _limit(self.task["seconds"])
            self.reporter.say = partial(_told, writer)
            _put_in(turn["fills"])
            session.config.option.maxfail = 1 if turn["first"] else 0
            for place, item in enumerate(session.items):
                after = session.items[place + 1] if place + 1 < len(session.items) else None
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if session.shouldfail:
                    break
            os.write(writer, b'{"whole": true}\n')
        os._exit(0)

    def _pass_on(self, number: int, lines: Iterable[str]) -> bool:
        """Say what a fork says; tell whether it came to its end, and all tests passed."""
        whole, failed = False, False
        for line in lines:
            with suppress(ValueError, RecursionError):
                message = json.loads(line)
                if fits(message):  # the tests in the fork could have written it themselves
                    whole = whole or "whole" in message
                    failed = failed or message.get("outcome") in _NOTICED
                    self.say({**message, "app": number})
        if not whole:
            self.say({"app": number, "cut": True})
        return whole and not failed


def _heard(reader: int, pid: int) -> tuple[str, int]:
    """Listen to a fork until it has ended; copies that its tests made of it may live on."""
    heard, status, left = b"", None, 64
    while left:
        if select.select([reader], [], [], 0.05)[0]:
            part = os.read(reader, 65536)
            heard += part if len(heard) < _MOST else b""
            left = 0 if not part else left - (status is not None)
        elif status is not None:
            break
        if status is None:
            gone, ended = os.waitpid(pid, os.WNOHANG)
            status = ended if gone else None
    os.close(reader)
    status = os.waitpid(pid, 0)[1] if status is None else status
    return heard.decode("utf-8", "replace"), status


def _told(writer: int, message: dict[str, Any]) -> None:
    """Tell what a fork has noticed; what ran and passed is nobody's question."""
    if "running" not in message and message.get("outcome") != "passed":
        os.write(writer, json.dumps(message).encode() + b"\n")


def _make_ready(session: Any) -> None:
    """Make the fixture `app`, with its tables, before the first fork: each has it then, as a copy.

    The methods that a fork puts in are the model's, of which an app takes nothing while it is made.
    """
    from sqlalchemy.orm import configure_mappers

    for fixture in session._fixturemanager.getfixturedefs("app", session.items[0]) or ():
        if fixture.scope == "session" and fixture.func.__module__ == "conftest":
            with suppress(Exception):  # each fork would meet the same, and tells of it
                app = fixture.func()
                fixture.func = lambda app=app: app
                configure_mappers()
    gc.collect()
    gc.freeze()


def _put_in(fills: dict[str, str]) -> None:
    """Let the methods of a model's fills take the place of the reference's."""
    models = sys.modules["app.models"]
    for blank_id, text in fills.items():
        names: dict[str, Any] = {}
        exec(compile(text, f"<{blank_id}>", "exec"), models.__dict__, names)
        for name, method in names.items():
            setattr(models.User, name, method)


def _limit(seconds: float) -> None:
    """Give this process so many seconds of the processor, and not much more of the clock's."""
    import resource

    cpu = math.ceil(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    signal.alarm(processes.PATIENCE * cpu)


def _end(status: int) -> str:
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return "timeout" if ended_by in (signal.SIGXCPU, signal.SIGALRM) else "done"


def _ended(told: list[dict[str, Any]], whole: str) -> str:
    """Say how the tests of one app ended; those that nobody saw end went down with the rest."""
    return next((message["ended"] for message in told if "ended" in message), whole)


def _by_app(messages: Iterable[dict[str, Any]]) -> dict[int | None, list[dict[str, Any]]]:
    told: dict[int | None, list[dict[str, Any]]] = {}
    for message in messages:
        told.setdefault(message.get("app"), []).append(message)
    return told


def _read(app: Mutant, messages: list[dict[str, Any]], end: str) -> Run:
    names, failed = [], []
    for message in messages:
        names += [test["name"].rpartition("::")[2] for test in message.get("tests", [])]
        if "problem" in message:
            said = message["problem"].removeprefix("E").strip()
            failed.append(Failure(FILE, f"pytest cannot read the tests: {said}"))
        if message.get("outcome") in _NOTICED:
            name = message["name"].rpartition("::")[2]
            failed.append(Failure(name, message["message"], message["where"]))
        if message.get("cut") and end == "done":
            end = "died"
    return Run(app, tuple(names), tuple(failed), end)
