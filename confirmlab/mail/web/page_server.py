"""Server of the inbox page: werkzeug's, in a thread, behind a guard that admits only its owner."""

import atexit
import hmac
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from confirmlab.base import jupyter_proxy, ports
from confirmlab.base.jupyter_proxy import Prefixed, StartResponse, Wsgi

HEADER = "X-ConfirmLab"  # a page of another origin cannot send it without permission


class PageServer:
    """Serves an app on a socket of Jupyter's relay, or else on a free port with a secret key.

    Every user of a machine can reach all its ports, and so can any web page that they open. So on
    a port each path begins with the key, and requests without it get a 404.
    """

    def __init__(self, make_app: Callable[[], Wsgi], service: str) -> None:
        self.make_app = make_app  # called in the thread, so that slow imports block nobody
        self.service = service  # its name in the relay
        self.port = 0
        self.key = ""
        self.shown: str | None = None  # prefix of its paths behind Jupyter; None without a proxy
        self._server: Future[Any] | None = None
        self._thread: threading.Thread  # that of the server

    def __repr__(self) -> str:
        return f"<PageServer {'running' if self.running else 'closed'}>"

    @property
    def running(self) -> bool:
        """Return whether this process serves the app, or is about to."""
        server = self._server
        return server is not None and not (server.done() and server.exception())

    @property
    def link(self) -> str:
        """Return the address for a browser."""
        start = f"http://127.0.0.1:{self.port}" if self.shown is None else self.shown
        return f"{start}/{self.key}/" if self.key else f"{start}/"

    @property
    def was_served(self) -> bool:
        """Return whether an earlier kernel served the page at the relay."""
        folder = jupyter_proxy.sockets()
        return folder is not None and (folder / self.service).exists()

    def start(self) -> "PageServer":
        """Start serving; at the relay, this kernel replaces one that served the app before."""
        folder = jupyter_proxy.sockets()
        if self.running and folder and not jupyter_proxy.is_listening(folder / self.service):
            self.close()  # another kernel replaced this one and has ended since
        if not self.running:
            listening = jupyter_proxy.listen(folder / self.service) if folder else self._take_port()
            named = self.service if folder else ""
            self.shown = jupyter_proxy.prefix(jupyter_proxy.base_url(), self.port, named)
            self._server = Future()
            given = listening, self._server
            self._thread = threading.Thread(target=self._serve, args=given, daemon=True)
            self._thread.start()
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop serving."""
        server, self._server = self._server, None
        if server is not None:
            atexit.unregister(self.close)
            if server.exception() is None:  # otherwise the app could not be made
                server.result().shutdown()
                server.result().server_close()  # its thread does the same, but perhaps later
            self._thread.join(5)

    def _take_port(self) -> socket.socket:
        listening = ports.bind(0, "inbox's page")
        self.port, self.key = listening.getsockname()[1], secrets.token_urlsafe(24)
        return listening

    def _serve(self, listening: socket.socket, started: Future[Any]) -> None:
        try:
            server = _make_server(listening, Prefixed(_Guard(self.make_app(), self), self.shown))
        except BaseException as error:
            listening.close()
            started.set_exception(error)
            raise
        started.set_result(server)
        server.serve_forever(poll_interval=0.05)


class _Guard:
    """Passes the owner's requests to the app, and refuses all others."""

    def __init__(self, app: Wsgi, server: PageServer) -> None:
        self.app, self.key = app, server.key
        self.hosts = {f"{name}:{server.port}" for name in ("127.0.0.1", "localhost")}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self.key:
            key, slash, rest = environ["PATH_INFO"][1:].partition("/")
            # Behind the proxy the host may have any name.
            is_expected = environ.get("SCRIPT_NAME") or environ.get("HTTP_HOST") in self.hosts
            if not (slash and _is_equal(key, self.key) and is_expected):
                return _refuse(start_response, "404 Not Found")
            shown = f"{environ.get('SCRIPT_NAME', '')}/{key}"
            environ.update(SCRIPT_NAME=shown, PATH_INFO=f"/{rest}")
        elif not environ.get("SCRIPT_NAME"):
            return _refuse(start_response, "404 Not Found")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") and not _is_same_origin(environ):
            return _refuse(start_response, "403 Forbidden")
        return self.app(environ, start_response)


def _make_server(listening: socket.socket, app: Wsgi) -> Any:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        timeout = 30

        def log(self, *_: Any) -> None:
            """Log nothing, since it would appear below a cell."""

    name = listening.getsockname()
    unix = isinstance(name, str)
    host, port = (f"unix://{name}", 0) if unix else name
    with listening:
        fd = listening.fileno()
        server = make_server(host, port, app, threaded=True, request_handler=Quiet, fd=fd)
    # Errors of clients and of the app would appear below a cell too.
    server.log = server.handle_error = lambda *_: None  # type: ignore
    return server


def _is_same_origin(environ: dict[str, Any]) -> bool:
    """Return whether a page of this origin sent the request."""
    site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
    return site == "same-origin" and f"HTTP_{HEADER.upper().replace('-', '_')}" in environ


def _is_equal(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


def _refuse(start_response: StartResponse, status: str) -> Iterable[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
    headers += [("Content-Security-Policy", "default-src 'none'")]
    headers += [("X-Content-Type-Options", "nosniff")]
    start_response(status, headers)
    return [f"{status[4:]}.\n".encode()]
