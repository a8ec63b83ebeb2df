"""Start the learner's app in a process beside the tests."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from confirmlab.base.errors import NO_FORK, KitError
from confirmlab.checks.app import app_settings
from confirmlab.processes import environment, fork_server, temporary
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.limits import limit_processor
from confirmlab.processes.processor import Processor


@contextmanager
def app_beside(folder: Path, seconds: float = 10.0) -> Iterator[dict[str, Any]]:
    """Start a process of the app in a folder; yield what `open_app` needs to reach it.

    It may use `seconds` of processor time in all.
    """
    if not fork_server.FORKS:
        raise KitError(NO_FORK)
    fork_server.warm_up()  # both parents, so that they import at the same time
    with ExitStack() as undo:
        scratch = temporary.make()
        undo.callback(shutil.rmtree, scratch, ignore_errors=True)
        ours, theirs = socket.socketpair()
        undo.enter_context(ours)
        processor = undo.enter_context(closing(Processor()))
        database = Path(scratch, "app.sqlite")
        database.touch()
        with theirs:
            process = fork_server.start(Parent.APP, _run_app, theirs, folder, scratch, seconds)
        undo.callback(fork_server.end, process)
        settings = app_settings.draw(processor.number)
        settings.send(ours, str(database))
        yield {"control": ours, "settings": settings, "database": database}


def _run_app(control: socket.socket, folder: Path, scratch: str, seconds: float) -> None:
    from confirmlab.site.driver import app_host  # here, since the tests' process must not import it

    os.setsid()  # so that all it starts can be ended at once
    limit_processor(seconds)
    environment.adopt()
    app_host.begin(control, folder, scratch)
