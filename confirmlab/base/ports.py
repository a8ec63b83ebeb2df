"""Bind ports that only this machine can reach."""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import KitError

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_GONE = -1


def take(port: int, whose: str, listen: bool = True) -> socket.socket:
    """Return a socket bound to a port, or to a free one for 0; it listens unless told not to.

    Raises:
        KitError: the port is in use or out of range.
    """
    # With protocol 0 asyncio does not set TCP_NODELAY, which delays each mail by 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere the option lets two programs share a port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
        if listen:
            sock.listen(100)
    except (OSError, OverflowError) as error:
        sock.close()
        raise KitError(
            f"The {whose} cannot have port {port!r}: {error}. Stop the other program, "
            "or take port 0, which finds a free one."
        ) from error
    return sock


def note(path: Path, port: int, **more: int) -> None:
    """Write down a port, and more numbers beside it, so that the next kernel can take it again."""
    files.write(path, json.dumps({**more, "port": port}) + "\n")


def noted(path: Path) -> dict[str, int]:
    """Return the numbers that were written down; none if any of them makes no sense."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        numbers = {name: int(number) for name, number in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    sensible = 0 < numbers.get("port", 0) < 65536 and min(numbers.values()) > 0
    return numbers if sensible else {}


def user_of(client: tuple[str, int], port: int) -> int | None:
    """Return the user who connected to a port of this machine; None where the system is silent.

    The loopback interface is open to every user of the machine. Linux lists both ends of each
    connection with the user who holds it.
    """
    address = int.from_bytes(socket.inet_aton(client[0]), sys.byteorder)
    theirs, ours = f"{address:08X}:{client[1]:04X}", f":{port:04X}"
    seen = False
    for table in _TABLES:
        for row in _rows(table):
            if theirs in row:
                _, local, remote, _, _, _, _, user, *_ = row.split()
                if local.endswith(theirs) and remote.endswith(ours):
                    return int(user)
                seen |= local.endswith(ours) and remote.endswith(theirs)
    return _GONE if seen else None


def _rows(table: str) -> list[str]:
    try:
        return Path(table).read_text(encoding="ascii").splitlines()[1:]
    except (OSError, ValueError):
        return []
