"""Run jobs in child processes with limits, forked from a warm parent where possible."""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from multiprocessing import connection
from pathlib import Path
from typing import Any

from confirmlab.processes import environment, fork_server, temporary
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.limits import limit_processor
from confirmlab.processes.messages import Send

OUTPUT_LIMIT = 1_000_000  # bytes of output that are kept of one child
CLOCK_PER_PROCESSOR_SECOND = 3  # wall-clock seconds allowed per second of processor time
# Exit codes of a child that exceeded its processor time or its wall-clock time.
_OUT_OF_TIME = [-getattr(signal, n) for n in ("SIGXCPU", "SIGALRM") if hasattr(signal, n)]
_CUT = "\n... (more was printed; only the beginning is kept)\n"


def _nothing() -> AbstractContextManager[dict[str, Any]]:
    return nullcontext({})


@dataclass(frozen=True)
class Job:
    """Work for a child process: `work(task, send)`, run in `folder`.

    It may use `seconds` of processor time and three times as many by the clock, since other
    programs may keep the machine busy. While it runs, the context `beside` is entered; the values
    that it yields are added to the task.
    """

    work: Callable[[dict[str, Any], Send], None]
    task: dict[str, Any]
    folder: Path
    seconds: float = 10.0
    environment: Mapping[str, str] = field(default_factory=dict)
    parent: Parent = Parent.APP
    beside: Callable[[], AbstractContextManager[dict[str, Any]]] = _nothing


class End(StrEnum):
    """How a job ended."""

    DONE = "done"
    TIMEOUT = "timeout"
    DIED = "died"
    NOT_RUN = "not-run"


# Why a job ended like this, for the learner whose code it ran.
DIED = "The process ended in the middle; does something call exit()?"
STILL_RUNNING = (
    "It was still running after {seconds} seconds and was ended; is there a loop that never stops?"
)


@dataclass(frozen=True)
class Finished:
    """What a child sent and printed, and how it ended."""

    messages: tuple[dict[str, Any], ...]
    output: str
    end: End
    seconds: float = 0.0  # processor time, if it was measured

    def __repr__(self) -> str:
        return f"<Finished {self.end}, {len(self.messages)} messages>"


Runner = Callable[[list[Job]], Iterator[tuple[int, Finished]]]  # run_all, or a sandbox's


def run(job: Job) -> Finished:
    """Run a job in its own child process, wait for it, and end its whole process group."""
    return next(iter(run_all([job], workers=1)))[1]


def run_all(jobs: list[Job], workers: int | None = None) -> Iterator[tuple[int, Finished]]:
    """Run jobs side by side; yield each result with its job's index as they finish."""
    workers = workers or os.cpu_count() or 1
    waiting = list(enumerate(jobs))[::-1]
    running: dict[int, _Child] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                place, job = waiting.pop()
                running[place] = _Child(job)
            _wait(running.values())
            for place, child in list(running.items()):
                if child.finished():
                    del running[place]
                    yield place, child.close()
    finally:
        for child in running.values():
            child.close()


class _Child:
    """Runs one job: reads its messages until it ends or its time is over."""

    def __init__(self, job: Job) -> None:
        self.home = temporary.make()
        self.output_name = os.path.join(self.home, "output")
        self.beside = ExitStack()
        try:
            self._start(job)
        except BaseException:  # also an interrupt of the cell
            self._abandon()
            raise

    def _abandon(self) -> None:
        """End the child if it has started already, and remove its folder."""
        process = getattr(self, "process", None)
        if process is not None and process.pid:
            fork_server.end(process)
        self.beside.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def _start(self, job: Job) -> None:
        self.reader, writer = fork_server.pipe()
        self.messages: list[dict[str, Any]] = []
        self.late = False
        self.open = True
        task = job.task | self.beside.enter_context(job.beside())
        plain = replace(job, task=task, beside=_nothing)
        self.process = fork_server.start(job.parent, _do, plain, writer, self.home)
        writer.close()
        # Counted from here: the start may have waited for the warm parent's imports.
        self.deadline = time.monotonic() + CLOCK_PER_PROCESSOR_SECOND * job.seconds

    def finished(self) -> bool:
        alive = self.process.is_alive()  # checked before reading, so that its last message is read
        while self.open and self.reader.poll():
            try:
                self.messages.append(json.loads(self.reader.recv_bytes(OUTPUT_LIMIT)))
            except (EOFError, OSError, ValueError):
                self.open = False
        self.late = time.monotonic() > self.deadline
        return self.done or self.late or not self.open or not alive

    @property
    def done(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("end") == End.DONE

    def close(self) -> Finished:
        done = self.done
        # Its work is done, but a thread of the learner's code may keep it alive.
        self.process.join(0.2)
        late = self.late or self.process.exitcode in _OUT_OF_TIME
        fork_server.end(self.process)
        self.beside.close()
        self.reader.close()
        output = self._output()
        shutil.rmtree(self.home, ignore_errors=True)
        how = End.DONE if done else End.TIMEOUT if late else End.DIED
        messages = self.messages[:-1] if done else self.messages
        return Finished(tuple(messages), output, how)

    def _output(self) -> str:
        with suppress(FileNotFoundError), open(self.output_name, "rb") as file:
            kept = file.read(OUTPUT_LIMIT).decode("utf-8", "replace")
            return kept + _CUT if file.read(1) else kept
        return ""


def send_output_to(name: str) -> None:
    """Redirect this process's stdout and stderr to the end of a file."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    sys.stdout, sys.stderr = (
        open(stream, "w", encoding="utf-8", errors="replace", closefd=False, buffering=1)
        for stream in (1, 2)
    )


def _wait(children: Any) -> None:
    soonest = min(child.deadline for child in children) - time.monotonic()
    ends = [child.reader for child in children if child.open]
    ends += [child.process.sentinel for child in children]
    connection.wait(ends, timeout=max(0.0, soonest) + 0.01)


def _do(job: Job, writer: connection.Connection, home: str) -> None:
    # Its own process group, so that all its children can be killed at once.
    if hasattr(os, "setsid"):
        os.setsid()
    limit_processor(job.seconds)
    if hasattr(signal, "alarm"):
        # The parent kills a late child earlier. This is for a child whose parent was killed.
        signal.alarm(int(CLOCK_PER_PROCESSOR_SECOND * job.seconds) + 5)
    send_output_to(os.path.join(home, "output"))
    streams = sys.stdout, sys.stderr
    sys.stdin = open(os.devnull, encoding="utf-8")
    # A temporary folder of its own: pytest refuses one that belongs to somebody else.
    own_folder = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), os.path.join(home, "tmp"))
    environment.adopt({**own_folder, **job.environment})
    tempfile.tempdir = None
    own = os.getpid()

    def send(message: dict[str, Any]) -> None:
        if os.getpid() != own:
            os._exit(0)  # a copy that the learner's code forked must not send messages
        writer.send_bytes(json.dumps(message).encode())

    try:
        os.chdir(job.folder)
        job.work(job.task, send)
        done = True
    except BaseException:
        traceback.print_exc()
        done = False
    for stream in streams:
        with suppress(OSError, ValueError):  # the learner's code may have closed it
            stream.flush()
    if done:
        send({"end": End.DONE})
