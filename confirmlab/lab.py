"""Open JupyterLab on the first notebook."""

import os
import shlex
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import KitError

_FIRST = "notebooks/00_start_here.ipynb"
_SETTINGS = Path(__file__).with_name("lab_settings")


def serve(port: int, browser: bool, folder: Path | None = None) -> int:
    """Serve JupyterLab on this machine only, until it is stopped.

    Without a folder, that is the course around the current folder, or else the clone.

    Raises:
        KitError: there is no course, or its first notebook is missing.
    """
    root = folder or paths.of_learner()
    if root.is_relative_to(paths.PACKAGE):  # the next installation would delete what is saved there
        raise KitError("There is no course in this folder; confirmlab start FOLDER makes one.")
    if not (root / _FIRST).exists():
        raise KitError(f"The notebook {_FIRST!r} is missing; {_way_back(root)} brings it back.")
    from jupyterlab.labapp import LabApp

    os.environ["JUPYTER_PATH"] = jupyter_path(os.environ.get("JUPYTER_PATH", ""))
    return LabApp.launch_instance(arguments(port, browser, root)) or 0


def _way_back(root: Path) -> str:
    """Return the command that restores the first notebook, and no other."""
    if (root / "app_skeleton").exists():
        return f"git checkout -- {_FIRST}"
    return f"confirmlab start {shlex.quote(str(root))}"


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
