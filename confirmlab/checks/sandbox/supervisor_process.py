"""The process of a sandbox's supervisor: start it in isolation, send orders, read reports."""

import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox import isolation
from confirmlab.processes import frames

_STARTING = 120  # seconds for the imports of the warm parent


class SupervisorProcess:
    """A supervisor, started with its first order and again after it was lost."""

    def __init__(self, kind: str, preload: str, has_database: bool) -> None:
        self.kind = kind
        self.preload = preload  # the module that it imports before it forks
        self.folder: Path | None = None  # with the database of the app that is judged
        self._has_database = has_database
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._ready = False
        self._buffer = b""
        self._closed = False
        self._changing = threading.Lock()  # held while the process is started or ended

    def __repr__(self) -> str:
        return f"<SupervisorProcess {self.kind}>"

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        return self._process.pid if self._process else None

    @property
    def database(self) -> Path:
        """The path of the tested app's database, outside the sandbox."""
        assert self.folder is not None
        return self.folder / "app.sqlite"

    @property
    def database_inside(self) -> str:
        """The path of the tested app's database, inside the sandbox."""
        return isolation.DATABASE if self.kind == "bwrap" else str(self.database)

    def empty_database(self) -> None:
        """Make the database an empty file that the app may write; the process has to run."""
        self.database.touch()
        os.truncate(self.database, 0)
        os.chmod(self.database, 0o666)

    def send(self, order: dict[str, Any], channel: Sequence[int]) -> bool:
        """Send an order; return False, and end the process, if it takes none."""
        self.warm_up()
        if not self._ready:
            self._wait_for_start()
        assert self._orders is not None  # warm_up() made it
        try:
            frames.send(self._orders, order, *channel)
            return True
        except frames.SocketClosed:
            self.end()
            return False

    def warm_up(self) -> None:
        """Start the process without waiting for it.

        Raises:
            KitError: the sandbox was closed, so `forbid_start` was called.
        """
        with self._changing:
            if self._closed:
                raise KitError("The sandbox was closed before its work was done; run this again.")
            if self._process is None:
                self._start()

    def _start(self) -> None:
        self._buffer, self._ready = b"", False
        database = ""
        if self._has_database:
            self.folder = Path(tempfile.mkdtemp(prefix="confirmlab-"))
            os.chmod(self.folder, 0o711)
            self.database.touch()
            database = str(self.database)
        self._orders, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                isolation.command(self.kind, self.preload, database),
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=isolation.environment(),
                cwd=tempfile.gettempdir(),
                start_new_session=True,  # an interrupt is for the grader, which then ends this
            )

    def _wait_for_start(self) -> None:
        assert self._process and self._process.stderr
        errors = self._process.stderr
        try:
            self._ready = self.next_report(_STARTING) is not None
            if not self._ready:
                lines = errors.read().decode("utf-8", "replace").strip().splitlines()
                reason = lines[-1] if lines else "it said nothing"
                self.end()
                raise KitError(
                    f"The sandbox {self.kind!r} does not start ({reason}); "
                    "give another one with --sandbox."
                )
        finally:
            errors.close()

    def next_report(self, seconds: float) -> dict[str, Any] | None:
        """Return the next report of the supervisor; None if it ended or took too long."""
        assert self._process and self._process.stdout
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            if not select.select([descriptor], [], [], seconds)[0]:
                return None
            data = os.read(descriptor, 1 << 20)
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def end(self) -> None:
        """End the process and all that it started; the next order starts another."""
        with self._changing:
            if self._orders is not None:
                self._orders.close()
                self._orders = None
            if self.folder is not None:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder = None
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                for stream in (self._process.stdout, self._process.stderr):
                    with suppress(OSError):
                        if stream:
                            stream.close()
                self._process = None

    def forbid_start(self) -> None:
        """Forbid to start the process again, even to a thread that still works."""
        with self._changing:
            self._closed = True
