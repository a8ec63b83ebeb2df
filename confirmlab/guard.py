"""Refuse, in a process that runs learners' code, what no answer to an exercise needs.

Python tells an audit hook (PEP 578) of such acts before they happen, and a hook cannot be taken
away again. It is a trip wire inside the process, not a wall: those are the sandbox's.
"""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Alarm = Callable[[str], None]

_PROCESSES = {
    *("os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "os.startfile"),
    *("subprocess.Popen", "pty.spawn"),
}
_SIGNALS = {"os.kill", "os.killpg", "signal.pthread_kill"}
_INSPECTION = {
    *("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames"),
    *("sys._current_exceptions", "sys.settrace", "sys.setprofile", "sys.addaudithook"),
    *("ctypes.dlopen", "ctypes.dlsym", "ctypes.addressof", "ctypes.cdata"),
}
_DELETION = {
    *("os.remove", "os.rmdir", "os.rename", "os.truncate", "os.chmod", "os.chown", "os.chflags"),
    *("shutil.rmtree", "shutil.move", "os.link", "os.symlink", "os.setxattr"),
}
_NETWORK = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_LOCAL = {"127.0.0.1", "localhost", "::1", "", None, b"localhost", b"127.0.0.1"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SAID = {
    **dict.fromkeys(_PROCESSES, "it tried to start a process"),
    **dict.fromkeys(_SIGNALS, "it tried to end a process"),
    **dict.fromkeys(_INSPECTION, "it tried to look into the program that tests it"),
    "object.__setattr__": "it tried to replace the code of a function",
}


def watch(alarm: Alarm, home: Path, kept: tuple[Path, ...] = (), forks: bool = False) -> None:
    """Refuse such acts from now on, and tell `alarm` of those that nobody does by mistake.

    Writing stays below `home`; what lies below one of `kept` is not read either. With `forks`
    this process may fork.
    """
    # Bound here, since the code that is watched could replace the names in this module.
    inside = os.path.realpath(home) + os.sep
    closed = tuple(f"{os.path.realpath(path)}" for path in kept)
    allowed = {"os.fork"} if forks else set()
    said, deletion, network, names = dict(_SAID), set(_DELETION), set(_NETWORK), set(_NAMES)
    # A client that sends mail asks for the name of its own machine.
    local = {*_LOCAL, socket.gethostname()}
    writing, resolved = _WRITING, os.path.realpath

    def refuse(why: str) -> None:
        raise PermissionError(f"not allowed while your work is graded: {why}")

    def reported(why: str) -> None:
        alarm(why)
        refuse(why)

    def outside(path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return False
        return not (resolved(os.fsdecode(path)) + os.sep).startswith(inside)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            if isinstance(path, int):
                return
            if closed and resolved(os.fsdecode(path)).startswith(closed):
                reported("it tried to read what learners are not given")
            if (flags or 0) & writing and path != os.devnull and outside(path):
                refuse("a file outside of its own folder was to be written")
        elif event in said and event not in allowed:
            if event == "object.__setattr__" and details[1] != "__code__":
                return
            reported(said[event])
        elif event in deletion:
            if any(outside(path) for path in details[:2] if isinstance(path, (str, bytes))):
                reported("it tried to change files that are not its own")
        elif event in network:
            address = details[1] if len(details) > 1 else None
            if isinstance(address, tuple) and address and address[0] not in local:
                refuse("a connection to another machine")
        elif event in names and details[0] not in local:
            refuse("the address of another machine")

    sys.addaudithook(hook)
