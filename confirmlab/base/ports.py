"""Take a port of this machine, for this machine only."""

import os
import socket

from confirmlab.base.errors import KitError


def take(port: int, whose: str, listen: bool = True) -> socket.socket:
    """Bind a port, or a free one for 0, and listen there unless told not to.

    Raises:
        KitError: another program has it.
    """
    # With protocol 0 asyncio does not set TCP_NODELAY, and each mail takes 40 ms longer.
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
