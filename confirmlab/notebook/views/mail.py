"""Text and HTML of a mail and of the inbox."""

import re
from dataclasses import replace
from itertools import islice
from typing import Any

from confirmlab.base import jupyter_proxy
from confirmlab.base.templating import render
from confirmlab.base.text import cut, legible, visible
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import Mail
from confirmlab.mail.rendering import Link, address_here, framed_mail, is_strange, leads_to
from confirmlab.notebook.views.registry import register

_MOST_MAILS = 20  # nobody reads more than these in one cell
_MOST_LINKS = 50


def _inbox_text(inbox: Inbox) -> str:
    count = len(inbox)
    notes = [*(f"This inbox {words}." for words in inbox.trouble), *filter(None, [inbox.notice])]
    if not count:
        return "\n".join(["Inbox: empty. A mail that the app sends will show up here.", *notes])
    lines = [f"Inbox: {count} mail{'' if count == 1 else 's'}, newest first", *notes]
    for number, mail in enumerate(map(_legible, islice(inbox, _MOST_MAILS))):
        lines += ["", f"[{number}] {mail.subject or '(no subject)'}", *_envelope(mail)]
    if count > _MOST_MAILS:
        lines += ["", f"and {count - _MOST_MAILS} more; see inbox[{_MOST_MAILS}] and on"]
    return "\n".join(lines)


def _inbox_html(inbox: Inbox, link: Link) -> str:
    cards = [_card(mail, link) for mail in islice(inbox, _MOST_MAILS)]
    live = "" if jupyter_proxy.base_url() is None else inbox.page
    return render("inbox.html", inbox=inbox, views=cards, count=len(inbox), live=live)


def _mail_text(mail: Mail) -> str:
    mail = _legible(mail)
    body = legible(cut(mail.text.strip())) or ("(HTML only)" if mail.html else "(no text)")
    return "\n".join([mail.subject or "(no subject)", *_envelope(mail), "", body])


def _mail_html(mail: Mail, link: Link) -> str:
    return render("mail.html", view=_card(mail, link))


def _envelope(mail: Mail) -> list[str]:
    lines = [f"    from: {mail.sender}", f"    to:   {', '.join(mail.to)}"]
    lines += [f"    link: {visible(link)}" for link in mail.links[:_MOST_MAILS]]
    return lines + [f"    attached: {name}" for name in mail.attachments]


def _card(mail: Mail, link: Link) -> dict[str, Any]:
    """Return what the card of one mail shows."""
    return {
        "mail": _legible(mail),
        "time": mail.received.astimezone(),
        "links": [_addresses(written, link) for written in mail.links[:_MOST_LINKS]],
        "more_links": len(mail.links[_MOST_LINKS:]),
        "text": legible(cut(mail.text.strip("\n"))),
        "source": visible(cut(mail.source)),
        "picture": framed_mail(mail, link),
        "height": _height(mail.html or ""),
    }


def _legible(mail: Mail) -> Mail:
    """Return a mail with hidden characters of its headers and file names written out."""
    return replace(
        mail,
        sender=visible(mail.sender),
        to=tuple(map(visible, mail.to)),
        subject=legible(mail.subject),
        headers=tuple((visible(name), visible(value)) for name, value in mail.headers),
        attachments=tuple(map(visible, mail.attachments)),
    )


def _addresses(written: str, link: Link) -> tuple[str, str | None, str]:
    """Return a link as written, as it opens here, and a note if it leads elsewhere."""
    note = leads_to(written, None) if is_strange(written, link) else ""
    return written, address_here(written, link), note


def _height(page: str) -> int:
    """Return an estimate of a mail's height in pixels; no script may measure it in the browser."""
    lines = len(re.findall(r"<(?:p|br|li|tr|h\d|div)\b", page)) + len(page) // 400
    return min(420, 90 + 32 * lines)


register(Inbox, _inbox_text, _inbox_html, has_links=True)
register(Mail, _mail_text, _mail_html, has_links=True)
