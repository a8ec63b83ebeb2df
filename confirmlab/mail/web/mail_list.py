"""The list of mails on the inbox page, and the search in it."""

import threading
from dataclasses import dataclass
from html import unescape
from re import sub
from typing import Any

from confirmlab.base.text import legible, visible
from confirmlab.mail.maildir import MailFile
from confirmlab.mail.message import Mail
from confirmlab.mail.web.watched_inbox import WatchedInbox

_SEARCHED = 200_000  # characters of each mail


@dataclass(frozen=True)
class _Row:
    """What the list shows of a mail, and the text that is searched."""

    shown: dict[str, Any]
    searched: str


class MailList:
    """The rows of an inbox; each mail is read once."""

    def __init__(self, inbox: WatchedInbox) -> None:
        self.inbox = inbox
        self._rows: dict[str, _Row] = {}
        self._lock = threading.Lock()  # two pages opened together read the mails only once

    def matching(self, files: list[MailFile], words: str) -> list[MailFile]:
        """Return the mails that contain these words; the rows of deleted mails are dropped."""
        with self._lock:
            known = {file.id for file in files}
            self._rows = {mail_id: row for mail_id, row in self._rows.items() if mail_id in known}
            wanted = words.casefold().strip()
            return [file for file in files if not wanted or self._contains(file, wanted)]

    def rows(self, files: list[MailFile]) -> list[dict[str, Any]]:
        """Return what the list shows of these mails; those deleted meanwhile are left out."""
        with self._lock:
            rows = [(self._row(file), file.unread) for file in files]
        return [row.shown | {"unread": unread} for row, unread in rows if row]

    def _contains(self, file: MailFile, wanted: str) -> bool:
        row = self._row(file)
        return row is not None and wanted in row.searched

    def _row(self, file: MailFile) -> _Row | None:
        if file.id not in self._rows:
            mail = self.inbox.read(file)
            if mail is None:
                return None
            self._rows[file.id] = _row(mail)
        return self._rows[file.id]


def _row(mail: Mail) -> _Row:
    body = mail.text or unescape(sub(r"<[^<>]{0,5000}>", " ", (mail.html or "")[:_SEARCHED]))
    parts = (mail.sender, *mail.to, mail.subject, body[:_SEARCHED])
    shown = {
        "id": mail.id,
        "subject": legible(mail.subject)[:500],
        "sender": visible(mail.sender)[:500],
        "to": [visible(address)[:300] for address in mail.to[:50]],
        "received": mail.received.isoformat(),
        "attached": len(mail.attachments),
    }
    return _Row(shown, "\n".join(parts).casefold())
