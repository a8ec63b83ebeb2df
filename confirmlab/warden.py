"""Fork a child for each order, watch it to its end, and leave nothing of it behind.

This runs inside the sandbox. Orders come as JSON lines on stdin, and a report goes out as one on
stdout for each; no child holds either. Under bwrap this process is number 1 of its own world:
nothing in there can signal it, and it ends everything that a child started with one call.
"""

import importlib
import json
import math
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

OUTPUT = 1_000_000  # bytes of a child's output that are kept
TOLD = 32_000_000  # bytes of messages that are taken from one child
PATIENCE = 6  # the clock's seconds for each second of the processor
_TICK = 0.1  # seconds between two looks at how many processes there are

# From linux/prctl.h
_SET_DUMPABLE, _SET_CHILD_SUBREAPER = 4, 36


def main() -> None:
    """Take orders until there are no more."""
    orders, reports = _own_ends()
    importlib.import_module(sys.argv[1])  # what every child needs, imported once

    _hold_on_to_children()
    _send(reports, {"ready": os.getpid()})
    for line in orders:
        _send(reports, carry_out(json.loads(line)))


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """Do what an order says in a child; report what it said, what it printed, and its end.

    An order holds `work` (module:function), `task`, `seal` (the key that signs what the child
    says), the limits `seconds`, `memory`, `file_size` and `processes`, and `user`, whom the child
    becomes if it is not 0.
    """
    home = tempfile.mkdtemp(prefix="confirmlab-")
    descriptor, name = tempfile.mkstemp(prefix="confirmlab-")
    os.unlink(name)
    with open(descriptor, "r+b") as output:
        reader, writer = os.pipe()
        if order["user"]:
            os.chown(home, order["user"], order["user"])
        pid = os.fork()
        if pid == 0:
            _child(order, home, writer, output.fileno())
        os.close(writer)
        told, end, usage = _watch(pid, reader, order)
        os.close(reader)
        _sweep(pid)
        output.seek(0)
        printed = output.read(OUTPUT).decode("utf-8", "replace")
        cut = bool(output.read(1))
    _remove(home)
    return {"told": told, "end": end, "output": printed, "cut": cut, **usage}


def _watch(pid: int, reader: int, order: dict[str, Any]) -> tuple[list[str], str, dict[str, Any]]:
    """Read what a child says until it has ended, was late, or said or bred too much."""
    os.set_blocking(reader, False)
    deadline = time.monotonic() + PATIENCE * order["seconds"]
    counted = time.monotonic()
    told, end = bytearray(), ""
    while not end:
        select.select([reader], [], [], _TICK)
        now = time.monotonic()
        gone, status, used = os.wait4(pid, os.WNOHANG)  # asked first: then its last words are here
        closed = _read(reader, told)
        if gone:
            end = "ended"
        elif now > deadline:
            end = "late"
        elif len(told) > TOLD or (now - counted > _TICK and _too_many(order["processes"])):
            end = "stopped"
        elif closed:
            # It has said all; a thread of the learner's must not hold it.
            end = "ended"
        counted = now if now - counted > _TICK else counted
    if not gone:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
            os.kill(pid, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        end = "late"
    lines = bytes(told[:TOLD]).decode("utf-8", "replace").split("\n")
    usage = {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}
    return [line for line in lines if line], end, usage


def _read(reader: int, told: bytearray) -> bool:
    """Take what is in the pipe; say whether nobody writes into it any more."""
    while len(told) <= TOLD:
        try:
            data = os.read(reader, 65536)
        except BlockingIOError:
            return False
        if not data:
            return True
        told += data
    return False


def _child(order: dict[str, Any], home: str, writer: int, output: int) -> None:
    """Become the process in which the order is carried out; it ends here."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.closerange(3, writer)
        os.closerange(writer + 1, 1024)
        _limit(order)
        os.chdir(home)
        tempfile.tempdir = home
        os.environ.update(HOME=home, TMPDIR=home)
        from confirmlab import seal

        say = seal.sealed(writer, bytes.fromhex(order["seal"]))
        order["seal"] = ""
        module, _, name = order["work"].partition(":")
        getattr(importlib.import_module(module), name)(order["task"], say)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        say({"end": "done"})
    except BaseException:
        with suppress(BaseException):
            traceback.print_exc()
            sys.stderr.flush()
    finally:
        os._exit(0)  # without what the learner's code left in atexit


def _limit(order: dict[str, Any]) -> None:
    cpu = math.ceil(order["seconds"])
    limits = {
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_AS: (order["memory"],) * 2,
        resource.RLIMIT_FSIZE: (order["file_size"],) * 2,
        resource.RLIMIT_NOFILE: (256, 256),
        resource.RLIMIT_CORE: (0, 0),
    }
    for what, limit in limits.items():
        resource.setrlimit(what, limit)
    if order["user"]:
        # The system counts all that a user runs, so this limit takes a user of its own.
        resource.setrlimit(resource.RLIMIT_NPROC, (order["processes"],) * 2)
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])


def _too_many(processes: int) -> bool:
    """Count the processes in this world, or, where that is everybody's, those from here."""
    if os.getpid() == 1:
        return sum(name.isdecimal() for name in os.listdir("/proc")) > processes
    return len(_descendants()) > processes


def _descendants() -> list[Any]:
    import psutil

    with suppress(psutil.Error):
        return psutil.Process().children(recursive=True)
    return []


def _sweep(pid: int) -> None:
    """End what a child has started, and what that has started, until nothing is left."""
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(1000):
        if os.getpid() == 1:
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # all but this process, which is number 1
        else:
            for process in _descendants():
                with suppress(Exception):
                    process.kill()
        try:
            if os.waitpid(-1, 0)[0] == 0:
                return
        except ChildProcessError:
            return


def _remove(home: str) -> None:
    """Delete a child's home, also where it has locked its own folders."""

    def unlock(function: Any, path: str, _: Any) -> None:
        with suppress(OSError):
            os.chmod(Path(path).parent, 0o700)
            os.chmod(path, 0o700, follow_symlinks=os.chmod not in os.supports_follow_symlinks)
            function(path)

    shutil.rmtree(home, onerror=unlock)
    shutil.rmtree(home, ignore_errors=True)


def _own_ends() -> tuple[BinaryIO, BinaryIO]:
    """Put this process's own ends of the line where no print and no child finds them."""
    orders, reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return orders, reports


def _hold_on_to_children() -> None:
    """Let orphans come to this process, and let none look into its memory."""
    import ctypes

    with suppress(OSError, AttributeError):
        prctl = ctypes.CDLL(None).prctl
        prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def _send(reports: BinaryIO, report: dict[str, Any]) -> None:
    reports.write(json.dumps(report).encode() + b"\n")
    reports.flush()


if __name__ == "__main__":
    main()
