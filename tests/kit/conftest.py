"""Fixtures of the kit's tests: a learner's session in a folder of its own."""

import os
import shutil
import signal
import socket

import pytest

from confirmlab.base import proxy_relay
from confirmlab.notebook.session import LessonSession

# A terminal of a hub sets these variables; a test that needs one sets it itself.
for _name in ("JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID", "CONFIRMLAB_WORKSPACE"):
    os.environ.pop(_name, None)


@pytest.fixture
def hears_interrupts():
    """Make Ctrl-C reach this process; processes that a shell starts in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Create one workspace with its database, which all tests copy."""
    folder = tmp_path_factory.mktemp("prepared") / "my_app"
    session = LessonSession(folder)
    session.workspace.ensure()
    session.terminal.prepare_database()
    session.inbox.close()
    shutil.rmtree(folder / ".confirmlab")
    return folder


@pytest.fixture
def folder(tmp_path, prepared):
    """Return a fresh workspace: the skeleton and its database."""
    return shutil.copytree(prepared, tmp_path / "my_app")


@pytest.fixture
def open_session(folder):
    """Return a function that opens sessions on the workspace; close them at the end."""
    opened = []

    def open_session():
        opened.append(LessonSession(folder))
        return opened[-1]

    yield open_session
    for session in opened:
        session.site.stop()
        session.inbox.close()


@pytest.fixture
def session(open_session):
    return open_session()


@pytest.fixture
def relay(monkeypatch, tmp_path):
    """Run the relay of a Jupyter server below /user/ann/ in this process; return its folder."""
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("There are no unix sockets here.")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    return proxy_relay.start()
