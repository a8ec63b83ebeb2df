"""Examine this machine and list what it lacks for the course.

Imports only what Python 3.8 and later include, since it also runs where the kit cannot.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import memory, paths
from confirmlab.base.errors import NO_FORK
from confirmlab.base.files import FULL


@dataclass(frozen=True)
class Finding:
    """The result of one examination."""

    good: bool
    sentence: str


def examine(folder: Path | None = None) -> list[Finding]:
    """Return findings on Python, the packages, ports, temporary files and the folder."""
    if not python().good:
        return [python()]

    place = folder or paths.workspace_folder()
    return [
        *(
            python(),
            *packages(),
            system(),
            port(),
            memory_limit(),
            temporary(),
            *shadows(place.parent),
        ),
        writable(next(path for path in (place, *place.parents) if path.exists())),
    ]


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Return whether this Python is new enough."""
    shown = ".".join(map(str, version))
    if version >= (3, 11):
        return Finding(True, f"Python {shown} is new enough.")
    return Finding(
        False,
        f"Python {shown} is too old; install 3.11 or newer and name it, as in: "
        "make lab PYTHON=python3.12",
    )


def packages(wanted: list[str] | None = None) -> Iterator[Finding]:
    """Yield a finding for each package that is missing or too old, and one for all others."""
    good = 0
    try:
        wanted = requirements() if wanted is None else wanted
    except importlib.metadata.PackageNotFoundError:
        yield Finding(False, "The kit is not installed in this Python; run make lab to install it.")
        return
    for requirement in wanted:
        match = re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", requirement)
        assert match, requirement
        name, least = match.groups()
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            cure = _way_to_install(requirement)
            yield Finding(False, f"The package {name!r} is missing; {cure} to install it.")
            continue
        if _numbers(installed) < _numbers(least):
            cure = _way_to_install(requirement)
            yield Finding(False, f"{name} {installed} is older than {least}; {cure} to update it.")
        else:
            good += 1
    yield Finding(True, f"{good} packages are installed and new enough.")


def system(can_fork: bool = hasattr(os, "fork")) -> Finding:
    """Return whether this system can run the graded tests."""
    if can_fork:
        return Finding(True, "This system can run the checks.")
    return Finding(False, NO_FORK)


def port() -> Finding:
    """Return whether a program can listen on this machine and be reached."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.create_connection(server.getsockname(), timeout=2):
                return Finding(True, "Programs on this machine can listen on a port.")
    except OSError as error:
        return Finding(
            False,
            f"No port can be opened on 127.0.0.1 ({error}); the site and the inbox need two. "
            "Check the firewall of this machine.",
        )


def memory_limit() -> Finding:
    """Return whether a process may have as much memory as the course needs."""
    allowed, least = memory.limit() // 10**6, memory.NEEDED_BYTES // 10**6
    if not allowed:
        return Finding(True, "A process may have the memory that the course needs.")
    return Finding(
        False,
        f"A process may have {allowed} MB of memory here, and the course needs {least}; "
        "raise the limit (ulimit -v unlimited), then start JupyterLab again.",
    )


def writable(folder: Path) -> Finding:
    """Return whether the learner's app can be written in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(65536))
            file.flush()
            return Finding(True, f"The folder {folder.name!r} is writable.")
    except OSError as error:
        cure = "make room there" if error.errno in FULL else "copy the kit to a folder of your own"
        return Finding(
            False,
            f"The folder {os.fspath(folder)!r} cannot be written to ({error.strerror}); {cure}.",
        )


def temporary() -> Finding:
    """Return whether checks can write temporary files."""
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryFile() as file:
            file.write(bytes(1 << 20))
            file.flush()
            return Finding(True, f"The folder for temporary files, {folder!r}, has room.")
    except OSError as error:
        return Finding(
            False,
            f"No temporary file can be written ({error.strerror or error}); make room there, "
            "or set TMPDIR to a folder of yours.",
        )


def shadows(folder: Path) -> Iterator[Finding]:
    """Yield a finding for each file beside the notebooks that hides a package."""
    for name in ("jwt", "flask", "pytest", "aiosmtpd", "sqlalchemy", "confirmlab"):
        for place in (folder, folder / "notebooks"):
            path = place / f"{name}.py"
            if path.exists():
                yield Finding(
                    False,
                    f"The file {os.fspath(path)!r} hides the package {name!r}; "
                    "rename it, then restart the kernel.",
                )


def requirements() -> list[str]:
    """Return the requirements in the kit's metadata, without extras."""
    listed = importlib.metadata.requires("confirmlab") or []
    return [requirement for requirement in listed if "extra ==" not in requirement]


def _way_to_install(requirement: str) -> str:
    """Return what changes this Python; make lab changes only the clone's .venv."""
    if Path(sys.prefix) == paths.in_kit(".venv"):
        return "run make lab"
    return f"run python -m pip install '{requirement}'"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
