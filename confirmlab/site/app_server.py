"""HTTP servers of the learner's app: a port for its user, and a socket for Jupyter's relay."""

import logging
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import Any

from confirmlab.base import jupyter_proxy, ports
from confirmlab.base.jupyter_proxy import Prefixed, StartResponse, Wsgi

OWNER = "X-Confirmlab-Owner"  # the header with which the kit's own visitors show the owner's key


@dataclass(frozen=True)
class Address:
    """Where an app is served, and where Jupyter shows it."""

    port: int = 0
    base: str | None = None  # base path of the Jupyter server, if there is one
    service: str = ""  # name at the relay
    socket: str = ""  # path of the socket for the relay, if there is one
    owner_key: str = field(default="", repr=False)  # known to the process that starts the app

    def shown(self, port: int) -> str | None:
        """Return the prefix of the app's paths in the browser; None without Jupyter."""
        return jupyter_proxy.prefix(self.base, port, self.service if self.socket else "")


def make_servers(app: Any, address: Address, pin: Callable[[Any, str], bool]) -> list[Any]:
    """Return the app's servers: for its port, then for its socket; [] if the port is taken.

    `pin` adds the address to an app that knows its own host, and returns whether it knows one.
    """
    from werkzeug.serving import make_server

    options: dict[str, Any] = {"threaded": True, "request_handler": _handler()}
    try:
        servers = [make_server("127.0.0.1", address.port, app, **options)]
    except SystemExit:  # werkzeug's way to say that the port is taken
        return []
    port = servers[0].port
    host, shown = f"127.0.0.1:{port}", address.shown(port)
    prefixed = Prefixed(app, shown, host if pin(app, host) else "", contain=True)
    shown = "" if address.socket else shown or ""
    servers[0].app = OwnUserOnly(prefixed, port, shown, address.owner_key)
    if address.socket:
        with jupyter_proxy.listen(Path(address.socket)) as listening:
            options["fd"] = listening.fileno()
            servers.append(make_server(f"unix://{address.socket}", port, prefixed, **options))
    return servers


def _handler() -> type:
    from werkzeug.serving import WSGIRequestHandler

    # Through the logger, so that the app's filters apply to this log, too.
    logger = logging.getLogger("werkzeug")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stdout))
    logger.propagate = False

    class Handler(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            # Time and client are of no use here, and would differ from run to run.
            logger.info(message, *args)

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            code = getattr(code, "value", code)
            self.log("info", "%s", f"{self.command} {self.path} -> {code}")

    return Handler


_OWNER_IN_ENVIRON = "HTTP_" + OWNER.upper().replace("-", "_")


class OwnUserOnly:
    """Refuses requests from other users of this machine, or through an unexpected proxy address.

    Every user can reach the loopback interface. Behind a proxy the app shares Jupyter's origin, and
    its cookies and scripts are contained only below the prefix that the kit shows.
    """

    def __init__(self, app: Wsgi, port: int, shown: str, owner_key: str = "") -> None:
        self.app, self.port, self.shown, self.owner_key = app, port, shown, owner_key

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if self._is_stranger(environ):
            sentence = (
                "This site answers only to the user who runs it; start your own with site.start()."
            )
        elif self._is_elsewhere(environ):
            sentence = "This site has another address here: run a cell with site and open its link."
        else:
            return self.app(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        start_response("403 Forbidden", [*headers, ("X-Content-Type-Options", "nosniff")])
        return [f"{sentence}\n".encode()]

    def _is_stranger(self, environ: dict[str, Any]) -> bool:
        key = environ.pop(_OWNER_IN_ENVIRON, "").encode()
        if self.owner_key and compare_digest(key, self.owner_key.encode()):
            return False  # asking the system takes several times as long as the rest of a request
        user = ports.user_of((environ["REMOTE_ADDR"], environ["REMOTE_PORT"]), self.port)
        return user is not None and user not in (0, os.getuid())

    def _is_elsewhere(self, environ: dict[str, Any]) -> bool:
        path = environ["PATH_INFO"]
        proxied = "HTTP_X_PROXYCONTEXTPATH" in environ or f"/proxy/absolute/{self.port}" in path
        return proxied and jupyter_proxy.rest_after_prefix(path, self.shown) is None
