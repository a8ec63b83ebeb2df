"""Werkzeug's server inside the app's process: each request comes as it does on a real site."""

import io
import random
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from werkzeug import serving

ADDRESS = "127.0.0.1"  # of the server

Wsgi = Callable[..., Iterable[bytes]]


class Request:
    """One request, and the app's answer or error."""

    def __init__(
        self,
        method: str,
        path: str,
        host: str,
        headers: list[list[str]],
        body: str,
        visitor: str = ADDRESS,
    ) -> None:
        self.method, self.path = method, path
        self.visitor = visitor  # the address from which it comes
        self.headers = {"Host": host} | {name: value for name, value in headers}
        self.content = body.encode("latin-1")
        if self.content or method == "POST":
            self.headers["Content-Length"] = str(len(self.content))
        self.status = 0
        self.answered: list[tuple[str, str]] = []
        self.answer = b""
        self.error: BaseException | None = None
        self.thread: threading.Thread | None = None  # the thread in which the app answers

    def as_sent(self) -> bytes:
        """Return the request as a client sends it."""
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.content


class _Handler(serving.WSGIRequestHandler):
    """Werkzeug's handler, which stores the answer and the error in a Request."""

    protocol_version = "HTTP/1.0"  # the answer is sent in one piece

    def setup(self) -> None:
        super().setup()
        self.asked: Request = self.server.asked  # type: ignore[attr-defined]
        self.wfile = self.body = io.BytesIO()

    def send_response(self, code: int, message: str | None = None) -> None:
        self.asked.status, self.asked.answered = code, []

    def send_header(self, keyword: str, value: str) -> None:
        self.asked.answered.append((keyword, value))

    def end_headers(self) -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        self.asked.error = error  # the error belongs to another connection

    def finish(self) -> None:
        self.asked.answer = self.body.getvalue()
        self.asked.error = self.asked.error or sys.exc_info()[1]
        super().finish()


_Handler.__name__ = serving.WSGIRequestHandler.__name__  # for an app that inspects what runs it


def passed_on(app: Wsgi) -> Wsgi:
    """Return the app behind a random number of functions, as it may be behind middleware."""
    for _ in range(random.randrange(5)):
        app = _behind(app)
    return app


def _behind(app: Wsgi) -> Wsgi:
    return lambda environ, start_response: app(environ, start_response)


class ThreadedWSGIServer(serving.ThreadedWSGIServer):
    """Werkzeug's development server, on a free port; it answers one request when told to."""

    daemon_threads = True

    def __init__(self) -> None:
        with socket.create_server((ADDRESS, 0)) as listener:
            port = listener.getsockname()[1]
            super().__init__(ADDRESS, port, _nothing, _Handler, True, fd=listener.fileno())
        self.asked = Request("GET", "/", "", [], "")

    def answer(self, app: Wsgi, request: Request) -> None:
        """Run the app on a request in a new thread; store its answer in the request.

        Raises:
            BaseException: what the app raised.
        """
        self.app, self.asked = app, request
        here = (request.visitor, 0)
        with socket.create_connection((ADDRESS, self.port), source_address=here) as client:
            connection, visitor = self._accept(client)
            arguments = (connection, visitor)
            thread = threading.Thread(target=self.process_request_thread, args=arguments)
            thread.daemon = True
            request.thread = thread
            thread.start()
            with suppress(ConnectionError):  # the app may have ended it early
                client.sendall(request.as_sent())
                client.shutdown(socket.SHUT_WR)
            thread.join()
        if request.error is not None:
            raise request.error

    def _accept(self, client: socket.socket) -> tuple[socket.socket, Any]:
        while True:
            connection, visitor = self.get_request()
            if visitor == client.getsockname():
                return connection, visitor
            connection.close()  # the app has connected to itself

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave the error to `answer`."""


def _nothing(*_: Any) -> list[bytes]:
    return []
