"""The WSGI environment of a request that reaches the app without a network."""

import io
import random
import socket
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

ADDRESS = "127.0.0.1"  # of the visitor and of the server

_CONNECTION = socket.socket()
_CONNECTION.detach()  # an object for those who look for one; nothing is open


def of(method: str, path: str, host: str, headers: list[list[str]], body: str) -> dict[str, Any]:
    """Return the WSGI environment of a request (PEP 3333)."""
    content = body.encode("latin-1")
    place, _, query = path.partition("?")
    # The names and their order are those of Werkzeug's server, on which learners run their apps.
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "werkzeug.socket": _CONNECTION,
        "SERVER_SOFTWARE": "Werkzeug/3.1.3",
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(place).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "REMOTE_ADDR": ADDRESS,
        "REMOTE_PORT": random.randrange(32768, 61000),
        "SERVER_NAME": ADDRESS,
        "SERVER_PORT": "5000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
    }
    if content or method == "POST":
        environ["CONTENT_LENGTH"] = str(len(content))
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
