"""Open JupyterLab on the first notebook."""

import os
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import KitError

_FIRST = "notebooks/00_start_here.ipynb"
_SETTINGS = Path(__file__).with_name("lab_settings")


def serve(port: int, browser: bool, folder: Path | None = None) -> int:
    """Serve JupyterLab on this machine only, until it is stopped.

    Raises:
        KitError: the notebooks are missing.
    """
    root = folder or paths.in_kit()
    if not (root / _FIRST).exists():
        raise KitError(f"The notebook {_FIRST!r} is missing; run make release to generate it.")
    from jupyterlab.labapp import LabApp

    os.environ["JUPYTER_PATH"] = jupyter_path(os.environ.get("JUPYTER_PATH", ""))
    return LabApp.launch_instance(arguments(port, browser, root)) or 0


def jupyter_path(before: str) -> str:
    """Return JUPYTER_PATH with a kernel that reminds learners to run the first cell."""
    return os.pathsep.join(filter(None, [str(_SETTINGS / "jupyter"), before]))


def arguments(port: int, browser: bool, folder: Path | None = None) -> list[str]:
    """Return the arguments that start JupyterLab."""
    chosen = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder or paths.in_kit()}",
        f"--LabApp.default_url=/lab/tree/{_FIRST}",
        # Its one setting turns off JupyterLab's question about news.
        f"--LabApp.app_settings_dir={_SETTINGS}",
    ]
    if not browser:
        chosen.append("--no-browser")
    codespace = os.environ.get("CODESPACE_NAME")
    if codespace:  # requests come through its proxy, from this origin
        domain = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
        chosen.append(f"--ServerApp.allow_origin=https://{codespace}-{port}.{domain}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        chosen.append("--allow-root")  # containers run as root, which Jupyter refuses by default
    return chosen
