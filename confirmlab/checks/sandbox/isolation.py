"""Isolation for learners' code: the bubblewrap command, or limits alone."""

import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import count
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import KitError
from confirmlab.processes import environment as child_environment

DATABASE = "/judged/app.sqlite"  # the tested app's database
HOMES = "/home/learner"  # not below /tmp, where an app could tell that it is judged
SCRATCH = 200_000_000  # bytes of all files that isolated code may write, here and in /tmp each

# The parts of the kit that judging needs, without solutions, mutants and notebooks.
_PARTS = ("confirmlab", "app_skeleton", "course.toml", "tests/lesson")
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/localtime"),
    "/etc/ld.so.cache",  # names the library of a Python that was built to share it
)
_NAMESPACE_OPTIONS = (
    *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"),
)
# Capabilities that the warm parent needs to run a child as another user, and to kill it.
_CAPABILITIES = ("SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE", "FOWNER")

# Users that no account has: the range that systemd lends to services.
_users = (61184 + number % 4000 for number in count(os.getpid() * 7))


def chosen(kind: str) -> str:
    """Return the kind of isolation: `auto` means bubblewrap if it works here, else limits."""
    if not hasattr(os, "fork"):
        raise KitError("Grading takes a system that can fork; use Linux, macOS or WSL.")
    if kind == "limits" or (kind == "auto" and not _bwrap_works()):
        return "limits"
    if not _bwrap_works():
        raise KitError(
            "The sandbox 'bwrap' does not run on this machine; install bubblewrap and allow user "
            "namespaces, or give --sandbox limits."
        )
    return "bwrap"


def refuse_root(kind: str) -> None:
    """Raise an error where limits alone would run learners' code as root.

    Raises:
        KitError: this process is root and cannot give its children another user.
    """
    if kind == "limits" and os.getuid() == 0 and not _open_to_all():
        raise KitError(
            "With limits alone learners' code would run as root here; install bubblewrap, or grade "
            "as another user."
        )


def user(kind: str) -> int:
    """Return the id of an unprivileged user for the children, or 0 if none can be set."""
    if os.getuid() != 0 or (kind == "limits" and not _open_to_all()):
        return 0
    return next(_users)


def command(kind: str, warm: str, database: str = "") -> list[str]:
    """Return the command that starts the supervisor in isolation."""
    start = [sys.executable, "-P", "-m", "confirmlab.checks.sandbox.supervisor", warm]
    return [*_bwrap(database), "--", *start] if kind == "bwrap" else start


def environment() -> dict[str, str]:
    """Return the supervisor's environment; it contains no variable of the caller's."""
    return child_environment.for_child(
        {
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
            "PYTHONPATH": str(paths.PACKAGE.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        caller={},
    )


def _bwrap(database: str = "") -> list[str]:
    places = list(dict.fromkeys([sys.base_prefix, sys.prefix]))
    kit = [str(paths.in_kit(part)) for part in _PARTS]
    words = ["bwrap", *_NAMESPACE_OPTIONS, *_as_whom()]
    for name in (name for name in _SYSTEM if os.path.exists(name)):
        words += ["--ro-bind", name, name]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for name in ("/tmp", HOMES):
        words += ["--size", str(SCRATCH), "--tmpfs", name]
    for parent in _parents([*places, *kit]):
        words += ["--perms", "0755", "--dir", parent]
    for name in [*places, *kit]:
        words += ["--ro-bind", name, name]
    if database:  # the one file that is shared with the outside; no other can be made beside it
        words += ["--perms", "0755", "--dir", os.path.dirname(DATABASE)]
        words += ["--bind", database, DATABASE]
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]  # not the two folders above
    for name, value in (environment() | {"HOME": HOMES}).items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", "/tmp"]


def _as_whom() -> list[str]:
    if os.getuid() != 0:
        return ["--unshare-user"]
    return [
        *("--cap-drop", "ALL"),
        *(word for name in _CAPABILITIES for word in ("--cap-add", f"CAP_{name}")),
    ]


def _parents(names: list[str]) -> list[str]:
    """Return the parents of some folders, the outermost first, without the root."""
    found = {str(parent) for name in names for parent in Path(name).parents} - {"/"}
    return sorted(found - set(_SYSTEM) - {"/tmp"})


def _open_to_all() -> bool:
    """Return whether any user can read Python and the kit."""
    names = [Path(sys.executable).resolve(), Path(sys.prefix) / "x", paths.in_kit("course.toml")]
    return all(parent.stat().st_mode & 1 for name in names for parent in name.parents)


@cache
def _bwrap_works() -> bool:
    if shutil.which("bwrap") is None:
        return False
    python = [sys.executable, "-I", "-S", "-c", ""]
    trial = subprocess.run([*_bwrap(), "--", *python], capture_output=True, check=False)
    return trial.returncode == 0
