"""Leave nothing of a child behind: no process that it started, no file that it wrote."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from typing import Any


def descendants() -> list[Any]:
    """List the processes that come from this one."""
    import psutil

    with suppress(psutil.Error):
        return psutil.Process().children(recursive=True)
    return []


def sweep(pid: int) -> None:
    """End what a child has started, and what that has started, until nothing is left."""
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


def scratch() -> set[str]:
    """List the scratch files of this process's own world; in the world of all there is no such."""
    folder = tempfile.gettempdir()
    names = os.listdir(folder) if os.getpid() == 1 else []
    return {os.path.join(folder, name) for name in names}


def clear(names: Iterable[str]) -> None:
    """Delete files and folders of a child's, whatever it has made of them."""
    for name in names:
        with suppress(OSError):
            os.unlink(name)
        remove(name)


def remove(home: str) -> None:
    """Delete a child's folder, also where it has locked what is in it, and follow no link."""
    shutil.rmtree(home, ignore_errors=True)
    if os.path.isdir(home) and not os.path.islink(home):
        os.chmod(home, 0o700)
        for place, folders, _ in os.walk(home):
            for name in (os.path.join(place, name) for name in folders):
                if not os.path.islink(name):
                    os.chmod(name, 0o700)
        shutil.rmtree(home, ignore_errors=True)
