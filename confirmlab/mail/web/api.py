"""The web app of the inbox: one page, and the requests of its script."""

import hashlib
import secrets
import threading
from base64 import b64encode
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import sub
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound

from confirmlab.base import templating
from confirmlab.base.text import visible
from confirmlab.mail import attachments, maildir, rendering
from confirmlab.mail.maildir import Entry
from confirmlab.mail.rendering import framed_mail

if TYPE_CHECKING:
    from confirmlab.mail.inbox import Inbox
    from confirmlab.mail.message import Mail

_SCRIPTS = [f"inbox_{part}.js" for part in ("state", "ask", "list", "mail", "acts")]
_STATIC = {  # name -> the files that it is joined from, and its type
    "inbox.css": (["inbox.css"], "text/css"),
    "inbox.js": (_SCRIPTS, "text/javascript"),
}
_ONE = "/mails/<mail_id>"
_MOST = 500  # rows that one answer holds
_SEARCHED = 200_000  # letters of each mail that are searched
_SHOWN = 100_000  # letters of a text or source that the page shows
_PICTURED = 3_000_000  # bytes of pictures that the HTML of a mail may bring along

_PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# For one who opens it in a tab of its own the same holds as in the frame.
_MAIL_POLICY = (
    f"{templating.POLICY}; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the path holds the key
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class _Row:
    """What the list shows of a mail, and what a search looks at."""

    shown: dict[str, Any]
    searched: str


def make_app(inbox: "Inbox") -> Flask:
    """Return the app that answers the requests of an inbox's page."""
    app = Flask(__name__, static_folder=None)
    app.logger.disabled = True  # it would write below a cell
    app.url_map.merge_slashes = False
    pages = _Pages(inbox)
    for method, path, answer in (
        ("GET", "/", pages.page),
        ("GET", "/<name>", pages.static),
        ("GET", "/mails", pages.list),
        ("GET", f"{_ONE}", pages.mail),
        ("GET", f"{_ONE}/page", pages.letter),
        ("GET", f"{_ONE}/files/<int:number>", pages.file),
        ("GET", f"{_ONE}/whole", pages.whole),
        ("POST", f"{_ONE}/seen", pages.seen),
        ("POST", f"{_ONE}/unseen", pages.unseen),
        ("POST", f"{_ONE}/remove", pages.remove),
        ("POST", f"{_ONE}/clear", pages.clear),
    ):
        options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
        app.add_url_rule(path, view_func=answer, endpoint=answer.__name__, **options)
    app.register_error_handler(HTTPException, lambda error: (f"{error.name}.\n", error.code))
    app.after_request(_guarded)
    return app


def _guarded(answer: Response) -> Response:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


class _Pages:
    """The answers of the inbox's page."""

    def __init__(self, inbox: "Inbox") -> None:
        self.inbox = inbox
        self._rows: dict[str, _Row] = {}
        self._lock = threading.Lock()  # two pages that open at once need not read all mails twice

    def page(self) -> Response:
        """Return the page, with a nonce for its script."""
        nonce = secrets.token_urlsafe(18)
        text = templating.document("webmail.html", nonce=nonce, most=maildir.capacity())
        answer = Response(text, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _PAGE_POLICY.format(nonce=nonce)
        return answer

    def static(self, name: str) -> Response:
        """Return one of the page's own files."""
        if name not in _STATIC:
            raise NotFound
        parts, kind = _STATIC[name]
        folder = Path(__file__).with_name("static")
        data = b"\n".join((folder / part).read_bytes() for part in parts)
        return Response(data, content_type=f"{kind}; charset=utf-8")

    def list(self) -> Response:
        """Return what the list shows; nothing if the page knows it already."""
        version = self._version()
        if request.args.get("known") == version:
            return Response(status=204)
        words = request.args.get("words", "").casefold().strip()
        entries = self.inbox.maildir.entries()
        with self._lock:
            known = {entry.id for entry in entries}
            self._rows = {mail_id: row for mail_id, row in self._rows.items() if mail_id in known}
            found = [one for one in entries if not words or words in self._row(one).searched]
            limit = min(request.args.get("count", 50, type=int), _MOST)
            rows = [self._row(one).shown | {"unread": one.unread} for one in found[:limit]]
        return jsonify(
            version=version,
            notes=[f"This inbox {trouble}." for trouble in self.inbox.trouble],
            notice=self.inbox.notice,
            port=self.inbox.port if self.inbox.running else None,
            count=len(entries),
            unread=sum(one.unread for one in entries),
            newest=entries[0].id if entries else "",
            bytes=self.inbox.maildir.size(),
            found=len(found),
            mails=rows,
        )

    def mail(self, mail_id: str) -> Response:
        """Return one mail in all its parts."""
        entry, mail = self._found(mail_id)
        files = self._files(entry) if mail.attachments else ()
        return jsonify(
            **self._row(entry).shown,
            unread=entry.unread,
            bytes=mail.size,
            html=bool(mail.html),
            pictured=bool(framed_mail(mail)),
            text=_cut(mail.text.strip("\n")),
            source=_cut(mail.source),
            headers=[(visible(name), _cut(value)) for name, value in mail.headers],
            links=[self._link(written) for written in mail.links],
            files=[{"name": one.name, "kind": one.kind, "bytes": len(one.data)} for one in files],
        )

    def _link(self, written: str) -> dict[str, Any]:
        """Return a link as written, as it opens here, and a note on where it leads."""
        opens = self.inbox.opens
        ours = opens(written) if opens else None
        opened = rendering.here(written, opens)
        return {
            "written": visible(written),
            "opens": opened or written,
            "here": bool(opened),
            "ours": ours is not None,
            "strange": rendering.is_strange(written, opens),
            "leads": visible(rendering.leads_to(written, ours)),
        }

    def letter(self, mail_id: str) -> Response:
        """Return the HTML of a mail with its own pictures."""
        entry, mail = self._found(mail_id)
        pictures, left = {}, _PICTURED
        for one in self._files(entry) if "cid:" in (mail.html or "").lower() else ():
            left -= len(one.data)
            if one.is_picture and one.content_id and left >= 0:
                data = b64encode(one.data).decode()
                pictures[one.content_id] = f"data:{one.kind};base64,{data}"
        text = framed_mail(mail, self.inbox.opens, pictures)
        if not text:
            raise NotFound
        answer = Response(text, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _MAIL_POLICY
        return answer

    def file(self, mail_id: str, number: int) -> Response:
        """Return an attachment, to be saved."""
        files = self._files(self._found(mail_id)[0])
        if number >= len(files):
            raise NotFound
        return _download(files[number].data, files[number].name)

    def whole(self, mail_id: str) -> Response:
        """Return the mail as it came, to be saved."""
        entry, mail = self._found(mail_id)
        packed = self.inbox.maildir.read(entry) or b""
        return _download(packed, attachments.safe_name(mail.subject or "mail")[:60] + ".eml")

    def seen(self, mail_id: str) -> Response:
        """Mark a mail as read."""
        self.inbox.maildir.mark(mail_id)
        return Response(status=204)

    def unseen(self, mail_id: str) -> Response:
        """Mark a mail as unread."""
        self.inbox.maildir.mark(mail_id, seen=False)
        return Response(status=204)

    def remove(self, mail_id: str) -> Response:
        """Delete a mail."""
        self.inbox.maildir.remove(mail_id)
        return Response(status=204)

    def clear(self, mail_id: str) -> Response:
        """Delete all mails up to this one."""
        # What arrives between the question and the answer was not asked about.
        self.inbox.maildir.clear(newest=mail_id)
        return Response(status=204)

    def _found(self, mail_id: str) -> "tuple[Entry, Mail]":
        entry = self.inbox.maildir.entry(mail_id)
        mail = self.inbox.read(entry) if entry else None
        if entry is None or mail is None:
            raise NotFound
        return entry, mail

    def _files(self, entry: Entry) -> tuple[attachments.Attachment, ...]:
        return attachments.take_out(self.inbox.maildir.read(entry) or b"")

    def _row(self, entry: Entry) -> _Row:
        if entry.id not in self._rows:
            mail = self.inbox.read(entry)
            if mail is None:  # gone just now; the next look will not list it
                return _Row({"id": entry.id, "subject": "(gone)"}, "")
            self._rows[entry.id] = _row(mail)
        return self._rows[entry.id]

    def _version(self) -> str:
        stands = (self.inbox.maildir.version(), self.inbox.running, self.inbox.trouble)
        return hashlib.sha256(repr(stands).encode()).hexdigest()[:20]


def _row(mail: "Mail") -> _Row:
    body = mail.text or unescape(sub(r"<[^<>]{0,5000}>", " ", (mail.html or "")[:_SEARCHED]))
    parts = (mail.sender, *mail.to, mail.subject, body[:_SEARCHED])
    shown = {
        "id": mail.id,
        "subject": visible(mail.subject)[:500],
        "sender": visible(mail.sender)[:500],
        "to": [visible(one)[:300] for one in mail.to[:50]],
        "received": mail.received.isoformat(),
        "attached": len(mail.attachments),
    }
    return _Row(shown, "\n".join(parts).casefold())


def _cut(text: str) -> str:
    return visible(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}\n… and more")


def _download(data: bytes, name: str) -> Response:
    """Return a response that is saved, never shown: a stranger chose its type."""
    answer = Response(data, content_type="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
