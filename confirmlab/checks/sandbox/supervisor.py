"""Sandbox supervisor: forks a child per request, enforces limits, cleans up everything it started.

It runs inside the sandbox. Requests arrive as JSON on stdin (a socket); a report of each goes to
stdout. Children have access to neither. Under bubblewrap this process is PID 1 of its own
namespace: no child can signal it, and a single call kills everything that a child started.
"""

import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from confirmlab.checks.sandbox import cleanup
from confirmlab.processes import environment, frames, messages
from confirmlab.processes.jobs import End
from confirmlab.processes.limits import limit_processor
from confirmlab.processes.messages import ChildEnd
from confirmlab.processes.open_files import keep_only

OUTPUT = 1_000_000  # bytes of a child's output that are kept
MESSAGES = 32_000_000  # bytes of messages that are taken from one child
_TICK = 0.1  # seconds between two looks at how many processes there are

# From linux/prctl.h
_SET_DUMPABLE, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 4, 36, 38


def main() -> None:
    """Run the requested jobs until the input ends or a child has changed this process's limits."""
    orders, reports = _own_ends()
    environment.know_own_name()
    importlib.import_module(sys.argv[1])  # modules that every child needs, imported once

    _adopt_orphans()
    cleanup.record_scratch_folders()
    before = _own_limits()
    there = cleanup.scratch_files()
    _send(reports, {"ready": os.getpid()})
    while True:
        try:
            order, channel = frames.receive(orders)
        except frames.SocketClosed:
            break
        _send(reports, carry_out(order, channel))
        cleanup.clear(cleanup.scratch_files() - there)
        if _own_limits() != before:
            break  # the next request gets a new supervisor


def carry_out(order: dict[str, Any], channel: Sequence[int] = ()) -> dict[str, Any]:
    """Run the job that `order` describes in a child; return its messages, output and how it ended.

    `order` holds `work` (module:function), `task`, the limits `seconds` (processor time), `clock`
    (elapsed seconds), `memory`, `file_size` and `processes`, and `user`: the user id that the child
    takes, unless it is 0.
    """
    home = cleanup.make_home()
    if order["user"]:
        os.chown(home, order["user"], order["user"])
    reader, writer = os.pipe()
    printed, printer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(order, home, writer, printer, channel)
    os.close(writer)
    os.close(printer)
    pipes = _Pipes(reader, printed)
    end, usage = _watch(pid, pipes, order, channel)
    for number in channel:
        os.close(number)
    cleanup.sweep(pid)
    pipes.listen()
    os.close(reader)
    os.close(printed)
    cleanup.clear([home])
    return {"messages": pipes.lines(), "end": end, **pipes.output(), **usage}


class _Pipes:
    """Reads a child's messages and output, up to a limit."""

    def __init__(self, reader: int, printed: int) -> None:
        self.ends = {reader: bytearray(), printed: bytearray()}
        self.reader, self.printed = reader, printed
        self.open = {reader, printed}
        for end in self.ends:
            os.set_blocking(end, False)

    def wait(self) -> None:
        """Wait briefly until there is something to read."""
        select.select(self.open, [], [], _TICK)

    def listen(self) -> bool:
        """Read what is there; return whether the pipe for messages is closed."""
        for end in tuple(self.open):
            for _ in range(64):
                try:
                    data = os.read(end, 65536)
                except BlockingIOError:
                    break
                if not data:
                    self.open.discard(end)
                    break
                if len(self.ends[end]) <= (MESSAGES if end == self.reader else OUTPUT):
                    self.ends[end] += data
        return self.reader not in self.open

    def too_much(self) -> bool:
        """Return whether the child sent more messages than allowed; its output is not counted."""
        return len(self.ends[self.reader]) > MESSAGES

    def lines(self) -> list[str]:
        """Return the child's messages as non-empty lines."""
        text = bytes(self.ends[self.reader][:MESSAGES]).decode("utf-8", "replace")
        return [line for line in text.split("\n") if line]

    def output(self) -> dict[str, Any]:
        """Return what was printed, and whether it was cut."""
        kept = bytes(self.ends[self.printed])
        return {"output": kept[:OUTPUT].decode("utf-8", "replace"), "cut": len(kept) > OUTPUT}


