"""How pages of this machine reach a browser through Jupyter's proxy: addresses and middleware.

Where the Jupyter server has the kit's relay (see proxy_relay), a page is served on a unix socket in
a folder that only its owner may enter, and its address holds a name. Elsewhere it has a port of the
loopback interface, which every user of the machine reaches.
"""

import hashlib
import json
import os
import re
import secrets
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

StartResponse = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

NAME = "confirmlab"  # of the relay, in addresses
RELAY = "relay-of-jupyter"  # its socket; no name of a service is longer
SERVICE = r"(?:site|inbox)-[0-9a-f]{8}"
# The path that Jupyter's proxy puts before the paths of a page.
SHOWN = re.compile(rf".*?/(?:{NAME}/{SERVICE}|proxy/absolute/\d+)(?=/)")

# What Jupyter and its hub keep in the browser reaches every page below them. It opens the
# learner's whole account, and no app has any business with it.
_JUPYTERS = re.compile(r"\s*(?:jupyterhub-|username-|_xsrf\s*=)")
# These speak for all pages of a host.
_OF_THE_HOST = {
    "clear-site-data",
    "service-worker-allowed",
    "strict-transport-security",
    "alt-svc",
    "nel",
    "report-to",
    "reporting-endpoints",
}
# The pages share Jupyter's origin: a script in one could do all that the learner can.
POLICY = "script-src 'none'; worker-src 'none'; object-src 'none'; base-uri 'none'"


def base_url() -> str | None:
    """Return the path below which this kernel's Jupyter server lives; None without a server."""
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if hub:
        return hub
    # jupyter_server could list its servers, but costs three seconds and imports nbformat.
    path = _runtime(f"jpserver-{os.environ.get('JPY_PARENT_PID', '')}.json")
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sockets() -> Path | None:
    """Return the folder from which the relay of this kernel's Jupyter server takes its pages."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    folder = folder_of(os.environ.get("JPY_PARENT_PID", "none")).resolve()
    return folder if is_private(folder) and answers(folder / RELAY) else None


def folder_of(server: int | str) -> Path:
    """Return where the folder of sockets of a Jupyter server lies, or a link to it."""
    return _runtime(f"{NAME}-{server}")


def is_private(folder: Path) -> bool:
    """Return whether a folder is this user's, and nobody else may enter it."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return found.st_uid == os.getuid() and not found.st_mode & 0o077


def answers(path: Path) -> bool:
    """Return whether somebody listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(path))
        except OSError:
            return False
        return True


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at a path, in the place of whatever listened there before."""
    listening = socket.socket(socket.AF_UNIX)
    # As long as the longest name: what can be bound must be reached at its last name too.
    draft = path.with_name(secrets.token_hex(len(RELAY) // 2))
    try:
        listening.bind(str(draft))
        listening.listen(100)
        os.replace(draft, path)
    except OSError:
        listening.close()
        raise
    return listening


def service_of(kind: str, folder: Path) -> str:
    """Return the name at the relay of the site or the inbox that belongs to a folder."""
    return f"{kind}-{mark(folder)}"


def mark(folder: Path) -> str:
    """Return a few letters that tell a folder from others."""
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def prefix(base: str | None, port: int, service: str = "") -> str | None:
    """Return the path before all paths of a page, as the browser shows it; None without Jupyter.

    A service has a name at the relay; other pages are reached by their port.
    """
    if base is None:
        return None
    return f"{base}{NAME}/{service}" if service else f"{base}proxy/absolute/{port}"


def below(path: str, shown: str) -> str | None:
    """Return the rest of a path below a prefix; None if it lies elsewhere."""
    # The proxy quotes a second time what is quoted already, as in the name of a user.
    for spelling in (shown, unquote(shown, encoding="latin-1")) if shown else ():
        if path == spelling or path.startswith(spelling + "/"):
            return path[len(spelling) :] or "/"
    return None


class Prefixed:
    """Serve an app below the prefix that Jupyter's proxy keeps in the path.

    The prefix moves to SCRIPT_NAME, where WSGI wants it, so that the app's own links carry it.
    """

    def __init__(self, app: Wsgi, shown: str | None, host: str = "", contain: bool = False) -> None:
        self.app = app
        self.shown = shown or ""  # as the browser spells it
        self.host = host  # of an app that answers only to names of its own choice
        self.contain = contain  # an app that is not the kit's own

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        _forget_jupyter(environ)
        path = below(environ["PATH_INFO"], self.shown)
        if path is None:
            return self.app(environ, start_response)
        # Quoted, against the letter of WSGI: Werkzeug puts it into links as it stands here.
        environ.update(SCRIPT_NAME=self.shown, PATH_INFO=path)
        if self.host:
            environ["HTTP_HOST"] = self.host  # as if the browser had come without the proxy
        else:
            _as_browsed(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, contained(headers, self.shown), *more)

        return self.app(environ, start if self.contain else start_response)


def contained(headers: list[tuple[str, str]], shown: str) -> list[tuple[str, str]]:
    """Return the headers of a page without its scripts and without what concerns other pages."""
    kept = [("Content-Security-Policy", POLICY)]
    for name, value in headers:
        if name.lower() == "set-cookie":
            below = _cookie(value, shown)
            kept += [(name, below)] if below else []
        elif name.lower() not in _OF_THE_HOST:
            kept.append((name, value))
    return kept


def _cookie(value: str, shown: str) -> str:
    """Return a cookie that the browser sends to this page alone; nothing if its name is Jupyter's.

    Cookies know nothing of ports, and their domain and path may name other pages.
    """
    pair, *attributes = (part.strip() for part in value.split(";"))
    if _JUPYTERS.match(f"{pair}="):
        return ""
    path, kept = "", []
    for attribute in attributes:
        name, _, said = attribute.partition("=")
        if name.strip().lower() == "path":
            path = said.strip()  # browsers take the last one
        elif name.strip().lower() != "domain":
            kept.append(attribute)
    if not path.startswith(f"{shown}/") or ".." in path:
        path = shown + (path if re.fullmatch(r"(/[\w~-]+)+/?", path) else "")
    return "; ".join([pair, *kept, f"Path={path}"])


def _as_browsed(environ: dict[str, Any]) -> None:
    """Take scheme and host of the browser's address line from what the proxies say."""
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


def _runtime(name: str) -> Path:
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir()) / name
