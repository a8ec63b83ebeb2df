"""Run commands and watch them: how long they take, the processor's time, and their memory."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_CHILD_SUBREAPER = 36  # from linux/prctl.h
_TICK = 0.25  # seconds between two looks at the memory


class Failed(Exception):
    """Say that a command did not do what it was to do."""


@dataclass(frozen=True)
class Watched:
    """Hold what running some commands came to."""

    seconds: float
    cpu: float
    memory: float  # the most that all their processes held at once (PSS)
    output: str

    def measures(self, count: int = 1) -> dict[str, list[float]]:
        """Give the measures, the times for each of so many things that were done."""
        times = {"seconds": [self.seconds / count], "cpu": [self.cpu / count]}
        return times | ({"memory": [self.memory]} if self.memory else {})


def adopt_orphans() -> None:
    """Let what outlives its parent come to this process, so that its time is counted too."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(
    *commands: Sequence[str],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    limit: float = 1200,
    memory: bool = True,
    good: Sequence[int] = (0,),
) -> Watched:
    """Run commands side by side until all have ended.

    Raises:
        Failed: one of them ended with another status than a good one, or took too long.
    """
    files = [tempfile.TemporaryFile() for _ in commands]
    before = _used()
    with _Memory(memory) as held:
        began = time.perf_counter()
        started = [
            subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env=None if env is None else {**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            for command, file in zip(commands, files, strict=True)
        ]
        try:
            for process in started:
                process.wait(max(1.0, began + limit - time.perf_counter()))
        except subprocess.TimeoutExpired:
            raise Failed(f"{commands[0][0]} was still running after {limit:g} seconds") from None
        finally:
            seconds = time.perf_counter() - began
            end_all()
    output = "\n".join(_read(file) for file in files)
    for process in started:
        if process.returncode not in good:
            told = output.strip()[-1500:]
            raise Failed(f"{process.args[0]} ended with status {process.returncode}: {told}")
    return Watched(seconds, _used() - before, held.peak, output)


def end_all() -> None:
    """End every process that comes from this one, and take its time into account."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def memory_of(processes: Sequence[psutil.Process]) -> float:
    """Add up what processes hold; pages that several share count once (PSS)."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error, OSError):
            total += getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss
    return total


class _Memory:
    """Look again and again at what the descendants of this process hold."""

    def __init__(self, wanted: bool) -> None:
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True) if wanted else None

    def __enter__(self) -> _Memory:
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        own = psutil.Process()
        while not self._over.wait(_TICK):
            self.peak = max(self.peak, memory_of(own.children(recursive=True)))


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(file: object) -> str:
    with file:
        file.seek(0)
        return file.read().decode("utf-8", "replace")
