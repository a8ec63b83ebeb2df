"""The mails of the app under test: those received, and those still in its outbox."""

import threading

from confirmlab.checks.app.mail_server import MailServer
from confirmlab.checks.app.running_app import RunningApp

_WAITING = "SELECT count(*) FROM letter WHERE sent_at IS NULL AND failed_at IS NULL"


class AppMails:
    """The app's mail server, started when it is first needed, and the app's outbox."""

    def __init__(self, running: RunningApp) -> None:
        self._running = running
        self._server: MailServer | None = None
        self._patience = 600  # queries of the outbox before wait_for_outbox gives up

    @property
    def server(self) -> MailServer:
        """The mail server, with the mails received so far."""
        if self._server is None:
            host = self._running.host
            host.wait()
            assert host.mails is not None
            self._server = MailServer(host.mails, host.listen)
        return self._server

    def start(self) -> None:
        """Start to receive the app's mails; until then the mail server does not answer."""
        _ = self.server

    def letters_waiting(self) -> int:
        """Return the number of mails in the app's outbox that are still to be sent."""
        columns = self._running.database.columns("letter")
        if not {"sent_at", "failed_at"} <= set(columns):
            return 0
        return int(self._running.database.ask(_WAITING)[0][0])

    def wait_for_outbox(self) -> None:
        """Wait up to 3 s until the outbox is empty; after one timeout, up to 0.25 s."""
        for _ in range(self._patience):
            if not self.letters_waiting():
                return
            threading.Event().wait(0.005)
        self._patience = 50

    def was_mailed(self, address: str) -> bool:
        """Return whether a mail to an address has been received."""
        return self._server is not None and any(address in mail.to for mail in self._server)

    def behave(self) -> None:
        """Accept every mail again, if the server was started."""
        if self._server is not None:
            self._server.behave()

    def clear(self) -> None:
        """Delete all mails received."""
        if self._server is not None:
            self._server.clear()

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.close()
