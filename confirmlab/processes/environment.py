"""The environment and the interpreter flags of every child process: the same on each machine.

A child gets the few variables listed here and none of the caller's others. The variables of a
person's shell or of a cluster's container must not change the result of a check.
"""

import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

# Locations of Python, its packages and the user's files. Windows needs a few to start anything.
ALLOWED = (
    *("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "CONDA_PREFIX", "VIRTUAL_ENV"),
    *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP"),
    *("APPDATA", "LOCALAPPDATA", "USERPROFILE", "__PYVENV_LAUNCHER__"),
    "CONFIRMLAB_QUICK_HASHES",
)
_FIXED = {
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",
    "PYTHONSAFEPATH": "1",  # a jwt.py beside the notebook must not replace the package
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "FLASK_SKIP_DOTENV": "1",
}
_gethostbyname = socket.gethostbyname
# Without asserts no check fails; -W error and -X dev make warnings of packages into failures.
_UNWANTED = re.compile(r"-(?:O+|b+|d+|i|v+|W.*|X.*)")


def for_child(
    more: Mapping[str, str] | None = None, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a child: the allowed variables of the caller, and `more`."""
    source = os.environ if caller is None else caller
    kept = {name: source[name] for name in ALLOWED if name in source}
    return {**kept, **_FIXED, **(more or {})}


def interpreter_flags(flags: Iterable[str]) -> list[str]:
    """Return the caller's interpreter flags without those that change how code runs."""
    return [flag for flag in flags if not _UNWANTED.fullmatch(flag)]


def adopt(more: Mapping[str, str] | None = None) -> None:
    """Replace this child's environment, and answer lookups of its own host name locally."""
    _replace(for_child(more))
    know_own_name()


def know_own_name() -> None:
    """Answer lookups of this machine's name locally, in this process and those it forks.

    Mail libraries look it up for each mail. Where the name server does not answer, each lookup
    takes ten seconds.
    """
    socket.getfqdn = _known_name
    socket.gethostbyname = _known_address


@contextmanager
def child_environment() -> Iterator[None]:
    """Replace this process's environment by a child's within the block, then restore it.

    It is for calls that start a child and take no environment argument.
    """
    own = dict(os.environ)
    _replace(for_child())
    try:
        yield
    finally:
        _replace(own)


def _replace(wanted: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(wanted)


def _known_name(name: str = "") -> str:
    return "localhost" if name in ("", "0.0.0.0", "127.0.0.1", "::", "::1") else name


def _known_address(name: str) -> str:
    own = ("", "localhost", socket.gethostname())
    return "127.0.0.1" if name in own else _gethostbyname(name)
