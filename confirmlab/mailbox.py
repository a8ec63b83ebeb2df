"""Catch the mails that the app sends: an SMTP server of one's own, and a Maildir of what came."""

import asyncio
import atexit
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from confirmlab.behaviour import Behaviour
from confirmlab.errors import KitError, MailError
from confirmlab.mails import Mail, pack, parse

__all__ = ["Inbox", "Mail"]

MAX_MAILS = 500
MAX_BYTES = 20_000_000
_SLICE = 0.05  # how long a wait may overlook what another process has written


class Inbox:
    """Receive mails on a port of this machine and keep them as files."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = Path(folder)
        self.port = port
        self.behaviour = Behaviour()
        self._server: Any = None
        self._place: socket.socket | None = None  # holds the port while the server is away
        self._arrived = threading.Condition()

    def start(self) -> "Inbox":
        """Begin to receive, on the port asked for or else on a free one; not while it is away.

        Raises:
            KitError: another program has that port.
        """
        if self._server is None and self._place is None:
            self._make_folders()
            self._server = _serve(self._keep, self.behaviour, _bind(self.port))
            self.port = self._server.port
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop receiving; the mails stay, and so does the number of the port."""
        place, self._place = self._place, None
        if place is not None:
            place.close()
        server, self._server = self._server, None
        if server is not None:
            server.stop(no_assert=True)
            atexit.unregister(self.close)

    def behave(self, delay: float = 0) -> None:
        """Be there and take every mail, after a delay in seconds if one is given."""
        self.behaviour.reset()
        self.slow(delay)
        self.back()

    def slow(self, seconds: float) -> None:
        """Take that long over each mail from now on; `slow(0)` ends it."""
        self.behaviour.slow(seconds)

    def fail(self, reply: str, to: str | None = None, times: int | None = None) -> None:
        """Refuse mails (to one address, so many times) with a reply such as "550 no such user".

        Raises:
            MailError: no mail server refuses in these words.
        """
        self.behaviour.fail(reply, to, times)

    def drop(self, times: int | None = None, to: str | None = None, kept: bool = False) -> None:
        """Hang up in the middle of mails; with `kept` take them first, and hang up unthanked."""
        self.behaviour.drop(kept, to, times)

    def away(self) -> None:
        """Be away: whoever calls finds nobody at the port, until `back()`."""
        if self._place is None:
            self.close()
            # Bound, but not listening: calls are refused, and no other program gets the port.
            self._place = _bind(self.port, listen=False)
            self.port = self._place.getsockname()[1]

    def back(self) -> None:
        """Be there again after `away()`."""
        place, self._place = self._place, None
        if place is not None:
            place.close()
            self.start()

    @property
    def running(self) -> bool:
        """Say whether mails are received here and now."""
        return self._server is not None

    @property
    def trouble(self) -> tuple[str, ...]:
        """Say what goes wrong with mails on purpose, a few words each."""
        return ("is away",) if self._place is not None else self.behaviour.words()

    @property
    def latest(self) -> Mail | None:
        """Show the newest mail, or None in an empty inbox."""
        return next(iter(self), None)

    def wait(
        self,
        to: str | None = None,
        subject: str | None = None,
        after: Mail | None = None,
        timeout: float = 5,
    ) -> Mail:
        """Wait for a mail to this address, with these words in its subject, later than `after`.

        Raises:
            MailError: none came in time.
        """
        end = time.monotonic() + timeout
        with self._arrived:
            while True:
                for mail in self._since(after):
                    if _fits(mail, to, subject):
                        return mail
                left = end - time.monotonic()
                if left <= 0:
                    raise MailError(self._explain(to, subject, after, timeout))
                self._arrived.wait(min(left, _SLICE))

    def clear(self) -> None:
        """Throw all mails away."""
        for path in self._paths():
            path.unlink(missing_ok=True)

    def __enter__(self) -> "Inbox":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._paths())

    def __bool__(self) -> bool:
        return True  # an empty inbox is an inbox

    def __iter__(self) -> Iterator[Mail]:
        return self._since(None)

    def __getitem__(self, index: int) -> Mail:
        return list(self)[index]

    def __repr__(self) -> str:
        count = len(self)
        state = f"on port {self.port}" if self.running else "away" if self._place else "closed"
        return f"<Inbox {state}, {count} mail{'' if count == 1 else 's'}>"

    def _since(self, after: Mail | None) -> Iterator[Mail]:
        for path in self._paths():
            if after is not None and _mail_id(path) <= after.id:
                return
            try:
                yield _read(path)
            except FileNotFoundError:  # cleared or capped meanwhile, maybe by another kernel
                continue

    def _paths(self) -> list[Path]:
        """List the files of all mails, newest first."""
        # A mail reader pointed at the Maildir moves what it has seen from new to cur.
        folders = [self.folder / "new", self.folder / "cur"]
        found = [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
        return sorted(found, key=_mail_id, reverse=True)

    def _make_folders(self) -> None:
        try:
            for name in ("tmp", "new", "cur"):
                path = self.folder / name
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(0o700)  # mails hold live tokens, and a host may have many users
        except OSError as error:
            raise KitError(
                f"The inbox cannot keep mails in {str(self.folder)!r}: {error.strerror}. "
                "Make that a folder you may write to, or take another one."
            ) from error

    def _keep(self, packed: bytes) -> None:
        with self._arrived:
            self._make_folders()
            name = self._new_name()
            draft = self.folder / "tmp" / name
            draft.write_bytes(packed)
            draft.replace(self.folder / "new" / name)
            self._cap()
            self._arrived.notify_all()

    def _new_name(self) -> str:
        """Name a file so that names sort as mails came, though a clock may step back."""
        newest = next(iter(self._paths()), None)
        stamp = max(time.time_ns() // 1000, _stamp(newest.name) + 1 if newest else 0)
        seconds, micros = divmod(stamp, 1_000_000)
        return f"{seconds:010d}.M{micros:06d}P{os.getpid()}R{secrets.token_hex(4)}.localhost"

    def _cap(self) -> None:
        total = 0
        for number, path in enumerate(self._paths()):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                continue
            if number and (number >= MAX_MAILS or total > MAX_BYTES):
                path.unlink(missing_ok=True)

    def _explain(
        self, to: str | None, subject: str | None, after: Mail | None, timeout: float
    ) -> str:
        wanted = "No later mail" if after else "No mail"
        wanted += f" to {to!r}" if to else ""
        wanted += f" about {subject!r}" if subject else ""
        came = [f"{mail.subject!r} to {', '.join(mail.to)}" for mail in islice(self, 3)]
        there = f"the newest here are {'; '.join(came)}" if came else "the inbox is empty"
        if self.trouble:
            hint = f"This inbox {'; it '.join(self.trouble)}. inbox.behave() ends that."
        elif not self.running:
            hint = "This inbox is closed; start it with inbox.start()."
        else:
            hint = (
                f"Did the app run the line that sends? Is its MAIL_PORT {self.port}, "
                "and are TESTING and MAIL_SUPPRESS_SEND off?"
            )
        return f"{wanted} arrived within {timeout:g} s; {there}. {hint}"


def _fits(mail: Mail, to: str | None, subject: str | None) -> bool:
    right_one = to is None or to.strip().lower() in (one.lower() for one in mail.to)
    return right_one and (subject is None or subject.lower() in mail.subject.lower())


def _mail_id(path: Path) -> str:
    return path.name.partition(":")[0]  # mail readers add flags behind a colon


def _stamp(name: str) -> int:
    seconds, _, rest = name.partition(".M")
    micros = rest[:6]
    return int(seconds) * 1_000_000 + int(micros) if (seconds + micros).isdigit() else 0


@lru_cache(maxsize=MAX_MAILS)  # with room for fewer, each look at a full inbox parses all
def _read(path: Path) -> Mail:
    # Names are never used twice, so what was read once stays true.
    received = datetime.fromtimestamp(_stamp(path.name) / 1_000_000, UTC)
    return parse(_mail_id(path), path.read_bytes(), received)


def _bind(port: int, listen: bool = True) -> socket.socket:
    """Take the port at once: aiosmtpd would wait five seconds before it says that it is taken."""
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
            f"The inbox cannot have port {port!r}: {error}. Stop the other program, "
            "or take Inbox(folder, port=0), which finds a free one."
        ) from error
    return sock


def _serve(keep: Any, behaviour: Behaviour, sock: socket.socket) -> Any:
    """Run an SMTP server in a thread, on a socket that is bound already."""
    # Here, since those who only look at mails need no server.
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP

    class LongLines(SMTP):
        line_length_limit = MAX_BYTES  # Flask-Mail does not wrap; a stylesheet is one line

    class Handler:
        async def handle_RCPT(
            self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
        ) -> str:
            reply = behaviour.refusal(address)
            if reply is None:
                envelope.rcpt_tos.append(address)
            return reply or "250 OK"

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            # A client that leaves meanwhile ends this here: its mail is not taken.
            await asyncio.sleep(behaviour.delay)
            hang_up = behaviour.hang_up(envelope.rcpt_tos)
            if hang_up != "before":
                keep(pack(envelope.content, envelope.mail_from or "", envelope.rcpt_tos))
            if hang_up:
                server.transport.abort()
            return "250 Message accepted"

    class Sink(Controller):
        def _create_server(self) -> Any:
            return self.loop.create_server(self._factory_invoker, sock=sock)

        def factory(self) -> SMTP:
            return LongLines(self.handler, **self.SMTP_kwargs)

    # The client is told what went wrong; a cell's stderr is no place for it.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    # Without server_hostname each connection asks the DNS for this machine's name.
    sink = Sink(
        Handler(),
        hostname="127.0.0.1",
        port=sock.getsockname()[1],
        server_hostname="localhost",
        data_size_limit=MAX_BYTES,
    )
    sink.start()
    return sink
