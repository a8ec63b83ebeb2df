"""Rewrite the links of a mail so that they open here, in a tab without our page's access."""

import html as escaping
import ipaddress
import re
import socket
from collections.abc import Callable, Mapping
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from confirmlab.base import templating
from confirmlab.base.jupyter_proxy import SHOWN
from confirmlab.base.templating import LONGEST_PAGE, POLICY
from confirmlab.mail.message import ANCHOR, Mail

Link = Callable[[str], str | None] | None  # a link as written -> the same as it opens here

_ANCHORS = re.compile(r"<(a|area)(?=[\s/])", re.IGNORECASE)
_BY_ID = re.compile(r"(?<=[\"'=(])cid:([^\"'()\s<>]{1,300})", re.IGNORECASE)


def here(written: str, link: Link) -> str | None:
    """Return a link as it opens here, if that is safe and differs from how it is written."""
    opened = link(written) if link else None
    return opened if opened != written and re.match(r"https?:|/", opened or "") else None


def is_strange(written: str, link: Link) -> bool:
    """Return whether a link leads to this machine but not to the app.

    Cookies know nothing of ports: whoever listens there is sent those of Jupyter.
    """
    return link is not None and link(written) is None and is_of_this_machine(written)


def is_of_this_machine(address: str) -> bool:
    """Return whether a browser takes an address for one of its own machine."""
    # As browsers read it: a backslash is a slash, and the number of slashes does not matter.
    plain = re.sub(r"[\t\r\n]", "", address.strip()).replace("\\", "/")
    found = re.match(r"(?:https?:/*|/{2,})(?:[^/?#]*@)?([^/?#]*)", plain, re.IGNORECASE)
    if found is None:
        return False
    host = normalize("NFKC", unquote(found[1])).lower()
    host = re.sub(r":\d*$", "", host).strip("[]").rstrip(".")
    try:
        numeric = socket.inet_ntoa(socket.inet_aton(host))  # also for 127.1 and 0x7f000001
    except (OSError, UnicodeError):
        numeric = host
    try:
        number = ipaddress.ip_address(numeric)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    number = getattr(number, "ipv4_mapped", None) or number
    return number.is_loopback or number.is_unspecified


def relinked(page: str, link: Link) -> str:
    """Return the HTML of a mail with links that open here; those to other ports open nothing."""

    def point(anchor: re.Match[str]) -> str:
        written = escaping.unescape(anchor["target"]).strip("\"' \n")
        opened = here(written, link)
        start = anchor[0].removesuffix(anchor["target"])
        if is_strange(written, link):
            where = escaping.escape(leads_to(written, None))
            warning = f"<b>[This link leads to {where}; the list of links opens it:]</b> "
            return f'{warning}{start}"about:blank"'
        return f'{start}"{escaping.escape(opened)}"' if opened else anchor[0]

    # Of two attributes of one name the first counts, whatever a mail says after it.
    return _ANCHORS.sub(r'<\1 target="_blank" rel="noopener noreferrer"', ANCHOR.sub(point, page))


def embedded(page: str, pictures: Mapping[str, str]) -> str:
    """Return a mail's HTML with its own pictures embedded as data addresses."""
    return _BY_ID.sub(lambda found: pictures.get(found[1], found[0]), page)


def leads_to(written: str, opened: str | None) -> str:
    """Return in words where a link leads."""
    try:
        parts = urlsplit(written)
        host, path = parts.hostname or "", parts.path or "/"
    except ValueError:  # mails may hold anything
        return "no address that a browser understands"
    if opened:
        return f"your app, at {SHOWN.sub('', path)}"
    if is_of_this_machine(written):
        return f"port {_port(written)} of this machine, where something other than your app listens"
    return f"another site: {host}"


def _port(written: str) -> int | str:
    try:
        return urlsplit(written).port or "80"
    except ValueError:
        return "?"


def framed_mail(mail: Mail, link: Link = None, pictures: Mapping[str, str] | None = None) -> str:
    """Make the document that shows the HTML of a mail; nothing if there is none, or too much."""
    if not mail.html or len(mail.html) > LONGEST_PAGE:
        return ""
    return templating.render(
        "frame.html", policy=POLICY, page=embedded(relinked(mail.html, link), pictures or {})
    )
