"""Addresses and middleware for pages that a browser reaches through Jupyter's proxy.

If the Jupyter server runs the kit's relay (see proxy_relay), a page is served on a unix socket in a
folder that only its owner may enter, and its address has a name. Otherwise it is served on a port
of the loopback interface, which every user of the machine can reach.
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

NAME = "confirmlab"  # the relay's name in addresses
RELAY = "relay-of-jupyter"  # its socket; names of services are at most as long
SERVICE = r"(?:site|inbox)-[0-9a-f]{8}"
# The prefix that Jupyter's proxy puts before the paths of a page.
PREFIX_PATTERN = re.compile(rf".*?/(?:{NAME}/{SERVICE}|proxy/absolute/\d+)(?=/)")

# Cookies of Jupyter and its hub. Browsers send them to every page behind the proxy, and they give
# access to the learner's whole account, so no app may see them.
_JUPYTER_COOKIE = re.compile(r"\s*(?:jupyterhub-|username-|_xsrf\s*=)")
# Headers that affect every page of a host, Jupyter's too, so an app's are dropped.
_HOST_WIDE_HEADERS = {
    "clear-site-data",
    "service-worker-allowed",
    "strict-transport-security",
    "alt-svc",
    "nel",
    "report-to",
    "reporting-endpoints",
}
# The pages share Jupyter's origin, where a script could do everything that the learner can.
POLICY = "script-src 'none'; worker-src 'none'; object-src 'none'; base-uri 'none'"


def base_url() -> str | None:
    """Return the base path of this kernel's Jupyter server; None without a server."""
    hub = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if hub:
        return hub
    # jupyter_server can list its servers, but importing it takes three seconds.
    path = _runtime(f"jpserver-{os.environ.get('JPY_PARENT_PID', '')}.json")
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def sockets() -> Path | None:
    """Return the folder where the relay of this kernel's Jupyter server looks for sockets."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    folder = folder_of(os.environ.get("JPY_PARENT_PID", "none")).resolve()
    return folder if is_private(folder) and is_listening(folder / RELAY) else None


def folder_of(server: int | str) -> Path:
    """Return the path of a Jupyter server's socket folder; it may be a link to the real folder."""
    return _runtime(f"{NAME}-{server}")


def is_private(folder: Path) -> bool:
    """Return whether a folder belongs to this user and nobody else may enter it."""
    try:
        status = folder.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def is_listening(path: Path) -> bool:
    """Return whether a process listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at a path; it replaces an older socket there."""
    listening = socket.socket(socket.AF_UNIX)
    # The draft's name is as long as the longest final one, so a too long path fails here already.
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
    """Return the relay's name for the site or the inbox of a folder."""
    return f"{kind}-{path_hash(folder)}"


def path_hash(folder: Path) -> str:
    """Return a short hash of a folder's path."""
    return hashlib.sha256(str(folder).encode()).hexdigest()[:8]


def prefix(base: str | None, port: int, service: str = "") -> str | None:
    """Return the prefix of all paths of a page in the browser; None without Jupyter.

    A service of the relay is addressed by its name, another page by its port.
    """
    if base is None:
        return None
    return f"{base}{NAME}/{service}" if service else f"{base}proxy/absolute/{port}"


def rest_after_prefix(path: str, shown: str) -> str | None:
    """Return the rest of a path after a prefix; None if it has another prefix."""
    # The proxy quotes the prefix again if it holds quoted characters, as from a user's name.
    for spelling in (shown, unquote(shown, encoding="latin-1")) if shown else ():
        if path == spelling or path.startswith(spelling + "/"):
            return path[len(spelling) :] or "/"
    return None


class Prefixed:
    """WSGI middleware for an app behind Jupyter's proxy, which keeps its prefix in the path.

    The prefix is moved to SCRIPT_NAME, so that links that the app makes begin with it.
    """

    def __init__(self, app: Wsgi, shown: str | None, host: str = "", contain: bool = False) -> None:
        self.app = app
        self.shown = shown or ""  # as the browser spells it
        self.host = host  # for an app that accepts only certain host names
        self.contain = contain  # whether to limit what the app's headers can do

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        _forget_jupyter(environ)
        path = rest_after_prefix(environ["PATH_INFO"], self.shown)
        if path is None:
            return self.app(environ, start_response)
        # Quoted, although WSGI wants it unquoted: Werkzeug puts it into links unchanged.
        environ.update(SCRIPT_NAME=self.shown, PATH_INFO=path)
        if self.host:
            environ["HTTP_HOST"] = self.host  # the app sees a request without the proxy
        else:
            _as_browsed(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, contained(headers, self.shown), *more)

        return self.app(environ, start if self.contain else start_response)


def contained(headers: list[tuple[str, str]], shown: str) -> list[tuple[str, str]]:
    """Return a response's headers, changed so that they affect no other page of the host.

    A content security policy is set, and cookies are limited to this page's paths.
    """
    kept = [("Content-Security-Policy", POLICY)]
    for name, value in headers:
        if name.lower() == "set-cookie":
            cookie = _cookie(value, shown)
            kept += [(name, cookie)] if cookie else []
        elif name.lower() not in _HOST_WIDE_HEADERS:
            kept.append((name, value))
    return kept


def _cookie(value: str, shown: str) -> str:
    """Return a cookie limited to the paths of this page; "" if it has the name of a Jupyter cookie.

    Browsers send cookies to all ports of a host, and a cookie may name other paths.
    """
    pair, *attributes = (part.strip() for part in value.split(";"))
    if _JUPYTER_COOKIE.match(f"{pair}="):
        return ""
    path, kept = "", []
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        if name.strip().lower() == "path":
            path = value.strip()  # browsers use the last one
        elif name.strip().lower() != "domain":
            kept.append(attribute)
    if not path.startswith(f"{shown}/") or ".." in path:
        path = shown + (path if re.fullmatch(r"(/[\w~-]+)+/?", path) else "")
    return "; ".join([pair, *kept, f"Path={path}"])


def _as_browsed(environ: dict[str, Any]) -> None:
    """Set scheme and host to those in the browser's address line, as the proxies report them."""
    # Each proxy of a chain adds a value, as in "https,http"; the first is the browser's.
    scheme, host = (
        environ.get(f"HTTP_X_FORWARDED_{name}", "").split(",")[0].strip()
        for name in ("PROTO", "HOST")
    )
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host:
        environ["HTTP_HOST"] = host


def _forget_jupyter(environ: dict[str, Any]) -> None:
    """Remove Jupyter's cookies and token from a request."""
    cookies = [c for c in environ.get("HTTP_COOKIE", "").split(";") if not _JUPYTER_COOKIE.match(c)]
    environ["HTTP_COOKIE"] = ";".join(cookies).strip()
    if environ.get("HTTP_AUTHORIZATION", "").lower().startswith("token "):
        del environ["HTTP_AUTHORIZATION"]


def _runtime(name: str) -> Path:
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir()) / name
