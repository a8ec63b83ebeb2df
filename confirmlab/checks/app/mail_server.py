"""The mail server of a graded run; it keeps the app's mails in memory."""

import socket
import threading
from collections.abc import Callable, Iterator

from confirmlab.mail import message, smtp_server
from confirmlab.mail.message import Mail
from confirmlab.mail.smtp_faults import SmtpFaults

_LIMIT = 5_000_000  # bytes of one mail
_MAX_MAILS = 500  # mails


class MailServer:
    """A mail server, and the mails it received, newest first."""

    def __init__(self, listening: socket.socket, again: Callable[[], socket.socket]) -> None:
        self.faults = SmtpFaults()
        self._again = again  # listens on the same port again
        self._came: list[bytes] = []
        self._read: dict[int, Mail] = {}
        self._arrived = threading.Lock()
        self._server = smtp_server.serve(self._keep, self.faults, listening, _LIMIT)
        self._away = False

    def __len__(self) -> int:
        return len(self._came)

    def __iter__(self) -> Iterator[Mail]:
        return (self._mail(number) for number in reversed(range(len(self._came))))

    def __getitem__(self, index: int) -> Mail:
        return list(self)[index]

    @property
    def latest(self) -> Mail | None:
        """The newest mail, or None."""
        return next(iter(self), None)

    def slow(self, seconds: float) -> None:
        """Delay each mail by this many seconds."""
        self.faults.slow(seconds)

    def fail(self, reply: str, to: str | None = None, times: int | None = None) -> None:
        """Refuse mails with this SMTP reply; by default all mails, until `behave`."""
        self.faults.fail(reply, to, times)

    def drop(self, times: int | None = None) -> None:
        """Drop the connection during DATA."""
        self.faults.drop(False, None, times)

    def away(self) -> None:
        """Close the port until `back` is called."""
        self.close()
        self._away = True

    def back(self) -> None:
        """Open the port again."""
        if self._away:
            self._server = smtp_server.serve(self._keep, self.faults, self._again(), _LIMIT)
            self._away = False

    def behave(self) -> None:
        """Open the port and accept every mail at once."""
        self.faults.reset()
        self.back()

    def clear(self) -> None:
        """Delete all mails."""
        self._came.clear()
        self._read.clear()

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def _keep(self, packed: bytes) -> None:
        with self._arrived:
            if len(self._came) < _MAX_MAILS:
                self._came.append(packed)

    def _mail(self, number: int) -> Mail:
        if number not in self._read:
            self._read[number] = message.parse(str(number), self._came[number])
        return self._read[number]
