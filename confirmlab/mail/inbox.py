"""The inbox: an SMTP server for the app's mails, and the folder that keeps them."""

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
from confirmlab.mail.maildir import Maildir, MailFile
from confirmlab.mail.message import Mail, parse
from confirmlab.mail.rendering import Link
from confirmlab.mail.smtp_faults import SmtpFaults
from confirmlab.mail.wanted import WantedMail

__all__ = ["Inbox", "Mail"]

_MAX_CACHED_MAILS = maildir.MAX_MAILS  # kept in memory, so that no view of a full inbox parses all
_MAX_CACHED_BYTES = 100_000  # bytes; larger mails are not kept in memory, but parsed each time
_POLL_SECONDS = 0.05  # seconds until wait() looks for mails that another process received


class Inbox:
    """Receives mails on a port of this machine and keeps them as files."""

    def __init__(self, folder: Path, port: int = 0, opens: Link = None) -> None:
        self.maildir = Maildir(folder)
        self.port = port
        self.opens = opens  # returns the address at which a mailed link opens here
        self.faults = SmtpFaults()
        self._server: Any = None
        self._reserved: socket.socket | None = None  # keeps the port during away()
        self._arrived = threading.Condition()
        self._pages: Any = None  # the server of its page
        self._count = 0  # mails received by this process
        self._parsed: dict[str, Mail] = {}  # parsed mails by id; an id is never used twice

    def start(self) -> "Inbox":
        """Start to receive on `port`, or on a free port if it is 0; do nothing after `away()`.

        Raises:
            KitError: another program uses that port.
        """
        if self._server is None and self._reserved is None:
            self.maildir.make()
            listening = ports.bind(self.port, "inbox")
            self._server = smtp_server.serve(self._keep, self.faults, listening, maildir.MAX_BYTES)
            self.port = self._server.port
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop receiving and serving the page; mails and port number are kept."""
        self._stop()
        if self._pages is not None:
            self._pages.close()

    def behave(self, delay: float = 0) -> None:
        """Remove all faults and accept every mail, after a delay in seconds if one is given."""
        self.faults.reset()
        self.slow(delay)
        self.back()

    def slow(self, seconds: float) -> None:
        """Delay each mail by this many seconds from now on; `slow(0)` ends that."""
        self.faults.slow(seconds)

    def fail(self, reply: str, to: str | None = None, times: int | None = None) -> None:
        """Refuse mails with a reply such as "550 no such user"; by default all, until `behave`.

        Raises:
            MailError: the reply is not a refusal by SMTP.
        """
        self.faults.fail(reply, to, times)

    def drop(self, times: int | None = None, to: str | None = None, kept: bool = False) -> None:
        """Drop the connection during DATA; with `kept` store the mail but never acknowledge it."""
        self.faults.drop(kept, to, times)

    def away(self) -> None:
        """Close the port, so that nobody can connect until `back()`."""
        if self._reserved is None:
            self._stop()
            # A bound socket that does not listen refuses connections and keeps the port.
            self._reserved = ports.bind(self.port, "inbox", listen=False)
            self.port = self._reserved.getsockname()[1]

    def back(self) -> None:
        """Open the port again after `away()`."""
        reserved, self._reserved = self._reserved, None
        if reserved is not None:
            reserved.close()
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
        """Serve the page again if an earlier kernel did: a browser tab may still show it."""
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
        """Return the faults that are set, each in a few words."""
        return ("is away",) if self._reserved is not None else self.faults.words()

    @property
    def notice(self) -> str:
        """Return a sentence on how many mails were removed to make room, or ""."""
        removed = self.maildir.removed
        if not removed:
            return ""
        were = "mail was" if removed == 1 else "mails were"
        return f"{removed} earlier {were} removed to make room: {maildir.capacity()} are kept."

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
        wanted = WantedMail(to, subject, after)
        end = time.monotonic() + timeout
        unfit: set[str] = set()
        while True:
            count = self._count
            for file in self.maildir.mails(after.id if after else ""):
                mail = None if file.id in unfit else self._read_if(wanted, file)
                if mail:
                    return mail
                unfit.add(file.id)
            left = end - time.monotonic()
            if left <= 0:
                raise MailError(self._explain(wanted, timeout))
            with self._arrived:
                self._arrived.wait_for(
                    partial(self._has_more_than, count), min(left, _POLL_SECONDS)
                )

    def _has_more_than(self, count: int) -> bool:
        return self._count > count

    def _read_if(self, wanted: WantedMail, file: MailFile) -> Mail | None:
        if file.id not in self._parsed:
            packed = self.maildir.read(file)
            if packed is None or not wanted.may_be(packed):
                return None
        mail = self.read(file)
        return mail if mail and wanted.fits(mail) else None

    def _explain(self, wanted: WantedMail, timeout: float) -> str:
        newest = [f"{mail.subject!r} to {', '.join(mail.to)}" for mail in islice(self, 3)]
        there = f"the newest here are {'; '.join(newest)}" if newest else "the inbox is empty"
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
        return f"No {wanted} arrived within {timeout:g} s; {there}. {hint}"

    def read(self, file: MailFile) -> Mail | None:
        """Return the mail in a file of the Maildir; None if it no longer exists."""
        mail = self._parsed.get(file.id)
        packed = self.maildir.read(file) if mail is None else None
        if packed is not None:
            mail = parse(file.id, packed, file.received)
            if len(packed) < _MAX_CACHED_BYTES:
                self._parsed[file.id] = mail
                for old in list(self._parsed)[:-_MAX_CACHED_MAILS]:
                    self._parsed.pop(old, None)
        return mail

    def clear(self) -> None:
        """Delete all mails."""
        self.maildir.clear()
        self.maildir.removed = 0

    def __enter__(self) -> "Inbox":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.maildir)

    def __bool__(self) -> bool:
        return True  # also when empty; without this method Python would use the length

    def __iter__(self) -> Iterator[Mail]:
        return filter(None, map(self.read, self.maildir.mails()))

    def __getitem__(self, index: int) -> Mail:
        mails = list(self)
        try:
            return mails[index]
        except IndexError:
            count = f"only {len(mails)}" if mails else "no mail yet"
            raise MailError(
                f"There is no inbox[{index}]: the inbox has {count}. Run the cell that makes the "
                "app send it, then this one again; inbox.wait() waits for a mail."
            ) from None

    def __repr__(self) -> str:
        count = len(self)
        state = f"on port {self.port}" if self.running else "away" if self._reserved else "closed"
        return f"<Inbox {state}, {count} mail{'' if count == 1 else 's'}>"

    def _stop(self) -> None:
        reserved, self._reserved = self._reserved, None
        if reserved is not None:
            reserved.close()
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
        # Imported here: Flask is slow to import, and only needed once the page is opened.
        from confirmlab.mail.web.api import make_app

        return make_app(self)

    def _keep(self, packed: bytes) -> None:
        with self._arrived:
            self.maildir.add(packed)
            self._count += 1
            self._arrived.notify_all()
