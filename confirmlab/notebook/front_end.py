"""Notices about what works differently in JupyterLab, VS Code and other notebook programs."""

import os
from collections.abc import Mapping
from importlib.util import find_spec

_NO_SERVER = (
    "This front end runs no Jupyter server, as VS Code does. All exercises work. Links to the site "
    "and the inbox open in a browser on this machine only; run a cell with inbox again to see new "
    "mail; links from cards to cells and files may not open; older versions show diagrams as code, "
    "and each is followed by the same thing in words."
)
_NO_PROXY = (
    "Links to the site and the inbox do not open, because jupyter-server-proxy is not installed. "
    "Run pip install jupyter-server-proxy, restart Jupyter, and run this cell again."
)


def notice(server: bool, environment: Mapping[str, str] = os.environ) -> str:
    """Return a sentence on what works differently in this front end; "" where everything works.

    `server`: whether a Jupyter server runs this kernel. A kernel without one is VS Code's only if
    the environment says so; a kernel in a test has no server either.
    """
    if server:
        return "" if find_spec("jupyter_server_proxy") else _NO_PROXY
    return _NO_SERVER if any(name.startswith("VSCODE_") for name in environment) else ""
