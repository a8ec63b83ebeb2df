"""Facts about messages over a socket."""

import array
import json
import socket
import struct
import threading
import time

import pytest
from open_files import count_open_files

from confirmlab.processes import frames
from confirmlab.site.driver import json_values


@pytest.fixture
def ends():
    """Open a channel, and close both ends afterwards."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def send_raw(end, data, *descriptors):
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
    end.sendmsg([data], [rights])


def framed(text):
    return struct.pack(">I", len(text)) + text


def test_a_message_brings_its_files(ends):
    """A message arrives with the open files that were sent with it."""
    ours, theirs = ends
    frames.send(theirs, {"ready": True}, theirs.fileno())
    message, found = frames.receive(ours)

    assert message == {"ready": True} and len(found) == 1
    frames.close_all(found)


@pytest.mark.parametrize(
    ("data", "hangs_up", "error"),
    [
        (b"\0\0", False, frames.ReceiveTimeout),
        (b"\0\0", True, frames.SocketClosed),
        (framed(b"[1]")[:-1], False, frames.ReceiveTimeout),
        (framed(b"[1]")[:-1], True, frames.SocketClosed),
        (struct.pack(">I", frames.LIMIT + 1), False, frames.InvalidMessage),
        (framed(b"no json"), False, frames.InvalidMessage),
        (framed(b"[" * 100_000), False, frames.InvalidMessage),
    ],
    ids=["head-late", "head-closed", "text-late", "text-closed", "long", "no-json", "deep"],
)
def test_files_of_a_broken_message_are_closed(ends, data, hangs_up, error):
    """Files that come with a message that cannot be read do not stay open."""
    ours, theirs = ends
    send_raw(theirs, data, theirs.fileno(), theirs.fileno())
    if hangs_up:
        theirs.shutdown(socket.SHUT_WR)
    before = count_open_files()
    with pytest.raises(error):
        frames.receive(ours, time.monotonic() + 0.05)

    assert count_open_files() == before


def test_a_message_may_arrive_in_parts(ends):
    """A message whose length arrives byte by byte is read in full."""
    ours, theirs = ends
    for byte in framed(json.dumps({"a": 1}).encode()):
        theirs.send(bytes([byte]))

    assert frames.receive(ours, time.monotonic() + 5) == ({"a": 1}, [])


@pytest.mark.parametrize("character", ["ü", "\0", "🕊"])
def test_the_longest_text_fits_into_a_message(ends, character):
    """The longest text that an app may send fits into one message, whatever its characters are."""
    ours, theirs = ends
    text = json_values.plain(character * 3_000_000)
    sender = threading.Thread(target=frames.send, args=(theirs, {"body": text}), daemon=True)
    sender.start()
    message, _ = frames.receive(ours, time.monotonic() + 60)

    assert message == {"body": text}
