"""Serve a page of the kit's own from a thread of this process, to those who know its key."""

import atexit
import hashlib
import hmac
import http.client
import io
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from confirmlab.base import files, ports
from confirmlab.base.errors import KitError
from confirmlab.site.app_process import Prefixed, StartResponse, Wsgi

HEADER = "X-ConfirmLab"  # no page of another origin can send it unasked
_LEAVE = "/leave"
_PATIENCE = 2  # seconds for another kernel to make room


class Host:
    """Hold a port and a key, which stay the same over restarts, and serve an app there.

    Every user of this machine reaches every port of it, and so can the browser of everybody who
    opens a page made for that. So the key is part of each path: it is all that lets one in.
    """

    def __init__(self, make_app: Callable[[], Wsgi], note: Path, base: str | None) -> None:
        self.make_app = make_app  # in the thread: what it imports keeps nobody waiting
        self.note = note
        self.base = base  # below which Jupyter's proxy brings requests; None without one
        self.port = 0
        self.key = ""
        self._server: Any = None

    def __repr__(self) -> str:
        return f"<Host {f'on port {self.port}' if self.running else 'closed'}>"

    @property
    def running(self) -> bool:
        """Say whether this process serves the app."""
        return self._server is not None

    def start(self) -> "Host":
        """Serve the app, at the address it had before if that can be; another kernel makes room."""
        if not self.running:
            listening = self._settle()
            files.write(self.note, json.dumps({"port": self.port, "key": self.key}) + "\n")
            self._server = _server(listening, self)
            threading.Thread(target=self._serve, args=[self._server], daemon=True).start()
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Serve no more; port and key stay noted."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            atexit.unregister(self.close)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Let a request through to the app, or answer as if nothing were here."""
        path = environ["PATH_INFO"]
        if path == _LEAVE and _same(environ.get("HTTP_X_LEAVE", ""), self._leave_word()):
            self.close()
            return _bare(start_response, "204 No Content")
        key, slash, rest = path[1:].partition("/")
        if not (slash and _same(key, self.key)) or not self._expected(environ):
            return _bare(start_response, "404 Not Found")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") and not _own(environ):
            return _bare(start_response, "403 Forbidden")
        environ.update(SCRIPT_NAME=f"{environ.get('SCRIPT_NAME', '')}/{key}", PATH_INFO=f"/{rest}")
        return self._app(environ, start_response)

    def _serve(self, server: Any) -> None:
        self._app = self.make_app()
        server.set_app(Prefixed(self, self.base) if self.base else self)
        server.serve_forever(poll_interval=0.05)

    def _settle(self) -> socket.socket:
        """Take the noted port; if somebody else has it by now, another one, and another key."""
        port, key = self._noted()
        if port:
            self.port, self.key = port, key
            for attempt in (self._ask_to_leave, lambda: False):
                try:
                    return ports.take(port, "inbox's page")
                except KitError:
                    if not attempt():
                        break
        # Who has the old port now may have been told the old key, by a page that was left open.
        taken = ports.take(0, "inbox's page")
        self.port, self.key = taken.getsockname()[1], secrets.token_urlsafe(24)
        return taken

    def _ask_to_leave(self) -> bool:
        """Ask who has the port to make room; only a kernel of this workspace will."""
        call = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            call.request("POST", _LEAVE, headers={"X-Leave": self._leave_word()})
            return call.getresponse().status == 204
        except (OSError, http.client.HTTPException):
            return False
        finally:
            call.close()

    def _leave_word(self) -> str:
        """Give a word that proves the key, and tells it to nobody."""
        said = f"leave port {self.port}".encode()
        return hmac.new(self.key.encode(), said, hashlib.sha256).hexdigest()

    def _expected(self, environ: dict[str, Any]) -> bool:
        """Say whether the request names this machine; behind the proxy any name may stand."""
        known = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        return bool(environ.get("SCRIPT_NAME")) or environ.get("HTTP_HOST") in known

    def _noted(self) -> tuple[int, str]:
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            port, key = int(noted["port"]), str(noted["key"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0, ""
        return (port, key) if 0 < port < 65536 and len(key) >= 32 else (0, "")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave early: stderr belongs to the cells."""


class _Handler(WSGIRequestHandler):
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: it would stand below a cell."""

    def get_stderr(self) -> Any:
        """Keep tracebacks out of the cells too."""
        return io.StringIO()


def _server(listening: socket.socket, host: Host) -> _Server:
    server = _Server(("127.0.0.1", host.port), _Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = "localhost", host.port
    server.setup_environ()
    return server


def _own(environ: dict[str, Any]) -> bool:
    """Say whether a page of this origin sends the request."""
    site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
    return site == "same-origin" and f"HTTP_{HEADER.upper().replace('-', '_')}" in environ


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _bare(start_response: StartResponse, status: str) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
    headers += [("Content-Security-Policy", "default-src 'none'")]
    headers += [("X-Content-Type-Options", "nosniff")]
    start_response(status, headers)
    return [] if status.startswith("204") else [f"{status[4:]}.\n".encode()]