def _watch(
    pid: int, pipes: _Pipes, order: dict[str, Any], channel: Sequence[int]
) -> tuple[ChildEnd, dict[str, Any]]:
    """Read from a child until it ends or exceeds a limit; return how it ended, and its usage."""
    deadline = time.monotonic() + order["clock"]
    counted = time.monotonic()
    end: ChildEnd | None = None
    while not end:
        pipes.wait()
        now = time.monotonic()
        gone, status, used = os.wait4(pid, os.WNOHANG)  # before reading, so no message is missed
        closed = pipes.listen()
        if gone:
            end = ChildEnd.ENDED
        elif now > deadline:
            end = ChildEnd.LATE
        elif pipes.too_much() or (now - counted > _TICK and _too_many(order)):
            end = ChildEnd.STOPPED
        elif closed or ("served" in order and _is_disconnected(channel)):
            # It sends no more; do not wait for threads of the learner's code.
            end = ChildEnd.ENDED
        counted = now if now - counted > _TICK else counted
    if not gone:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
    cpu = used.ru_utime + used.ru_stime
    signalled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    # A child that ignores SIGXCPU gets SIGKILL from the limit, not from here; SIGALRM comes from a
    # timer for elapsed time, which the child's own work sets.
    over = bool(gone) and signalled == signal.SIGKILL and cpu >= order["seconds"]
    if over or signalled in (signal.SIGXCPU, signal.SIGALRM):
        end = ChildEnd.LATE
    return end, {"cpu": cpu, "memory": used.ru_maxrss * 1024}


def _child(
    order: dict[str, Any], home: str, writer: int, output: int, channel: Sequence[int]
) -> None:
    """Run the job of `order` in this forked process; never return."""
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        keep_only(writer, *channel)
        if channel:
            order["task"]["channel"] = channel[0]
        _limit(order)
        os.chdir(home)
        tempfile.tempdir = home
        os.environ.update(HOME=home, TMPDIR=home)
        send = messages.sender(writer)
        module, _, name = order["work"].partition(":")
        getattr(importlib.import_module(module), name)(order["task"], send)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        send({"end": End.DONE})
    except BaseException:
        with suppress(BaseException):
            traceback.print_exc()
            sys.stderr.flush()
    finally:
        os._exit(0)  # without what the learner's code left in atexit


def _limit(order: dict[str, Any]) -> None:
    limit_processor(order["seconds"])
    limits = {
        resource.RLIMIT_AS: order["memory"],
        resource.RLIMIT_FSIZE: order["file_size"],
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }
    for what, limit in limits.items():
        most = resource.getrlimit(what)[1]  # the machine's own limit (ulimit) may be lower
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(what, (limit, limit))
    if order["user"]:
        # The system counts all that a user runs, so this limit takes a user of its own.
        resource.setrlimit(resource.RLIMIT_NPROC, (order["processes"],) * 2)
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])


def _too_many(order: dict[str, Any]) -> bool:
    """Return whether there are too many processes, or they use too much memory together."""
    processes = cleanup.descendants()
    if len(processes) > order["processes"]:
        return True
    held = 0
    for process in processes if len(processes) > 1 else ():  # one alone has its own limit
        with suppress(Exception):
            usage = process.memory_info()
            held += usage.rss - getattr(usage, "shared", 0)
    return held > order["memory"]


def _is_disconnected(channel: Sequence[int]) -> bool:
    """Return whether the other end of the channel is closed."""
    poll = select.poll()
    for number in channel:
        poll.register(number, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _own_ends() -> tuple[socket.socket, BinaryIO]:
    """Move stdin and stdout to descriptors that prints and children do not use; return them."""
    orders, reports = socket.socket(fileno=os.dup(0)), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return orders, reports


def _adopt_orphans() -> None:
    """Adopt orphaned processes; forbid debugging this process and gaining privileges."""
    import ctypes

    with suppress(OSError, AttributeError):
        prctl = ctypes.CDLL(None).prctl
        prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        prctl(_SET_DUMPABLE, 0, 0, 0, 0)
        prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _own_limits() -> list[Any]:
    """Return this process's limits that another process of the same user could change."""
    names = sorted(name for name in dir(resource) if name.startswith("RLIMIT_"))
    limits: list[Any] = [resource.getrlimit(getattr(resource, name)) for name in names]
    return [*limits, os.getpriority(os.PRIO_PROCESS, 0)]


def _send(reports: BinaryIO, report: dict[str, Any]) -> None:
    reports.write(json.dumps(report).encode() + b"\n")
    reports.flush()


if __name__ == "__main__":
    main()
