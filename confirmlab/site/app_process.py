"""Serve the learner's app in a process of its own: the factory called with the kit's settings."""

import importlib
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from confirmlab.base.tracebacks import trace
from confirmlab.processes.jobs import send_output_to
from confirmlab.site import freshness

# What Jupyter and its hub keep in the browser reaches every port below them. It opens the
# learner's whole account, and no app has any business with it.
_JUPYTERS = re.compile(r"\s*(?:jupyterhub-|username-|_xsrf=)")

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Prefixed:
    """Let an app live below Jupyter's proxy as well as at its bare port.

    The proxy keeps the prefix `{base}proxy/absolute/{port}` in the path; here it moves to
    SCRIPT_NAME, where WSGI wants it, so that the app's own links carry it.
    """

    def __init__(self, app: Wsgi, base: str, host: str = "") -> None:
        self.app = app
        self.base = base  # "/" or "/user/alice/"
        self.host = host  # of an app that answers under names of its own choice only

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        shown = f"{self.base}proxy/absolute/{environ['SERVER_PORT']}"
        prefix = unquote(shown, encoding="latin-1")  # as WSGI spells it
        path = environ["PATH_INFO"]
        _forget_jupyter(environ)
        if path != prefix and not path.startswith(prefix + "/"):
            return self.app(environ, start_response)
        # Quoted, against the letter of WSGI: Werkzeug puts it into links as it stands here.
        environ.update(SCRIPT_NAME=shown, PATH_INFO=path[len(prefix) :] or "/")
        if self.host:
            environ["HTTP_HOST"] = self.host  # as if the browser had come without the proxy
        else:
            _as_browsed(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [_narrowed(h, shown) for h in headers], *more)

        return self.app(environ, start)


def _as_browsed(environ: dict[str, Any]) -> None:
    """Believe the proxies which scheme and host stand in the browser's address line."""
    # Each proxy of a chain adds its own, as in "https,http": the first is what the browser used.
    scheme, host = (
        environ.get(f"HTTP_X_FORWARDED_{name}", "").split(",")[0].strip()
        for name in ("PROTO", "HOST")
    )
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host:
        environ["HTTP_HOST"] = host


def _forget_jupyter(environ: dict[str, Any]) -> None:
    """Take Jupyter's own cookies and token out of a request."""
    cookies = [c for c in environ.get("HTTP_COOKIE", "").split(";") if not _JUPYTERS.match(c)]
    environ["HTTP_COOKIE"] = ";".join(cookies).strip()
    if environ.get("HTTP_AUTHORIZATION", "").lower().startswith("token "):
        del environ["HTTP_AUTHORIZATION"]


def _narrowed(header: tuple[str, str], prefix: str) -> tuple[str, str]:
    """Keep a cookie below the prefix: other apps of this host are none of its business."""
    name, value = header
    if name.lower() == "set-cookie" and "Path=/" in value:
        parts = [part.strip() for part in value.split(";")]
        parts = [f"Path={prefix}" if part == "Path=/" else part for part in parts]
        return name, "; ".join(parts)
    return header


def make_importable(folder: Path) -> None:
    """Let this process import the app of a folder, as it stands there now."""
    # Python tells fresh bytecode from stale by whole seconds; fills come faster than that.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()


def load_app(folder: Path, settings: dict[str, Any]) -> Any:
    """Import the app from its folder and call its factory."""
    make_importable(folder)
    if os.environ.get("CONFIRMLAB_QUICK_HASHES") == "1":
        hash_quickly()
    from app import create_app

    return create_app(settings)


def hash_quickly() -> None:
    """Spare the tenth of a second that a password hash takes on purpose; for tests only."""
    from werkzeug.security import generate_password_hash

    generate_password_hash.__defaults__ = ("pbkdf2:sha256:1", 16)


def pin(app: Any, host: str) -> bool:
    """Tell an app that knows its own host where it is served now; say whether it knows one."""
    if app.config["SERVER_NAME"]:
        app.config["SERVER_NAME"] = host
    if app.config["TRUSTED_HOSTS"]:
        app.config["TRUSTED_HOSTS"] = [*app.config["TRUSTED_HOSTS"], host]
    return bool(app.config["SERVER_NAME"] or app.config["TRUSTED_HOSTS"])


def missing_in_database(app: Any) -> str:
    """Say in one sentence what the models have and the database has not yet."""
    import sqlalchemy

    db = app.extensions["sqlalchemy"]
    with app.app_context():
        seen = sqlalchemy.inspect(db.engine)
        for table in db.metadata.sorted_tables:
            there = seen.has_table(table.name)
            columns = {column["name"] for column in seen.get_columns(table.name)} if there else ()
            for column in table.columns:
                if column.name not in columns:
                    return (
                        f"The database lags behind the model: it has no {table.name}.{column.name} "
                        "yet. Run %flask db migrate, then %flask db upgrade."
                    )
    return ""


def serve(folder: str, port: int, base: str, settings: dict[str, Any], log: str, say: Any) -> None:
    """Serve the app until this process ends; say the port, or why there is none."""
    os.chdir(folder)
    send_output_to(log)
    server = None
    try:
        seen = freshness.newest(Path(folder))
        app = load_app(Path(folder), settings)
        app.wsgi_app = freshness.StaleBar(app.wsgi_app, Path(folder), seen)
        lag = missing_in_database(app)
        server = _make_server(app, base, port)
        told = {"port": server.port, "lag": lag} if server else {"taken": port}
    except BaseException as error:
        traceback.print_exc()
        told = {"crash": f"{type(error).__name__}: {error}", "trace": trace(error, folder)}
    say.send_bytes(json.dumps(told).encode())
    say.close()
    if server:
        server.serve_forever(poll_interval=0.05)


def _make_server(app: Any, base: str, port: int) -> Any:
    from werkzeug.serving import WSGIRequestHandler, make_server

    # By way of the logger, so that what the app keeps out of its logs stays out of this one too.
    logger = logging.getLogger("werkzeug")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler(sys.stdout))
    logger.propagate = False

    class Handler(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            # Time and client say nothing here, and would differ from run to run.
            logger.info(message, *args)

        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            code = getattr(code, "value", code)
            self.log("info", "%s", f"{self.command} {self.path} -> {code}")

    try:
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Handler)
    except SystemExit:  # werkzeug's way to say that the port is taken
        return None
    host = f"127.0.0.1:{server.port}"
    app.wsgi_app = Prefixed(app.wsgi_app, base, host if pin(app, host) else "")
    return server
