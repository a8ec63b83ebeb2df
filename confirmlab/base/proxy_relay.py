"""The relay in a Jupyter server: forwards each request to the unix socket named in its address.

jupyter-server-proxy supports one socket for each name in its configuration, but a learner may have
several workspaces with a site and an inbox each. Only the folder's owner can reach the sockets.
"""

import atexit
import os
import re
import shutil
import socket
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from confirmlab.base.jupyter_proxy import (
    NAME,
    RELAY,
    SERVICE,
    folder_of,
    is_listening,
    is_private,
    listen,
)

_SERVICE = re.compile(rf"[A-Z]+ [^ ?]*?/{NAME}/({SERVICE})[/? ]".encode())
_LONGEST_HEAD = 100_000
_MISSING_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Not here now</title>
<h1>This page is not here now</h1>
<p>Its kernel has stopped or is starting again. In the notebook, run a cell with
<code>site.start()</code> or <code>inbox</code>, then load this page again.</p></html>
"""
# Jupyter logs no traceback for a 502.
_RESPONSE_502 = (
    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'\r\nCache-Control: no-store\r\n"
    f"Connection: close\r\nContent-Length: {len(_MISSING_PAGE.encode())}\r\n\r\n{_MISSING_PAGE}"
).encode()


def entry_point() -> dict[str, Any]:
    """Start the relay, and return how jupyter-server-proxy reaches it.

    The proxy calls this once, in the Jupyter server, when that starts.
    """
    folder = start() if hasattr(socket, "AF_UNIX") else None
    return {
        "unix_socket": str((folder or Path(os.devnull)) / RELAY),
        "absolute_url": True,
        "launcher_entry": {"enabled": False},
    }


def start() -> Path | None:
    """Start the relay and return its socket folder; None if no socket folder can be made."""
    noted = folder_of(os.getpid())
    _remove(noted)
    with suppress(OSError):
        noted.parent.mkdir(parents=True, exist_ok=True)
        for old in noted.parent.glob(f"{NAME}-*"):
            if not is_listening(old.resolve() / RELAY):
                _remove(old)  # left by a server that was killed
        folder, listening = _make_folder(noted)
        atexit.register(_remove, noted)
        _Relay(listening, folder).start()
        return folder
    return None


def _make_folder(noted: Path) -> tuple[Path, socket.socket]:
    """Create the folder for sockets, and return it with the relay's listening socket.

    If `noted` cannot hold sockets, it becomes a link to the folder, so that kernels find it there.
    """
    try:
        noted.mkdir(0o700)
        return noted, listen(noted / RELAY)
    except OSError:  # the path is too long for a socket, or its file system has none
        _remove(noted)
        # The path of a socket may have about a hundred bytes, so a long TMPDIR does not do.
        parent = tempfile.gettempdir() if len(tempfile.gettempdir()) < 40 else "/tmp"
        folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir=parent))
        noted.symlink_to(folder)
        return folder, listen(folder / RELAY)


def _remove(noted: Path) -> None:
    folder = noted.resolve()
    if folder.name.startswith(NAME) and is_private(folder):
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        noted.unlink()


class _Relay(socketserver.ThreadingMixIn, socketserver.TCPServer):
    address_family = getattr(socket, "AF_UNIX", socket.AF_INET)
    daemon_threads = True
    block_on_close = False

    def __init__(self, listening: socket.socket, folder: Path) -> None:
        super().__init__(str(folder / RELAY), _Connection, bind_and_activate=False)  # type: ignore[arg-type]
        self.socket.close()
        self.socket = listening
        self.folder = folder

    def start(self) -> None:
        """Serve in a daemon thread."""
        threading.Thread(target=self.serve_forever, daemon=True, name="confirmlab-relay").start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing when a client disconnects early, since this is Jupyter's log."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Relay

    def handle(self) -> None:
        """Forward one request, and its answer back."""
        head = _head(self.request)
        if not head:
            return  # a kernel that only checks whether the relay runs
        named = _SERVICE.match(head)
        with _connected(self.server.folder / named[1].decode() if named else None) as service:
            if service is None:
                self.request.sendall(_RESPONSE_502)
                return
            service.sendall(head)
            body = threading.Thread(target=_pump, args=(self.request, service), daemon=True)
            body.start()
            _pump(service, self.request)


@contextmanager
def _connected(path: Path | None) -> Iterator[socket.socket | None]:
    with socket.socket(socket.AF_UNIX) as service:
        try:
            service.connect(str(path))
        except OSError:
            yield None
        else:
            yield service


def _head(client: socket.socket) -> bytes:
    """Return the first bytes of a request, at least its first line; b"" if there are none."""
    head = b""
    while b"\r\n" not in head and len(head) < _LONGEST_HEAD:
        more = client.recv(65536)
        if not more:
            return b""
        head += more
    return head


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Copy from one socket to another until either is closed."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
