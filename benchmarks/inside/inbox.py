"""Receive mails in one way and time it: `inbox.py KIND RATE_COUNT MANY [PROGRAM]`.

KIND is confirmlab, bare (aiosmtpd that keeps bytes, on the kit's own socket), documented (the same
as its documentation starts it) or maildev. With MANY mails at the end the memory is weighed.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from watching import memory_of

WAITS = 20


@contextmanager
def confirmlab(_program):
    """Receive with the kit's inbox; a wait ends with a mail that is parsed."""
    from confirmlab.mail.inbox import Inbox

    folder = tempfile.mkdtemp()
    with Inbox(Path(folder)) as inbox:
        yield inbox.port, lambda to: inbox.wait(to=to).links, os.getpid()
    shutil.rmtree(folder)


class Kept:
    """Keep the bytes of mails, and no more."""

    def __init__(self):
        self.mails, self.arrived = [], threading.Condition()

    async def handle_DATA(self, server, session, envelope):
        """Take a mail."""
        with self.arrived:
            self.mails.append((envelope.rcpt_tos, envelope.content))
            self.arrived.notify_all()
        return "250 OK"

    def wait(self, to):
        """Wait for a mail to this address; nobody parses it."""
        with self.arrived:
            ready = lambda: any(to in tos for tos, _ in reversed(self.mails))  # noqa: E731
            if not self.arrived.wait_for(ready, 5):
                raise SystemExit("no mail came")


@contextmanager
def bare(_program):
    """Receive with aiosmtpd alone, on a socket as the kit makes one: no delay is left in it."""
    from aiosmtpd.controller import Controller

    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(100)

    class Sink(Controller):
        def _create_server(self):
            return self.loop.create_server(self._factory_invoker, sock=listening)

    kept, port = Kept(), listening.getsockname()[1]
    sink = Sink(kept, hostname="127.0.0.1", port=port, server_hostname="localhost")
    sink.start()
    yield port, kept.wait, os.getpid()
    sink.stop()


@contextmanager
def documented(_program):
    """Receive with aiosmtpd as its documentation starts it."""
    from aiosmtpd.controller import Controller

    kept, port = Kept(), free()
    sink = Controller(kept, hostname="127.0.0.1", port=port)
    sink.start()
    yield port, kept.wait, os.getpid()
    sink.stop()


@contextmanager
def maildev(program):
    """Receive with MailDev; a wait asks its interface again and again."""
    smtp, web = free(), free()
    words = [program, "--smtp", str(smtp), "--web", str(web), "--ip", "127.0.0.1", "--silent"]
    words += ["--web-ip", "127.0.0.1"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = httpx.Client(base_url=f"http://127.0.0.1:{web}/")

    def wait(to):
        for _ in range(5000):
            with suppress(httpx.HTTPError):
                found = client.get("api/email").json()
                if any(to == one["address"] for mail in found for one in mail["to"]):
                    return
            time.sleep(0.002)
        raise SystemExit("no mail came")

    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", smtp), 1):
            break
        time.sleep(0.1)
    for _ in range(300):
        with suppress(httpx.HTTPError):
            client.get("api/email")
            break
        time.sleep(0.1)
    yield smtp, wait, process.pid
    for one in [*psutil.Process(process.pid).children(recursive=True), process]:
        one.kill()


def free() -> int:
    """Find a free port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main(kind: str, count: int, many: int, program: str = "") -> None:
    """Receive, and print what a mail and a wait took."""
    receive = {"confirmlab": confirmlab, "bare": bare, "documented": documented, "maildev": maildev}
    script = str(Path(__file__).with_name("sender.py"))
    with receive[kind](program) as (port, wait, pid):
        sender = subprocess.Popen(
            [sys.executable, script, str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

        def send(number: int, to: str) -> None:
            sender.stdin.write(f"{number} {to}\n")

        def sent() -> float:
            return float(sender.stdout.readline())

        send(20, "warm@example.com")
        sent()
        waits = []
        for number in range(WAITS):
            to = f"w{number}@example.com"
            began = time.perf_counter()
            send(1, to)
            wait(to)
            waits.append(time.perf_counter() - began)
            sent()
        send(count, "ada@example.com")
        measures = {"seconds": [sent() / count], "seconds of a wait": waits}
        if many:
            before = _weight(pid)
            send(many - count, "ada@example.com")
            each = sent() / (many - count)
            measures = {"seconds": [each], "memory": [_weight(pid)], "memory before": [before]}
        sender.stdin.close()
        sender.wait()
    print(json.dumps(measures), flush=True)


def _weight(pid: int) -> float:
    process = psutil.Process(pid)
    ours = [process] if pid == os.getpid() else [process, *process.children(recursive=True)]
    return memory_of(ours)


if __name__ == "__main__":
    kind, count, many, *program = sys.argv[1:]
    main(kind, int(count), int(many), *program)
