"""Start the learner's app in a process beside the tests."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confirmlab.base.errors import NO_FORK, KitError

DIED = "The process ended in the middle; does something call exit()?"


@contextmanager
def app_beside(folder: Path) -> Iterator[tuple[socket.socket, Path]]:
    """Fork a process that runs the app in a folder; yield the socket to it and its database."""
    if not hasattr(os, "fork"):
        raise KitError(NO_FORK)
    from confirmlab.site import driver

    ours, theirs = socket.socketpair()
    scratch = tempfile.mkdtemp(prefix="confirmlab-")
    database = Path(scratch, "app.sqlite")
    database.touch()
    pid = os.fork()
    if pid == 0:
        driver.begin(theirs, folder, scratch)
    theirs.close()
    try:
        yield ours, database
    finally:
        ours.close()
        driver.ended(pid)
        shutil.rmtree(scratch, ignore_errors=True)
