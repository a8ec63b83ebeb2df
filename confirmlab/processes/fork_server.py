"""The fork server: a parent that has imported what children need, and starts them in milliseconds.

The learner's kernel has threads, so it must not fork itself. The fork server has none. Where a
system cannot fork, children are spawned instead.
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
from multiprocessing import connection, forkserver, util
from types import ModuleType
from typing import Any

from confirmlab.processes import environment, temporary

_LONGEST = 70  # bytes of a folder's path: a socket's address holds 107
FORKS = "forkserver" in multiprocessing.get_all_start_methods()
CONTEXT: Any = multiprocessing.get_context("forkserver" if FORKS else "spawn")
# In Python 3.11.0 every user of the host could talk to the fork server (CVE-2022-42919).
util.abstract_sockets_supported = False  # type: ignore[misc]


def warm_up() -> None:
    """Start the warm parent without waiting for it."""
    if FORKS:
        multiprocessing.get_context("forkserver").set_forkserver_preload(
            ["confirmlab.checks.preload_app", "confirmlab.checks.preload_tests"]
        )
        with plain_start(), _apart():
            _renew_socket()
            forkserver.ensure_running()


def start(target: Callable[..., None], *args: object) -> multiprocessing.process.BaseProcess:
    """Start a child that runs beside its caller and ends when the caller does."""
    warm_up()
    process = CONTEXT.Process(target=_live, args=(target, args), daemon=True)
    with plain_start():
        process.start()
    return process


def end(process: multiprocessing.process.BaseProcess) -> None:
    """Kill a child and everything it started."""
    if hasattr(os, "killpg") and process.pid:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join(5)
    with suppress(ValueError):  # the system has not ended it yet, as on a machine that is overrun
        process.close()


def pipe() -> tuple[connection.Connection, connection.Connection]:
    """Return a one-way pipe: the reading end and the writing end."""
    return CONTEXT.Pipe(duplex=False)


def _renew_socket() -> None:
    """Create a folder with a short path for the fork server's socket, if there is none."""
    server: Any = forkserver._forkserver
    if server._forkserver_address and not os.path.exists(server._forkserver_address):
        os.close(server._forkserver_alive_fd)  # the old server ends with its last child
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None
        current: Any = multiprocessing.current_process()
        current._config.pop("tempdir", None)
    if not server._forkserver_address:
        before = tempfile.tempdir
        tempfile.tempdir = _short_folder()
        try:
            util.get_temp_dir()  # which keeps it, for the owner only, and removes it at the end
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
        with nullcontext() if FORKS else environment.lent():
            yield
    finally:
        sys.modules["__main__"], sys.path = main, search
        starter._args_from_interpreter_flags = flags


@contextmanager
def _apart() -> Iterator[None]:
    """Start the fork server and its tracker in sessions of their own.

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


def _live(target: Callable[..., None], args: tuple[object, ...]) -> None:
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
