"""The process that runs the learner's app for the graded tests; all of it is untrusted.

`host` imports the app once and forks a process of it whenever the tests start one, so that a
restart takes milliseconds. Orders and answers are JSON messages (see frames). The tests verify
answers, where they can, in the database, the pages or the mails.
"""

import atexit
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from confirmlab.processes import frames
from confirmlab.processes.limits import FILE_SIZE, ORDER_SECONDS
from confirmlab.processes.open_files import keep_only
from confirmlab.processes.processor import run_on
from confirmlab.site import app_process
from confirmlab.site.driver import plain_process, sleepers, steady_clocks, tested_app
from confirmlab.site.driver.driver_orders import Orders
from confirmlab.site.driver.json_values import error_report

_TRIES = 60  # attempts, in three seconds, to open a port that was given up


class _TooLong(BaseException):
    """The limit of processor time is reached."""


def _too_long(*_: Any) -> None:
    raise _TooLong


def begin(control: socket.socket, folder: Path, scratch: str) -> None:
    """Host the app in this forked process; never return.

    Close all other files and use `scratch` as working and temporary folder.
    """
    try:
        os.chdir(scratch)
        keep_only(control.fileno())
        tempfile.tempdir = scratch
        host(control, folder)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def host(control: socket.socket, folder: Path) -> None:
    """Import the app in a folder; start and end processes of it until the channel is closed."""
    _print_into_a_file()
    settings, _ = frames.receive(control)
    mails = _first_listener(settings.pop("mail_port"))
    run_on(settings.pop("processor"))
    ahead = settings.pop("ahead")
    try:
        signal.signal(signal.SIGXCPU, _too_long)
        _limit_next_order(2 * ORDER_SECONDS)
        plain_process.become_plain(folder)
        sleepers.replace_pauses()
        steady_clocks.replace_clocks()
        atexit._clear()  # only the app's own are of interest, see Orders.leave
        settings["MAIL_PORT"] = mails.getsockname()[1]
        app = tested_app.make(folder, settings)
    except _TooLong:
        with suppress(frames.SocketClosed):
            frames.send(control, {"late": 2 * ORDER_SECONDS})
        return
    except BaseException as error:
        with suppress(frames.SocketClosed):
            frames.send(control, {"raised": error_report(error, folder)})
        return
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    ready = {"ready": True, "name_is_fixed": app_process.has_fixed_name(app)}
    frames.send(control, ready, mails.fileno())
    port = mails.getsockname()[1]
    mails.close()
    lives: dict[int, int] = {}
    with suppress(frames.SocketClosed):
        while True:
            order, descriptors = frames.receive(control)
            if "start" in order:
                talk = socket.socket(fileno=descriptors[0])
                pid = os.fork()
                if pid == 0:
                    control.close()
                    remake = partial(tested_app.make_again, folder, settings)
                    made = remake if order["anew"] else lambda: app
                    _serve_orders(made, folder, talk, order["settings"], ahead)
                talk.close()
                lives[order["start"]] = pid
            elif "end" in order:
                status = ended(lives.pop(order["end"]))
                frames.send(control, {"status": status})
            elif "listen" in order:
                with _listener_again(port) as again:
                    frames.send(control, {"ready": True}, again.fileno())
    for pid in lives.values():
        ended(pid)


def _print_into_a_file() -> None:
    """Send output to a file of limited size; a print beyond the limit raises an error."""
    output = os.open("printed.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    os.unlink("printed.txt")  # hidden from the app
    sys.stdout, sys.stderr = (
        open(stream, "w", encoding="utf-8", errors="replace", closefd=False) for stream in (1, 2)
    )
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limit = FILE_SIZE if most == resource.RLIM_INFINITY else min(FILE_SIZE, most)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def _first_listener(port: int) -> socket.socket:
    """Return a listener at this port, or at another one if it is taken."""
    try:
        return _listener(port)
    except OSError:
        return _listener(0)


def _listener(port: int) -> socket.socket:
    """Return a socket that listens for the app's mails; the tests accept connections on it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


def _listener_again(port: int) -> socket.socket:
    """Return a listener at a port that was given up; another program may hold it for a moment."""
    for _ in range(_TRIES):
        with suppress(OSError):
            return _listener(port)
        time.sleep(0.05)
    return _listener(port)


def ended(pid: int) -> int:
    """Kill a process; return its status as os.waitpid does, 0 if there is none."""
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        return os.waitpid(pid, 0)[1]
    return 0


def _serve_orders(
    make: Callable[[], Any],
    folder: Path,
    talk: socket.socket,
    settings: dict[str, Any],
    ahead: float,
) -> None:
    """Carry out orders in this fork, a process of the app that `make` returns; never return."""
    try:
        own = os.getpid()
        app = make()
        app.config.update(settings)
        orders = Orders(app, ahead)
        with suppress(frames.SocketClosed):
            while True:
                order, _ = frames.receive(talk)
                _limit_next_order(ORDER_SECONDS)
                _reset_output()
                # A request has a thread of its own anyway.
                do = _carried_out if order["verb"] == "visit" else _in_a_thread
                answer = do(orders, order, folder)
                if os.getpid() != own:
                    break  # a copy that the learner's code forked must not answer
                frames.send(talk, answer | {"id": order["id"]})
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(0)


def _in_a_thread(orders: Orders, order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Carry out an order in a thread of its own, as a server does with a request."""
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(_carried_out(orders, order, folder)))
    thread.start()
    thread.join()
    return answers[0]


def _carried_out(orders: Orders, order: dict[str, Any], folder: Path) -> dict[str, Any]:
    try:
        return {"result": getattr(orders, order["verb"])(**order["with"])}
    except BaseException as error:
        return {"raised": error_report(error, folder)}


def _reset_output() -> None:
    """Empty the file of the output, so that the next order may fill it anew."""
    with suppress(OSError):
        os.ftruncate(1, 0)  # first, since what is still to be written does not fit into a full file
    with suppress(Exception):  # the app may have put anything there
        sys.stdout.flush()
        os.ftruncate(1, 0)


def _limit_next_order(seconds: int) -> None:
    """Limit the processor time of the next order to `seconds`, on top of the time used so far."""
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    limit = int(used) + 1 + seconds
    with suppress(ValueError, OSError):
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, most))
