"""JSON messages over a socket, each preceded by its length.

The size of a message is limited; one that is too long, too deep or not JSON raises InvalidMessage.
"""

import array
import json
import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

LIMIT = 8_000_000  # bytes of one message
_LENGTH = struct.Struct(">I")


class SocketClosed(Exception):
    """The process at the other end has closed the socket."""


class ReceiveTimeout(Exception):
    """No message arrived before the deadline."""


class InvalidMessage(Exception):
    """The bytes received are not a message."""


def send(sock: socket.socket, message: Any, *descriptors: int) -> None:
    """Send a message, and open files with it; raise SocketClosed if the other end is closed."""
    text = json.dumps(message).encode()
    try:
        if descriptors:
            passed = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
            sock.sendmsg([_LENGTH.pack(len(text))], [passed])
            sock.sendall(text)
        else:
            sock.sendall(_LENGTH.pack(len(text)) + text)
    except (OSError, ValueError) as error:
        raise SocketClosed(str(error)) from None


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[Any, list[int]]:
    """Return the next message, and the open files that came with it.

    Raises:
        SocketClosed, ReceiveTimeout, InvalidMessage: no message came.
    """
    start, descriptors = _start(sock, deadline)
    try:
        return _message(sock, start, deadline), descriptors
    except BaseException:
        close_all(descriptors)
        raise


def close_all(descriptors: Iterable[int]) -> None:
    """Close open files that came with a message."""
    for number in descriptors:
        os.close(number)


def _start(sock: socket.socket, deadline: float | None) -> tuple[bytes, list[int]]:
    """Return the first bytes of a message, and the open files that came with them."""
    _wait(sock, deadline)
    room = socket.CMSG_SPACE(4 * array.array("i").itemsize)
    try:
        start, ancillary, _, _ = sock.recvmsg(_LENGTH.size, room)
    except OSError as error:
        raise SocketClosed(str(error)) from None
    found = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return start, list(found)


def _message(sock: socket.socket, start: bytes, deadline: float | None) -> Any:
    if not start:
        raise SocketClosed("nothing more came")
    (length,) = _LENGTH.unpack(start + _read(sock, _LENGTH.size - len(start), deadline))
    if length > LIMIT:
        raise InvalidMessage(f"a message of {length} bytes")
    text = _read(sock, length, deadline)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidMessage("a message that is no JSON") from None


def _read(sock: socket.socket, length: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        _wait(sock, deadline)
        try:
            part = sock.recv(min(length - len(parts), 1 << 20))
        except OSError as error:
            raise SocketClosed(str(error)) from None
        if not part:
            raise SocketClosed("it ended in the middle of a message")
        parts += part
    return bytes(parts)


def _wait(sock: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    try:
        if not select.select([sock], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise ReceiveTimeout
    except (OSError, ValueError) as error:
        raise SocketClosed(str(error)) from None
