"""Refuse, in a process that runs learners' code, what no answer to an exercise needs.

Python tells an audit hook (PEP 578) of such acts before they happen, and a hook cannot be taken
away again. It is a trip wire inside the process, not a wall: those are the sandbox's.
"""

import _signal
import os
import signal
import socket
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from confirmlab.checks.sandbox import seal

Alarm = Callable[[str], None]

_PROCESSES = {
    *("os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "os.startfile"),
    *("subprocess.Popen", "pty.spawn"),
}
_SIGNALS = {"os.kill", "os.killpg", "signal.pthread_kill", "resource.prlimit"}
_INSPECTION = {
    *("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames"),
    *("sys._current_exceptions", "sys.settrace", "sys.setprofile", "sys.addaudithook"),
    *("ctypes.dlopen", "ctypes.dlsym", "ctypes.addressof", "ctypes.cdata", "ctypes.string_at"),
}
_MEMORY = ("_ctypes", "_cffi_backend")  # with these, code reaches all memory of this process
_FRAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}
# Modules that look up frames for whoever calls them; others keep them to themselves.
_LENDING = {
    *("inspect", "asyncio.base_tasks", "asyncio.tasks", "bdb", "pdb", "code", "_pytest._code.code"),
    *("werkzeug.debug.tbtools", "dis", "traceback"),
}
_WALKS = (traceback.walk_tb, traceback.walk_stack)
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
    for name in (*_MEMORY, "ctypes", "cffi"):
        sys.modules.pop(name, None)  # so that an import is one, and the hook hears of it
    # A handler is handed a frame. ValueError is what asyncio expects where it may set none.
    signal.signal = _signal.signal = _no_handler
    # Bound here, since the code that is watched could replace the names in this module.
    inside = os.path.realpath(home) + os.sep
    closed = tuple(f"{os.path.realpath(path)}" for path in kept)
    allowed = {"os.fork"} if forks else set()
    said, deletion, network, names = dict(_SAID), set(_DELETION), set(_NETWORK), set(_NAMES)
    # A client that sends mail asks for the name of its own machine.
    local = {*_LOCAL, socket.gethostname()}
    writing, resolved, plain, null = _WRITING, os.path.realpath, _plain, os.devnull
    memory, frames, lending, getframe = _MEMORY, _FRAMES, _LENDING, sys._getframe
    reading, told, ours = {"dis"}, set[str](), seal.OURS
    marking = types.coroutine.__code__  # which marks a function as a coroutine
    printing, walking = traceback.__file__, {walk.__code__ for walk in _WALKS}
    looking: list[bool] = []

    def refuse(why: str) -> None:
        raise PermissionError(f"not allowed while your work is graded: {why}")

    def reported(why: str) -> None:
        if why not in told:  # once is enough, and a loop would drown all else
            told.add(why)
            alarm(why)
        refuse(why)

    def outside(path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return False
        return not (resolved(plain(path)) + os.sep).startswith(inside)

    def frame(depth: int) -> Any:
        looking.append(True)  # to look is to ask for a frame too
        try:
            return getframe(depth)
        finally:
            looking.pop()

    def look(lending: set[str]) -> None:
        """Refuse a frame, or code, to all but the kit, also where it comes by way of a tool."""
        caller = frame(3)  # of whoever set the hook off
        code = None
        while caller is not None and caller.f_globals.get("__name__") in lending:
            code, caller = caller.f_code, caller.f_back
        if code is not None and code.co_filename == printing and code not in walking:
            return  # it prints them
        if caller is not None and not caller.f_code.co_filename.startswith(ours):
            reported(said["sys.settrace"])

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            if isinstance(path, int):
                return
            if closed and resolved(plain(path)).startswith(closed):
                reported("it tried to read what learners are not given")
            if (flags or 0) & writing and path != null and outside(path):
                refuse("a file outside of its own folder was to be written")
        elif event in said and event not in allowed:
            if event == "object.__setattr__" and (
                details[1] != "__code__" or frame(2).f_code is marking
            ):
                return
            reported(said[event])
        elif event == "object.__getattr__":
            if details[1] in frames:
                look(lending)
            elif details[1] == "__code__":
                look(reading)  # which would tell a faulty app from another
        elif event == "sys._getframe":
            if not looking:
                look(lending)
        elif event == "import":
            if details[0] in memory:
                raise ImportError(f"{details[0]} is not there while your work is graded")
        elif event in deletion:
            if any(outside(path) for path in details[:2] if isinstance(path, (str, bytes))):
                reported("it tried to change files that are not its own")
        elif event == "sqlite3.connect":
            name = details[0]
            if isinstance(name, (str, bytes)) and outside(name) and name not in ("", ":memory:"):
                refuse("a database outside of its own folder was to be opened")
        elif event in network:
            address = details[1] if len(details) > 1 else None
            if isinstance(address, tuple) and address and address[0] not in local:
                refuse("a connection to another machine")
        elif event in names and details[0] not in local:
            refuse("the address of another machine")

    sys.addaudithook(hook)


def _no_handler(*_: Any) -> None:
    raise ValueError("signals cannot be handled while your work is graded")


def _plain(path: Any) -> str:
    """Spell a path; one of a class of its own could spell itself in another way each time."""
    if isinstance(path, (str, bytes)):
        path = str.__str__(path) if isinstance(path, str) else bytes.__getitem__(path, slice(None))
    elif type(path) is not type(Path()):
        raise PermissionError("not allowed while your work is graded: a path that is no text")
    return os.fsdecode(path)
