"""Run jobs in child processes with limits, forked from a preloaded parent where possible."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver, util
from pathlib import Path
from types import ModuleType
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import WorkspaceError
from confirmlab.processes import environment
from confirmlab.processes.limits import limit_processor
from confirmlab.processes.messages import Send

_LONGEST = 70  # bytes of a folder's path: a socket's address holds 107
OUTPUT_LIMIT = 1_000_000  # bytes of output that are kept of one child
PATIENCE = 3  # wall-clock seconds allowed per second of processor time
# Exit codes of a child that exceeded its processor time or its wall-clock time.
_OUT_OF_TIME = [-getattr(signal, n) for n in ("SIGXCPU", "SIGALRM") if hasattr(signal, n)]
_CUT = "\n... (more was printed; only the beginning is kept)\n"

# The learner's kernel has threads, so it must not fork. The fork server has none: it imports
# what children need once, and each child starts from it in milliseconds.
_FORKS = "forkserver" in multiprocessing.get_all_start_methods()
_CONTEXT: Any = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
# In Python 3.11.0 every user of the host could talk to the fork server (CVE-2022-42919).
util.abstract_sockets_supported = False  # type: ignore[misc]


@dataclass(frozen=True)
class Job:
    """Work for a child process: `work(task, say)`, run in `folder`.

    It gets `seconds` of the processor, and where it waits, three times as long by the clock: on a
    machine that is busy with others, work that is quick stays within its limit.
    """

    work: Callable[[dict[str, Any], Send], None]
    task: dict[str, Any]
    folder: Path
    seconds: float = 10.0
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """What a child sent and printed, and how it ended."""

    messages: tuple[dict[str, Any], ...]
    output: str
    end: str
    seconds: float = 0.0  # of the processor, where that was counted

    def __repr__(self) -> str:
        return f"<Finished {self.end}, {len(self.messages)} messages>"


Runner = Callable[[list[Job]], Iterator[tuple[int, Finished]]]  # run_all, or a sandbox's


def warm_up() -> None:
    """Start the warm parent without waiting for it."""
    if _FORKS:
        multiprocessing.get_context("forkserver").set_forkserver_preload(
            ["confirmlab.checks.preload_tests"]
        )
        with _plain_start(), _apart():
            _renew_socket()
            forkserver.ensure_running()


def run(job: Job) -> Finished:
    """Run a job in its own child process, wait for it, and end its whole process group."""
    return next(iter(run_all([job], workers=1)))[1]


def run_all(jobs: list[Job], workers: int | None = None) -> Iterator[tuple[int, Finished]]:
    """Run jobs side by side; yield each result with its job's index as they finish."""
    warm_up()
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


def start(target: Callable[..., None], *args: object) -> multiprocessing.process.BaseProcess:
    """Start a child that runs beside its caller and ends when the caller does."""
    warm_up()
    process = _CONTEXT.Process(target=_live, args=(target, args), daemon=True)
    with _plain_start():
        process.start()
    return process


def end(process: multiprocessing.process.BaseProcess) -> None:
    """Kill a child and everything it started."""
    if hasattr(os, "killpg") and process.pid:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join(5)
    process.close()


def pipe() -> tuple[connection.Connection, connection.Connection]:
    """Return a one-way pipe: the reading end and the writing end."""
    return _CONTEXT.Pipe(duplex=False)


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
            raise _no_room(tempfile.tempdir, error) from None
        finally:
            tempfile.tempdir = before


def _short_folder() -> str:
    """Return a writable folder with a path so short that a socket's address may lie below it."""
    usual = _temporary_folder()
    for folder in (usual, os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"):
        if folder and len(os.fsencode(folder)) <= _LONGEST and os.access(folder, os.W_OK):
            return folder
    return usual


def _temporary_folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        raise WorkspaceError(
            "No folder for temporary files can be written to; "
            "set TMPDIR to a folder of yours, then restart the kernel."
        ) from None


@contextmanager
def _plain_start() -> Iterator[None]:
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
        with nullcontext() if _FORKS else environment.lent():
            yield
    finally:
        sys.modules["__main__"], sys.path = main, search
        starter._args_from_interpreter_flags = flags


@contextmanager
def _apart() -> Iterator[None]:
    """Start the fork server and its tracker in sessions of their own.

    In the kernel's process group an interrupt meant for a cell would reach them, and a kernel
    that shuts down would wait 2.4 seconds for the tracker, which ignores what it is told.
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


class _Child:
    """Runs one job: reads its messages until it ends or its time is over."""

    def __init__(self, job: Job) -> None:
        self.home = _room()
        self.output_name = os.path.join(self.home, "output")
        try:
            self._start(job)
        except BaseException:  # also an interrupt of the cell
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    def _start(self, job: Job) -> None:
        self.reader, writer = pipe()
        self.messages: list[dict[str, Any]] = []
        self.late = False
        self.open = True
        self.process = _CONTEXT.Process(target=_do, args=(job, writer, self.home), daemon=True)
        with _plain_start():
            self.process.start()
        writer.close()
        # Counted from here: the start may have waited for the warm parent's imports.
        self.deadline = time.monotonic() + PATIENCE * job.seconds

    def finished(self) -> bool:
        alive = self.process.is_alive()  # asked first, so that its last message is in the pipe
        while self.open and self.reader.poll():
            try:
                self.messages.append(json.loads(self.reader.recv_bytes(OUTPUT_LIMIT)))
            except (EOFError, OSError, ValueError):
                self.open = False
        self.late = time.monotonic() > self.deadline
        return self.done or self.late or not self.open or not alive

    @property
    def done(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("end") == "done"

    def close(self) -> Finished:
        done = self.done
        # Its work is done, but a thread of the learner's code may keep it alive.
        self.process.join(0.2)
        late = self.late or self.process.exitcode in _OUT_OF_TIME
        end(self.process)
        self.reader.close()
        output = self._output()
        shutil.rmtree(self.home, ignore_errors=True)
        how = "done" if done else "timeout" if late else "died"
        told = self.messages[:-1] if done else self.messages
        return Finished(tuple(told), output, how)

    def _output(self) -> str:
        with suppress(FileNotFoundError), open(self.output_name, "rb") as file:
            kept = file.read(OUTPUT_LIMIT).decode("utf-8", "replace")
            return kept + _CUT if file.read(1) else kept
        return ""


def _room() -> str:
    """Create a temporary folder for one child's output and files."""
    usual = _temporary_folder()
    try:
        home = tempfile.mkdtemp(prefix="confirmlab-")
        os.mkdir(os.path.join(home, "tmp"))
        if not files.is_full(Path(home)):
            return home
        shutil.rmtree(home, ignore_errors=True)
    except OSError as error:
        raise _no_room(usual, error) from None
    raise _no_room(usual)


def _no_room(folder: str, error: OSError | None = None) -> WorkspaceError:
    """Return the error for a temporary folder that cannot be written; no `error`: a full disk."""
    if error and error.errno not in files.FULL:
        return WorkspaceError(
            f"The folder for temporary files {folder!r} cannot be written to "
            f"({error.strerror}); set TMPDIR to a folder of yours, then restart the kernel."
        )
    return WorkspaceError(
        f"The disk that holds temporary files, {folder!r}, is full; "
        "delete what you do not need there and run the cell again."
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
        signal.alarm(int(PATIENCE * job.seconds) + 5)
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
        send({"end": "done"})


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
