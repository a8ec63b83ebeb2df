"""A JupyterLab for tests: started as `make lab` starts it, on a copy of the kit."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx
import psutil

from confirmlab.base import paths

# pytest's bytecode names the files it was made from, wherever it lies.
_NOT_COPIED = (
    *(".git", ".venv", "build", "my_app", ".*_cache", ".ipynb_checkpoints", "*-pytest-*.pyc"),
)
_READY = re.compile(r"(http://127\.0\.0\.1:\d+/\S*?)lab(?:/\S*)?\?token=")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token, and the folder that it serves."""

    url: str
    token: str
    folder: Path
    process: subprocess.Popen

    def address(self, notebook: str) -> str:
        """Return the address of a notebook, opened alone."""
        return f"{self.url}lab/tree/notebooks/{notebook}.ipynb?token={self.token}&reset"

    def end_kernels(self) -> None:
        """End all kernels, as File > Shut Down does."""
        with self._client() as client:
            for session in client.get("api/sessions").json():
                client.delete(f"api/sessions/{session['id']}")

    def stop(self) -> None:
        """End JupyterLab and all that it started."""
        family = [self.process, *psutil.Process(self.process.pid).children(recursive=True)]
        with self._client() as client:
            client.post("api/shutdown")
        _, alive = psutil.wait_procs(family[1:], timeout=20)
        for one in alive:
            one.kill()
        self.process.wait(20)
        self.process.stderr.close()

    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"token {self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


def copied(folder: Path) -> Path:
    """Copy the kit, so that JupyterLab may save its notebooks; the environment is shared."""
    tree = shutil.copytree(paths.in_kit(), folder, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    if paths.in_kit(".venv").exists():
        (tree / ".venv").symlink_to(paths.in_kit(".venv"), target_is_directory=True)
    return tree


def serve(tree: Path, base: str = "/") -> Lab:
    """Start JupyterLab on a folder, below a path, and wait until it listens."""
    token = secrets.token_hex(24)
    process = subprocess.Popen(
        _command(tree),
        cwd=tree,
        env=os.environ | _own(tree, base) | {"JUPYTER_TOKEN": token},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    output = []
    for line in process.stderr:
        output.append(line)
        if found := _READY.search(line):
            Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would stop it
            return Lab(found[1], token, tree, process)
    raise AssertionError("JupyterLab did not start:\n" + "".join(output))


def _command(tree: Path) -> list[str]:
    """Return the command that starts JupyterLab: `make lab` if nothing has to be installed."""
    arguments = ["--no-browser", "--port", str(_free_port())]
    if _is_made(tree):
        return ["make", "lab", "ARGS=" + " ".join(arguments)]
    return [sys.executable, "-m", "confirmlab", "lab", *arguments]


def _is_made(tree: Path) -> bool:
    asked = ["make", "--question", ".venv/ready"]
    return bool(shutil.which("make")) and not subprocess.run(asked, cwd=tree).returncode


def _own(tree: Path, base: str) -> dict[str, str]:
    """Return an environment with separate settings, history and workspace."""
    places = {name: tree / ".jupyter" / name.lower() for name in _PLACES}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    theme = places["JUPYTER_CONFIG_DIR"] / "lab/user-settings/@jupyterlab/apputils-extension"
    theme.mkdir(parents=True, exist_ok=True)
    (theme / "themes.jupyterlab-settings").write_text('{"adaptive-theme": true}')  # as the browser
    # The page's own object, by which tests open one notebook after another.
    lab = {"expose_app_in_browser": True}
    settings = {"ServerApp": {"base_url": base}, "LabApp": lab}
    (places["JUPYTER_CONFIG_DIR"] / "jupyter_server_config.json").write_text(json.dumps(settings))
    places |= {"PYTHONPATH": tree, "CONFIRMLAB_WORKSPACE": tree / "my_app"}
    return {name: str(place) for name, place in places.items()}


_PLACES = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
