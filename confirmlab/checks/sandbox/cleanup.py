"""Remove what a child left behind: processes and files."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

# The folders where children may write, if no other program does.
_scratch_folders: tuple[str, ...] = ()


def descendants() -> list[Any]:
    """Return all descendants of this process."""
    import psutil

    with suppress(psutil.Error):
        return psutil.Process().children(recursive=True)
    return []


def sweep(pid: int) -> None:
    """Kill a child's process group and all processes that it started, until none is left."""
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(1000):
        if os.getpid() == 1:
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # all but this process, which is number 1
        else:
            for process in descendants():
                with suppress(Exception):
                    process.kill()
        try:
            if os.waitpid(-1, 0)[0] == 0:
                return
        except ChildProcessError:
            return


def record_scratch_folders() -> None:
    """Store the folders that only children write to, if this is process 1 of a namespace."""
    global _scratch_folders
    _scratch_folders = (os.environ["HOME"], tempfile.gettempdir()) if os.getpid() == 1 else ()


def make_home() -> str:
    """Create the folder of a child and return its path."""
    if not _scratch_folders:
        return tempfile.mkdtemp(prefix="confirmlab-")
    return tempfile.mkdtemp(prefix="site-", dir=_scratch_folders[0])


def scratch_files() -> set[str]:
    """Return the scratch files of this process's own namespace; empty outside bubblewrap."""
    return {os.path.join(place, name) for place in _scratch_folders for name in os.listdir(place)}


def clear(names: Iterable[str]) -> None:
    """Delete a child's files and folders, even links and locked ones."""
    for name in names:
        with suppress(OSError):
            os.unlink(name)
        remove(name)


def remove(home: str) -> None:
    """Delete a child's folder, even if folders in it are read-only; links are not followed."""
    shutil.rmtree(home, ignore_errors=True)
    if os.path.isdir(home) and not os.path.islink(home):
        os.chmod(home, 0o700)
        for place, folders, _ in os.walk(home):
            for name in (os.path.join(place, name) for name in folders):
                if not os.path.islink(name):
                    os.chmod(name, 0o700)
        shutil.rmtree(home, ignore_errors=True)
