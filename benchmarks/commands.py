"""Run commands, and measure the processor time and the memory of all their processes."""

import ctypes
import os
import resource
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "bench"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in linux/prctl.h
_INTERVAL = 0.25  # seconds between two samples of the memory


@dataclass(frozen=True)
class Result:
    """The processor time, memory and output of commands, until all of them had ended."""

    cpu: float
    memory: float  # peak of all processes together (PSS)
    output: str


def adopt_orphans() -> None:
    """Make this process the parent of orphaned grandchildren, so that their time counts."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def run(*commands, cwd=None, env=None, limit=7200, good=(0,), memory=False) -> Result:
    """Run commands side by side until all have ended; sample their memory only if asked to.

    Raises:
        RuntimeError: one ended with another status than a good one, or took too long.
    """
    before, peak = _cpu(), [0.0]
    over = threading.Event()
    sampler = threading.Thread(target=_sample, args=(peak, over), daemon=True)
    if memory:
        sampler.start()
    outputs = [tempfile.TemporaryFile() for _ in commands]
    started = [
        subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
        )
        for command, file in zip(commands, outputs, strict=True)
    ]  # fmt: skip
    try:
        statuses = [process.wait(limit) for process in started]
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(str(error)) from None
    finally:
        over.set()
        if memory:
            sampler.join()
        end_all()
    output = "\n".join(_text(file) for file in outputs)
    for command, status in zip(commands, statuses, strict=True):
        if status not in good:
            raise RuntimeError(f"{command[0]} ended with status {status}: {output[-1500:]}")
    return Result(_cpu() - before, peak[0], output)


def end_all() -> None:
    """Kill all children of this process, and wait for them."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def memory_of(processes) -> float:
    """Return what processes hold; a page that several share counts once (PSS)."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error, OSError):
            total += getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss
    return total


def _sample(peak: list[float], over: threading.Event) -> None:
    own = psutil.Process()
    while not over.wait(_INTERVAL):
        peak[0] = max(peak[0], memory_of(own.children(recursive=True)))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _text(file) -> str:
    with file:
        file.seek(0)
        return file.read().decode("utf-8", "replace")
