"""Install the peers, each in an environment of its own under build/bench."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "bench"
MAILDEV = "3.0.0"

_OURS = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")


def kit() -> Path:
    """Name the kit's own Python."""
    return ROOT / ".venv" / _OURS[0] / _OURS[1]


def python(peer: str) -> Path:
    """Name the Python of a peer."""
    return BUILD / peer / _OURS[0] / _OURS[1]


def program(peer: str, name: str) -> Path:
    """Name a program of a peer."""
    return python(peer).with_name(name)


def maildev() -> Path:
    """Name MailDev's program."""
    return BUILD / "maildev" / "node_modules" / ".bin" / "maildev"


def install() -> dict[str, str]:
    """Install what is not there yet, two at a time; say of which peer that failed, and why."""
    jobs = {name: lambda name=name: _from_pip(name) for name in ("nbgrader", "otter", "mutmut")}
    jobs["maildev"] = _from_npm
    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(job) for name, job in jobs.items()}
    said = {name: future.result() for name, future in running.items()}
    return {name: problem for name, problem in said.items() if problem}


@cache
def versions() -> dict[str, str]:
    """Give the versions of what is compared, as it says itself."""
    ask = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    found = {}
    for peer, package in (
        ("nbgrader", "nbgrader"), ("otter", "otter-grader"), ("mutmut", "mutmut"),
    ):  # fmt: skip
        found[package] = _said([str(python(peer)), "-c", ask, package])
    for package in ("aiosmtpd", "pytest", "flask", "sqlalchemy", "jupyterlab", "distributed"):
        found[package] = _said([str(kit()), "-c", ask, package])
    found["python"] = _said([str(kit()), "-c", "import platform; print(platform.python_version())"])
    found["maildev"] = _maildev_version()
    found["bubblewrap"] = _said(["bwrap", "--version"]).removeprefix("bubblewrap ")
    found["node"] = _said(["node", "--version"]).lstrip("v")
    return {name: version for name, version in found.items() if version}


def compile_all() -> None:
    """Compile what is imported, here and there: installers do, or do not."""
    for own in (kit(), *(python(name) for name in ("nbgrader", "otter", "mutmut"))):
        if own.exists():
            places = [str(own.parent.parent), *([str(ROOT / "confirmlab")] if own == kit() else [])]
            _done([str(own), "-m", "compileall", "-q", *places])


def _from_pip(name: str) -> str:
    folder, wanted = BUILD / name, HERE / f"requirements-{name}.txt"
    note = folder / "ready"
    text = wanted.read_text(encoding="utf-8")
    if note.exists() and note.read_text(encoding="utf-8") == text:
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    own = str(python(name))
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [own, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(wanted)],
    ):
        problem = _done(command)
        if problem:
            return problem
    note.write_text(text, encoding="utf-8")
    return ""


def _from_npm() -> str:
    if _maildev_version() == MAILDEV:
        return ""
    if shutil.which("npm") is None:
        return "there is no npm here"
    # A lock file would hold the address of a registry.
    words = ["npm", "install", "--no-package-lock", "--no-fund", "--no-audit", "--silent"]
    return _done([*words, "--prefix", str(BUILD / "maildev"), f"maildev@{MAILDEV}"])


def _maildev_version() -> str:
    path = BUILD / "maildev" / "node_modules" / "maildev" / "package.json"
    return json.loads(path.read_text(encoding="utf-8"))["version"] if path.exists() else ""


def _done(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return (done.stderr.strip() or done.stdout.strip()).splitlines()[-1][:300]
    return ""


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def path(peer: str) -> dict[str, str]:
    """Give the environment in which a peer finds its own programs first."""
    places = [str(python(peer).parent), os.environ["PATH"]]
    return {"PATH": os.pathsep.join(places), "JUPYTER_PLATFORM_DIRS": "1"}
