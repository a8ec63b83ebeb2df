"""The interface that the inbox page needs of an inbox."""

from typing import Protocol

from confirmlab.mail.maildir import Maildir, MailFile
from confirmlab.mail.message import Mail
from confirmlab.mail.rendering import Link


class WatchedInbox(Protocol):
    """The interface of an inbox for its page; `confirmlab.mail.inbox.Inbox` implements it."""

    maildir: Maildir

    @property
    def notice(self) -> str:
        """A sentence on how many mails were removed to make room, or ""."""

    @property
    def running(self) -> bool:
        """Whether its mail server accepts mails."""

    @property
    def trouble(self) -> tuple[str, ...]:
        """The faults of its mail server, each as the end of a sentence."""

    @property
    def port(self) -> int:
        """The port of its mail server."""

    @property
    def opens(self) -> Link:
        """A function that returns the address at which a mailed link opens."""

    def read(self, file: MailFile) -> Mail | None:
        """Return the mail of a file, or None if it is gone."""
