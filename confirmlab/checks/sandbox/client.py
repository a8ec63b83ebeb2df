"""Run jobs isolated from the machine: in bubblewrap where it is installed, else with limits."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from confirmlab.checks.sandbox import isolation
from confirmlab.checks.sandbox.supervisor_process import SupervisorProcess
from confirmlab.processes import messages
from confirmlab.processes.jobs import End, Finished, Job
from confirmlab.processes.limits import FILE_SIZE
from confirmlab.processes.messages import ChildEnd

MEMORY = 1_500_000_000  # bytes of address space; the warm parent itself takes a third of it
PROCESSES = 40  # threads count too
CLOCK_PER_PROCESSOR_SECOND = 6  # elapsed seconds allowed per second of processor time
_GRACE = 60  # seconds added to an order's longest time, for a very busy machine
_LOST = {"messages": [], "end": ChildEnd.LOST, "output": "", "cut": False}
_TESTS = "confirmlab.checks.preload.preload_tests"


class Sandbox:
    """A supervisor process in isolation, which runs one job at a time."""

    def __init__(
        self,
        kind: str = "auto",
        preload: str = "confirmlab.checks.preload.preload_suites",
        trusted: bool = False,
        memory: int = MEMORY,
    ) -> None:
        self.kind = isolation.chosen(kind)
        self.memory = memory
        self.user = 0 if trusted else isolation.user(self.kind)
        self.process = SupervisorProcess(self.kind, preload, has_database=not trusted)
        # The sandbox of the trusted processes that test the app in this one.
        self._partner = None if trusted else Sandbox("limits", _TESTS, trusted=True)
        self._begun: dict[str, Any] = {}
        self._turn = threading.Lock()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox {self.kind}>"

    def run_all(self, jobs: list[Job]) -> Iterator[tuple[int, Finished]]:
        """Run several jobs in turn; yield each result with its job's index."""
        for place, job in enumerate(jobs):
            yield place, self.run(job)

    def run(self, job: Job, *channel: int) -> Finished:
        """Run a job in its own child process and empty folder, and return the result.

        An open file passed as `channel` is passed on to the child, which gets its file number as
        `channel` in its task. A message with the key `alarm` says why the child was stopped.
        """
        seconds = CLOCK_PER_PROCESSOR_SECOND * job.seconds + _GRACE
        with self._turn:
            report = self._run_order(self._order(job), seconds, channel)
        return _finished(report)

    def begin(self, job: Job) -> socket.socket:
        """Start a job in a child and return the other end of its channel; `finish` waits for it.

        Its task gets the path of an empty `database`.
        """
        self._turn.acquire()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._begun = self._start_serving(job, theirs)
        except BaseException:
            ours.close()
            self._turn.release()
            raise
        return ours

    def _start_serving(self, job: Job, theirs: socket.socket) -> dict[str, Any]:
        """Start a job with an empty database, and pass it the end `theirs` of a channel."""
        # Its time by the clock includes what the other side takes for the tests.
        seconds = CLOCK_PER_PROCESSOR_SECOND * job.seconds + _GRACE
        tries = (self._send_serving_order(job, seconds, theirs) for _ in range(2))
        sent = any(tries)  # an earlier job may have damaged the first supervisor
        return {"seconds": seconds + _GRACE, "sent": sent}

    def _send_serving_order(self, job: Job, seconds: float, theirs: socket.socket) -> bool:
        """Send the order for a job that is served; return whether the supervisor took it."""
        self.process.warm_up()
        self.process.empty_database()
        given = replace(job, task=job.task | {"database": self.process.database_inside})
        return self.process.send(
            self._order(given) | {"clock": seconds, "served": True}, (theirs.fileno(),)
        )

    def finish(self) -> Finished:
        """Wait for the job that `begin` started and return its result; close its channel first.

        Its messages are dropped: the process runs a learner's app, which can write to its pipe.
        """
        begun, self._begun, report = self._begun, {}, None
        try:
            if begun["sent"]:
                with suppress(OSError):
                    report = self.process.next_report(begun["seconds"])
            if report is None:
                self.partner.process.end()
                self.process.end()
                report = dict(_LOST)
            return _finished(report | {"messages": []})
        finally:
            self._turn.release()

    def warm_up(self) -> None:
        """Start the supervisor without waiting for it.

        Raises:
            KitError: the sandbox was closed.
        """
        self.process.warm_up()

    @property
    def partner(self) -> "Sandbox":
        """The sandbox of the trusted processes that test what runs in this one."""
        assert self._partner is not None
        return self._partner

    def close(self) -> None:
        """End the supervisor and all that it started; the sandbox cannot be used again."""
        self.process.forbid_start()
        if self._partner is not None:
            self._partner.close()
        self.process.end()

    def _order(self, job: Job) -> dict[str, Any]:
        return {
            "work": f"{job.work.__module__}:{job.work.__qualname__}",
            "task": job.task,
            "seconds": job.seconds,
            "clock": CLOCK_PER_PROCESSOR_SECOND * job.seconds,
            "memory": self.memory,
            "file_size": FILE_SIZE,
            "processes": PROCESSES,
            "user": self.user,
        }

    def _run_order(
        self, order: dict[str, Any], seconds: float, channel: tuple[int, ...]
    ) -> dict[str, Any]:
        used = self.process.pid is not None
        report = self._try_order(order, seconds, channel)
        if report is None and used:
            # An earlier job may have damaged the warm parent, so a new parent gets one more try.
            report = self._try_order(order, seconds, channel)
        return report or dict(_LOST)

    def _try_order(
        self, order: dict[str, Any], seconds: float, channel: tuple[int, ...]
    ) -> dict[str, Any] | None:
        report = None
        with suppress(OSError):
            if self.process.send(order, channel):
                report = self.process.next_report(seconds)
        if report is None:
            self.process.end()
        return report


def _finished(report: dict[str, Any]) -> Finished:
    received = messages.read(report["messages"])
    done = bool(received) and received[-1].get("end") == End.DONE
    if report["end"] == ChildEnd.STOPPED:
        received.append({"alarm": "it started too many processes, or sent too many messages"})
    if report["end"] == ChildEnd.LOST:
        received.append({"alarm": "it killed the supervisor of the sandbox"})
    output = report["output"] + ("\n... (more was printed)\n" if report["cut"] else "")
    end = End.DONE if done else End.TIMEOUT if report["end"] == ChildEnd.LATE else End.DIED
    kept = tuple(message for message in received if message.get("end") != End.DONE)
    return Finished(kept, output, end, report.get("cpu", 0.0))
