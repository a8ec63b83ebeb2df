"""Start the learner's app in a process beside the tests."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confirmlab.base.errors import NO_FORK, KitError
from confirmlab.checks import app_settings
from confirmlab.checks.app_settings import AppSettings
from confirmlab.processes import environment, fork_server, temporary
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.limits import limit_processor
from confirmlab.processes.processor import Processor

DIED = "The process ended in the middle; does something call exit()?"


@contextmanager
def app_beside(
    folder: Path, seconds: float = 10.0
) -> Iterator[tuple[socket.socket, AppSettings, Path]]:
    """Start a process that runs the app in a folder; yield a socket to it, and what it was given.

    The last value is the path of its database.
    It may use `seconds` of processor time in all.
    """
    if not fork_server.FORKS:
        raise KitError(NO_FORK)
    fork_server.warm_up()  # both, so that they import at the same time
    scratch = temporary.make()
    ours, theirs = socket.socketpair()
    database = Path(scratch, "app.sqlite")
    database.touch()
    process = fork_server.start(Parent.APP, _run_app, theirs, folder, scratch, seconds)
    theirs.close()
    processor = Processor()
    settings = app_settings.draw(processor.number)
    settings.send(ours, str(database))
    try:
        yield ours, settings, database
    finally:
        processor.close()
        ours.close()
        fork_server.end(process)
        shutil.rmtree(scratch, ignore_errors=True)


def _run_app(control: socket.socket, folder: Path, scratch: str, seconds: float) -> None:
    from confirmlab.site import driver  # not where the tests are

    os.setsid()  # so that all it starts can be ended at once
    limit_processor(seconds)
    environment.adopt(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch))
    driver.begin(control, folder, scratch)
