"""Fork servers: parents that have imported what children need, and start them in milliseconds.

The learner's kernel has threads, so it must not fork itself. The fork servers have none. Those for
the app and for the tests that judge it import side by side; the one for learners' own tests starts
when it is needed. Where a system cannot fork, children are spawned instead.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from enum import Enum
from multiprocessing import connection, forkserver, util
from types import ModuleType
from typing import Any

from confirmlab.processes import environment, temporary

_LONGEST = 70  # bytes of a folder's path: a socket's address holds 107
FORKS = "forkserver" in multiprocessing.get_all_start_methods()
Child = multiprocessing.process.BaseProcess
CONTEXT: Any = multiprocessing.get_context("forkserver" if FORKS else "spawn")
# In Python 3.11.0 every user of the host could talk to the fork server (CVE-2022-42919).
util.abstract_sockets_supported = False  # type: ignore[misc]


class Parent(Enum):
    """A warm parent; its value is the module that it imports before it forks."""

    APP = "confirmlab.checks.preload.preload_app"
    TESTS = "confirmlab.checks.preload.preload_tests"
    SUITES = "confirmlab.checks.preload.preload_suites"


SERVERS = {parent: forkserver.ForkServer() for parent in Parent}


def warm_up(*parents: Parent) -> None:
    """Start some warm parents, by default those that each check needs, without waiting for them."""
    if FORKS:
        with plain_start(), _own_session():
            for parent in parents or (Parent.APP, Parent.TESTS):
                _renew_socket(SERVERS[parent])
                SERVERS[parent].set_forkserver_preload([parent.value])
                SERVERS[parent].ensure_running()


def start(parent: Parent, target: Callable[..., None], *args: object) -> Child:
    """Start a child of a warm parent; it runs `target(*args)`."""
    warm_up(parent)
    process = CONTEXT.Process(target=target, args=args, daemon=True)
    try:
        with plain_start(), _started_by(SERVERS[parent]):
            process.start()
    except BaseException:  # also an interrupt of the cell
        if process.pid:
            end(process)
        raise
    return process


def start_beside(target: Callable[..., None], *args: object) -> Child:
    """Start a child that runs beside its caller and ends when the caller does."""
    return start(Parent.APP, _run_beside, target, args)


def end(process: Child) -> None:
    """Kill a child and everything it started."""
    if hasattr(os, "killpg") and process.pid:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join(5)
    with suppress(ValueError):  # a busy system has not ended it yet
        process.close()


def pipe() -> tuple[connection.Connection, connection.Connection]:
    """Return a one-way pipe: the reading end and the writing end."""
    return CONTEXT.Pipe(duplex=False)


def _renew_socket(server: Any) -> None:
    """Create a folder with a short path for a fork server's socket, if there is none."""
    if server._forkserver_address and not os.path.exists(server._forkserver_address):
        os.close(server._forkserver_alive_fd)  # the old server ends with its last child
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None
        current: Any = multiprocessing.current_process()
        current._config.pop("tempdir", None)
    if not server._forkserver_address:
        before = tempfile.tempdir
        tempfile.tempdir = _short_folder()
        try:
            util.get_temp_dir()  # creates the folder, private, and removes it at the end
        except OSError as error:
            raise temporary.no_room(tempfile.tempdir, error) from None
        finally:
            tempfile.tempdir = before


def _short_folder() -> str:
    """Return a writable folder whose path is short enough for a socket in it, or the usual one."""
    usual = temporary.usual()
    for folder in (usual, os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"):
        if folder and len(os.fsencode(folder)) <= _LONGEST and os.access(folder, os.W_OK):
            return folder
    return usual


@contextmanager
def plain_start() -> Iterator[None]:
    """Isolate children that start in the block from the caller's interpreter state.

    They do not run its script again, do not import from the notebook's folder, and get neither
    its flags, such as -O, nor its environment.
    """
    starter: Any = util
    main, search, flags = sys.modules["__main__"], sys.path, starter._args_from_interpreter_flags
    sys.modules["__main__"] = ModuleType("__main__")
    sys.path = [place for place in search if place]
    starter._args_from_interpreter_flags = lambda: environment.interpreter_flags(flags())
    try:
        with nullcontext() if FORKS else environment.child_environment():
            yield
    finally:
        sys.modules["__main__"], sys.path = main, search
        starter._args_from_interpreter_flags = flags


@contextmanager
def _started_by(server: forkserver.ForkServer) -> Iterator[None]:
    """Start children in the block from this fork server, in place of the usual one."""
    module: Any = forkserver
    usual = module.connect_to_new_process
    module.connect_to_new_process = server.connect_to_new_process
    try:
        yield
    finally:
        module.connect_to_new_process = usual


@contextmanager
def _own_session() -> Iterator[None]:
    """Start fork servers and their tracker in sessions of their own.

    In the kernel's process group they would get interrupts meant for a cell, and a kernel that
    shuts down would wait 2.4 seconds for the tracker, which ignores signals.
    """
    usual = util.spawnv_passfds

    def spawn(path: bytes, arguments: list[Any], descriptors: Any) -> int:
        process = subprocess.Popen(
            arguments,
            executable=path,
            pass_fds=descriptors,
            env=environment.for_child(),
            start_new_session=True,
        )
        process.returncode = 0  # it ends with this process; nobody waits for it here
        return process.pid

    util.spawnv_passfds = spawn  # type: ignore[assignment]
    try:
        yield
    finally:
        util.spawnv_passfds = usual


def _run_beside(target: Callable[..., None], args: tuple[object, ...]) -> None:
    # Out of the caller's group, so that interrupting a cell does not end it.
    if hasattr(os, "setsid"):
        os.setsid()
    environment.adopt()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(*args)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
