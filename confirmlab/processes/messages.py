"""Messages from a child to its parent: small dictionaries of plain values, as lines of JSON."""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Any

Send = Callable[[dict[str, Any]], None]


class ChildEnd(StrEnum):
    """How a child in a sandbox ended, as its supervisor reports it."""

    ENDED = "ended"  # it ended by itself, or after it had closed its pipe for messages
    LATE = "late"  # it was killed at a time limit
    STOPPED = "stopped"  # it had too many processes, or sent too many messages
    LOST = "lost"  # its supervisor ended


def sender(writer: int) -> Send:
    """Return a function that writes a message to an open file."""

    def send(message: dict[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        while line:
            line = line[os.write(writer, line) :]

    return send


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the messages in some lines; other lines are ignored."""
    found = []
    for line in lines:
        with suppress(ValueError, RecursionError):
            message = json.loads(line)
            if type(message) is dict:
                found.append(message)
    return found
