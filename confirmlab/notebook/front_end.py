"""What works differently in the front end that shows a notebook."""

import os
from collections.abc import Mapping
from importlib.util import find_spec

_NO_SERVER = (
    "This front end runs no Jupyter server, as VS Code does. All exercises work. Links to the site "
    "and the inbox open in a browser on this machine only; run a cell with inbox again to see new "
    "mail; links from cards to cells and files may not open; diagrams need an extension, and each "
    "is followed by the same thing in words."
)
_NO_PROXY = (
    "Links to the site and the inbox do not open, because jupyter-server-proxy is not installed. "
    "Run pip install jupyter-server-proxy, restart Jupyter, and run this cell again."
)


def notice(server: bool, environment: Mapping[str, str] = os.environ) -> str:
    """Return what is different here, in a few sentences; "" where everything works.

    `server` says whether a Jupyter server runs this kernel: a bare kernel in a test has none
    either, so without one the front end counts as VS Code only by its own variables.
    """
    if server:
        return "" if find_spec("jupyter_server_proxy") else _NO_PROXY
    return _NO_SERVER if any(name.startswith("VSCODE_") for name in environment) else ""
