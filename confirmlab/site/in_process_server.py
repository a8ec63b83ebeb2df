"""Werkzeug's server without a network: each request comes to the app as it does on a real site."""

import io
import random
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug import serving

ADDRESS = "127.0.0.1"  # of the visitor and of the server
_PORT = 5000

Wsgi = Callable[..., Iterable[bytes]]


@cache
def _connection() -> socket.socket:
    """Return an open connection whose other side has sent everything."""
    ours, theirs = socket.socketpair()
    theirs.close()
    return ours


class Request:
    """One request, and what became of it."""

    def __init__(
        self, method: str, path: str, host: str, headers: list[list[str]], body: str
    ) -> None:
        self.method, self.path = method, path
        self.headers = {"Host": host} | {name: value for name, value in headers}
        self.content = body.encode("latin-1")
        if self.content or method == "POST":
            self.headers["Content-Length"] = str(len(self.content))
        self.status = 0
        self.answered: list[tuple[str, str]] = []
        self.answer = b""
        self.error: BaseException | None = None
        self.thread: threading.Thread | None = None  # in which the app answers it


class _Handler(serving.WSGIRequestHandler):
    """Werkzeug's handler, with a Request in place of a connection."""

    def setup(self) -> None:
        self.connection = _connection()
        self.rfile = io.BufferedReader(io.BytesIO(b"\n" + self.request.content))
        self.wfile = self.body = io.BytesIO()

    def parse_request(self) -> bool:
        self.command, self.path = self.request.method, self.request.path
        self.headers, self.request_version = self.request.headers, "HTTP/1.1"
        self.close_connection = True
        return True

    def make_environ(self) -> dict[str, Any]:
        """Return what Werkzeug makes of a request, without its checks of what nobody sends."""
        place, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": self.rfile,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "werkzeug.socket": self.connection,
            "SERVER_SOFTWARE": self.server_version,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(place).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": self.path,
            "RAW_URI": self.path,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": self.client_address[1],
            "SERVER_NAME": ADDRESS,
            "SERVER_PORT": str(_PORT),
            "SERVER_PROTOCOL": self.request_version,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return environ

    def send_response(self, code: int, message: str | None = None) -> None:
        self.request.status, self.request.answered = code, []

    def send_header(self, keyword: str, value: str) -> None:
        self.request.answered.append((keyword, value))

    def end_headers(self) -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        self.request.error = error  # it is about some other connection of the app's

    def finish(self) -> None:
        self.request.answer = self.body.getvalue()
        self.request.error = self.request.error or sys.exc_info()[1]


_Handler.__name__ = serving.WSGIRequestHandler.__name__  # for an app that looks by whom it is run


def passed_on(app: Wsgi) -> Wsgi:
    """Return the app behind a random number of functions, as it may be behind middleware."""
    for _ in range(random.randrange(5)):
        app = _behind(app)
    return app


def _behind(app: Wsgi) -> Wsgi:
    return lambda environ, start_response: app(environ, start_response)


class ThreadedWSGIServer(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """Answers requests by an app, each in a thread of its own, as a development server does."""

    ssl_context = None
    multithread, multiprocess = True, False
    passthrough_errors = True
    _server_version = f"Werkzeug/{version('werkzeug')}"

    def __init__(self, app: Wsgi) -> None:
        super().__init__((ADDRESS, _PORT), _Handler)
        self.app = app

    def answer(self, request: Request) -> None:
        """Run the app on a request in a new thread; store its answer in the request.

        Raises:
            BaseException: what the app raised.
        """
        visitor = (ADDRESS, random.randrange(32768, 61000))
        thread = threading.Thread(target=self.process_request_thread, args=(request, visitor))
        thread.daemon = True
        request.thread = thread
        thread.start()
        thread.join()
        if request.error is not None:
            raise request.error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave the error to `answer`."""
