"""Ports of the loopback interface: bind them, remember them, find out who connects to them."""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import KitError

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_NO_USER = -1  # the client closed the connection already


def bind(port: int, owner: str, listen: bool = True) -> socket.socket:
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
            f"The {owner} cannot use port {port!r}: {error}. Stop the program "
            "that uses it, or give port 0 to use a free one."
        ) from error
    return sock


def save(path: Path, port: int, **more: int) -> None:
    """Write a port, and other numbers, to a file, so that the next kernel can use the same port."""
    files.write(path, json.dumps({**more, "port": port}) + "\n")


def saved(path: Path) -> dict[str, int]:
    """Return the numbers in a file that `save` wrote; {} if it is missing or not valid."""
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        numbers = {name: int(number) for name, number in values.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    valid = 0 < numbers.get("port", 0) < 65536 and min(numbers.values()) > 0
    return numbers if valid else {}


def user_of(client: tuple[str, int], port: int) -> int | None:
    """Return the user id of a client that is connected to a port; None if the system cannot tell.

    Every user of the machine can connect to the loopback interface. Linux lists both ends of each
    connection with their users.
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
    return _NO_USER if seen else None


def _rows(table: str) -> list[str]:
    try:
        return Path(table).read_text(encoding="ascii").splitlines()[1:]
    except (OSError, ValueError):
        return []
