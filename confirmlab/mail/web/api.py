"""The web app of the inbox: its page, and the JSON that the page's script asks for."""

import hashlib
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, NotFound

from confirmlab.base import templating
from confirmlab.base.text import legible, visible
from confirmlab.mail import attachments, maildir, rendering
from confirmlab.mail.maildir import MailFile
from confirmlab.mail.message import Mail
from confirmlab.mail.rendering import framed_mail
from confirmlab.mail.web import security_headers
from confirmlab.mail.web.mail_list import MailList
from confirmlab.mail.web.watched_inbox import WatchedInbox

_SCRIPTS = [f"inbox_{part}.js" for part in ("state", "ask", "list", "mail", "acts")]
_STATIC = {  # name -> the files joined into it, and its type
    "inbox.css": (["inbox.css"], "text/css"),
    "inbox.js": (_SCRIPTS, "text/javascript"),
}
_MAIL_PATH = "/mails/<mail_id>"
_MAX_ROWS = 500  # rows in one response
_MAX_TEXT = 100_000  # characters of a text or source on the page
_MAX_PICTURE_BYTES = 3_000_000  # bytes of pictures embedded in the HTML of a mail


def make_app(inbox: WatchedInbox) -> Flask:
    """Return the web app of an inbox."""
    app = Flask(__name__, static_folder=None)
    app.logger.disabled = True  # it would print below a cell
    app.url_map.merge_slashes = False
    pages = _Pages(inbox)
    for method, path, view in (
        ("GET", "/", pages.page),
        ("GET", "/<name>", pages.static),
        ("GET", "/mails", pages.list),
        ("GET", _MAIL_PATH, pages.mail),
        ("GET", f"{_MAIL_PATH}/page", pages.html_view),
        ("GET", f"{_MAIL_PATH}/files/<int:number>", pages.file),
        ("GET", f"{_MAIL_PATH}/whole", pages.download),
        ("POST", f"{_MAIL_PATH}/seen", pages.seen),
        ("POST", f"{_MAIL_PATH}/unseen", pages.unseen),
        ("POST", f"{_MAIL_PATH}/remove", pages.remove),
        ("POST", f"{_MAIL_PATH}/clear", pages.clear),
    ):
        options: dict[str, Any] = {"methods": [method], "provide_automatic_options": False}
        app.add_url_rule(path, view_func=view, endpoint=view.__name__, **options)
    app.register_error_handler(HTTPException, lambda error: (f"{error.name}.\n", error.code))
    app.after_request(security_headers.add)
    return app


class _Pages:
    """The views of the app."""

    def __init__(self, inbox: WatchedInbox) -> None:
        self.inbox = inbox
        self._mails = MailList(inbox)

    def page(self) -> Response:
        """Return the page, with a nonce for its script."""
        nonce = secrets.token_urlsafe(18)
        text = templating.document("webmail.html", nonce=nonce, most=maildir.capacity())
        response = Response(text, content_type="text/html; charset=utf-8")
        policy = security_headers.PAGE_POLICY.format(nonce=nonce)
        response.headers["Content-Security-Policy"] = policy
        return response

    def static(self, name: str) -> Response:
        """Return one of the page's own files."""
        if name not in _STATIC:
            raise NotFound
        parts, kind = _STATIC[name]
        folder = Path(__file__).with_name("static")
        data = b"\n".join((folder / part).read_bytes() for part in parts)
        return Response(data, content_type=f"{kind}; charset=utf-8")

    def list(self) -> Response:
        """Return the list of mails; 204 if the page has this version already."""
        version = self._version()
        if request.args.get("known") == version:
            return Response(status=204)
        files = self.inbox.maildir.mails()
        matching = self._mails.matching(files, request.args.get("words", ""))
        limit = min(request.args.get("count", 50, type=int), _MAX_ROWS)
        return jsonify(
            version=version,
            notes=[f"This inbox {trouble}." for trouble in self.inbox.trouble],
            notice=self.inbox.notice,
            port=self.inbox.port if self.inbox.running else None,
            count=len(files),
            unread=sum(file.unread for file in files),
            newest=files[0].id if files else "",
            bytes=self.inbox.maildir.size(),
            found=len(matching),
            mails=self._mails.rows(matching[:limit]),
        )

    def mail(self, mail_id: str) -> Response:
        """Return one mail in all its parts."""
        file, mail = self._found(mail_id)
        files = self._files(file) if mail.attachments else ()
        rows = self._mails.rows([file])
        if not rows:  # deleted meanwhile
            raise NotFound
        return jsonify(
            **rows[0],
            bytes=mail.size,
            html=bool(mail.html),
            pictured=bool(framed_mail(mail)),
            text=legible(_cut(mail.text.strip("\n"))),
            source=visible(_cut(mail.source)),
            headers=[(visible(name), visible(_cut(value))) for name, value in mail.headers],
            links=[self._link(written) for written in mail.links],
            files=[{"name": f.name, "kind": f.kind, "bytes": len(f.data)} for f in files],
        )

    def _link(self, written: str) -> dict[str, Any]:
        """Return a link as written, as it opens here, and a note on where it leads."""
        opens = self.inbox.opens
        in_app = opens(written) if opens else None
        opened = rendering.address_here(written, opens)
        return {
            "written": visible(written),
            "opens": opened or written,
            "here": bool(opened),
            "ours": in_app is not None,
            "strange": rendering.is_strange(written, opens),
            "leads": visible(rendering.leads_to(written, in_app)),
        }

    def html_view(self, mail_id: str) -> Response:
        """Return the HTML of a mail with its own pictures."""
        file, mail = self._found(mail_id)
        pictures, left = {}, _MAX_PICTURE_BYTES
        for attached in self._files(file) if "cid:" in (mail.html or "").lower() else ():
            left -= len(attached.data)
            if attached.is_picture and attached.content_id and left >= 0:
                data = b64encode(attached.data).decode()
                pictures[attached.content_id] = f"data:{attached.kind};base64,{data}"
        text = framed_mail(mail, self.inbox.opens, pictures)
        if not text:
            raise NotFound
        response = Response(text, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = security_headers.MAIL_POLICY
        return response

    def file(self, mail_id: str, number: int) -> Response:
        """Return an attachment as a download."""
        files = self._files(self._found(mail_id)[0])
        if number >= len(files):
            raise NotFound
        return _download(files[number].data, files[number].name)

    def download(self, mail_id: str) -> Response:
        """Return the mail as it came, as a download."""
        file, mail = self._found(mail_id)
        packed = self.inbox.maildir.read(file) or b""
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
        # Mails that arrived after the user was asked are kept, since nobody has seen them.
        self.inbox.maildir.clear(newest=mail_id)
        return Response(status=204)

    def _found(self, mail_id: str) -> tuple[MailFile, Mail]:
        file = self.inbox.maildir.find(mail_id)
        mail = self.inbox.read(file) if file else None
        if file is None or mail is None:
            raise NotFound
        return file, mail

    def _files(self, file: MailFile) -> tuple[attachments.Attachment, ...]:
        return attachments.extract(self.inbox.maildir.read(file) or b"")

    def _version(self) -> str:
        state = (self.inbox.maildir.version(), self.inbox.running, self.inbox.trouble)
        return hashlib.sha256(repr(state).encode()).hexdigest()[:20]


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}\n… and more"


def _download(data: bytes, name: str) -> Response:
    """Return a response that a browser saves and never shows: a stranger chose its content."""
    response = Response(data, content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
