"""Receive the mails that the app sends: an SMTP server and the mails it kept."""

import atexit
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from confirmlab.base import jupyter_proxy, ports
from confirmlab.base.errors import MailError
from confirmlab.mail import maildir, smtp_server
from confirmlab.mail.maildir import Entry, Maildir
from confirmlab.mail.message import Mail, addressed, named, parse
from confirmlab.mail.rendering import Link
from confirmlab.mail.smtp_faults import Behaviour

__all__ = ["Inbox", "Mail"]

# With room for fewer, each look at a full inbox would take all mails apart again.
_MOST_READ = maildir.MAX_MAILS
_LARGE = 100_000  # bytes; such mails are taken apart each time
_SLICE = 0.05  # how long a wait may overlook what another process has written


class Inbox:
    """Receives mails on a port of this machine and keeps them as files."""

    def __init__(self, folder: Path, port: int = 0, opens: Link = None) -> None:
        self.maildir = Maildir(folder)
        self.port = port
        self.opens = opens  # how a link in a mail opens here
        self.behaviour = Behaviour()
        self._server: Any = None
        self._place: socket.socket | None = None  # holds the port while the server is away
        self._arrived = threading.Condition()
        self._pages: Any = None  # what serves its page
        self._count = 0  # mails that came through this port
        self._read_mails: dict[str, Mail] = {}  # by id; ids are never used twice

    def start(self) -> "Inbox":
        """Start receiving, on the port asked for or on a free one; not while `away()`.

        Raises:
            KitError: another program uses that port.
        """
        if self._server is None and self._place is None:
            self.maildir.make()
            listening = ports.take(self.port, "inbox")
            self._server = smtp_server.serve(
                self._keep, self.behaviour, listening, maildir.MAX_BYTES
            )
            self.port = self._server.port
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop receiving and serving the page; mails and port number are kept."""
        self._stop()
        if self._pages is not None:
            self._pages.close()

    def behave(self, delay: float = 0) -> None:
        """End all faults: accept every mail, after a delay in seconds if one is given."""
        self.behaviour.reset()
        self.slow(delay)
        self.back()

    def slow(self, seconds: float) -> None:
        """Take this many seconds for each mail from now on; `slow(0)` ends it."""
        self.behaviour.slow(seconds)

    def fail(self, reply: str, to: str | None = None, times: int | None = None) -> None:
        """Refuse mails (to one address, so many times) with a reply such as "550 no such user".

        Raises:
            MailError: no mail server refuses in these words.
        """
        self.behaviour.fail(reply, to, times)

    def drop(self, times: int | None = None, to: str | None = None, kept: bool = False) -> None:
        """Drop the connection during DATA; with `kept` store the mail but never acknowledge it."""
        self.behaviour.drop(kept, to, times)

    def away(self) -> None:
        """Close the port, so that nobody can connect until `back()`."""
        if self._place is None:
            self._stop()
            # Bound, but not listening: calls are refused, and no other program gets the port.
            self._place = ports.take(self.port, "inbox", listen=False)
            self.port = self._place.getsockname()[1]

    def back(self) -> None:
        """Open the port again after `away()`."""
        place, self._place = self._place, None
        if place is not None:
            place.close()
            self.start()

    @property
    def page(self) -> str:
        """Return the address of the inbox's page for a browser; the first call starts it."""
        return self._page_server().start().link

    @property
    def page_served(self) -> bool:
        """Return whether this process serves the page."""
        return self._pages is not None and self._pages.running

    def resume_page(self) -> None:
        """Serve the page again if an earlier kernel did: an open tab may wait for it."""
        if self._page_server().was_served:
            self._page_server().start()

    @property
    def folder(self) -> Path:
        """Return the Maildir that holds the mails."""
        return self.maildir.folder

    @property
    def running(self) -> bool:
        """Return whether mails are received now."""
        return self._server is not None

    @property
    def trouble(self) -> tuple[str, ...]:
        """Return the faults that are set, a few words each."""
        return ("is away",) if self._place is not None else self.behaviour.words()

    @property
    def notice(self) -> str:
        """Return a sentence on how many mails were removed to make room, or an empty text."""
        gone = self.maildir.pushed_out
        if not gone:
            return ""
        were = "mail was" if gone == 1 else "mails were"
        return f"{gone} earlier {were} removed to make room: {maildir.capacity()} are kept."

    @property
    def latest(self) -> Mail | None:
        """Return the newest mail, or None."""
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
        known: set[str] = set()
        while True:
            count = self._count
            for entry in self.maildir.entries(after.id if after else ""):
                mail = None if entry.id in known else self._fitting(entry, to, subject)
                if mail:
                    return mail
                known.add(entry.id)
            left = end - time.monotonic()
            if left <= 0:
                raise MailError(self._explain(to, subject, after, timeout))
            with self._arrived:
                self._arrived.wait_for(partial(self._has_more_than, count), min(left, _SLICE))

    def _has_more_than(self, count: int) -> bool:
        return self._count > count

    def read(self, entry: Entry) -> Mail | None:
        """Return a mail of the Maildir; None if it no longer exists."""
        mail = self._read_mails.get(entry.id)
        packed = self.maildir.read(entry) if mail is None else None
        if packed is not None:
            mail = parse(entry.id, packed, entry.received)
            if len(packed) < _LARGE:
                self._read_mails[entry.id] = mail
                for old in list(self._read_mails)[:-_MOST_READ]:
                    self._read_mails.pop(old, None)
        return mail

    def clear(self) -> None:
        """Delete all mails."""
        self.maildir.clear()
        self.maildir.pushed_out = 0

    def __enter__(self) -> "Inbox":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.maildir)

    def __bool__(self) -> bool:
        return True  # an empty inbox is an inbox

    def __iter__(self) -> Iterator[Mail]:
        return filter(None, map(self.read, self.maildir.entries()))

    def __getitem__(self, index: int) -> Mail:
        return list(self)[index]

    def __repr__(self) -> str:
        count = len(self)
        state = f"on port {self.port}" if self.running else "away" if self._place else "closed"
        return f"<Inbox {state}, {count} mail{'' if count == 1 else 's'}>"

    def _fitting(self, entry: Entry, to: str | None, subject: str | None) -> Mail | None:
        if to and entry.id not in self._read_mails:
            packed = self.maildir.read(entry)  # a look at the envelope, before the dear part
            if packed is None or not addressed(packed, to):
                return None
        mail = self.read(entry)
        return mail if mail and _fits(mail, to, subject) else None

    def _stop(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            place.close()
        server, self._server = self._server, None
        if server is not None:
            server.stop(no_assert=True)
            atexit.unregister(self.close)

    def _page_server(self) -> Any:
        from confirmlab.mail.web.page_server import PageServer

        if self._pages is None:
            service = jupyter_proxy.service_of("inbox", self.folder)
            self._pages = PageServer(self._make_pages, service)
        return self._pages

    def _make_pages(self) -> Any:
        # Here, since it brings much along that is not needed before somebody looks.
        from confirmlab.mail.web.api import make_app

        return make_app(self)

    def _keep(self, packed: bytes) -> None:
        with self._arrived:
            self.maildir.add(packed)
            self._count += 1
            self._arrived.notify_all()

    def _explain(
        self, to: str | None, subject: str | None, after: Mail | None, timeout: float
    ) -> str:
        wanted = "No later mail" if after else "No mail"
        wanted += f" to {to!r}" if to else ""
        wanted += f" about {subject!r}" if subject else ""
        came = [f"{mail.subject!r} to {', '.join(mail.to)}" for mail in islice(self, 3)]
        there = f"the newest here are {'; '.join(came)}" if came else "the inbox is empty"
        there += f". {self.notice[:-1]}" if self.notice else ""
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
    right_one = to is None or named(mail.to, to)
    return right_one and (subject is None or subject.lower() in mail.subject.lower())
