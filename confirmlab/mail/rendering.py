"""Show a mail's HTML safely, with links that open in the learner's browser."""

import html as escaping
import ipaddress
import re
import socket
from collections.abc import Callable, Mapping
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from confirmlab.base import templating
from confirmlab.base.jupyter_proxy import PREFIX_PATTERN
from confirmlab.base.templating import LONGEST_PAGE, POLICY
from confirmlab.mail.links import ANCHOR
from confirmlab.mail.message import Mail

# Takes a link as written; returns its address in this browser, or None if it is not the app's.
Link = Callable[[str], str | None] | None

_ANCHORS = re.compile(r"<(a|area)(?=[\s/])", re.IGNORECASE)
# Elements that lead elsewhere by themselves, change a link after it was looked at, or hold a page
# in an attribute, where no link is found. In a formula some browsers make a link of any element
# with an href.
_LEADING = re.compile(r"<(?=(?:meta|set|animate|iframe)[\s/]|math[\s/>])", re.IGNORECASE)
_AROUND = "".join(map(chr, range(33)))
_BY_ID = re.compile(r"(?<=[\"'=(])cid:([^\"'()\s<>]{1,300})", re.IGNORECASE)


def address_here(written: str, link: Link) -> str | None:
    """Return the address that opens a link here; None if it is unsafe or equal to the link."""
    opened = link(written) if link else None
    return opened if opened != written and re.match(r"https?:|/", opened or "") else None


def is_strange(written: str, link: Link) -> bool:
    """Return whether a link points to a port of this machine that is not the app's.

    Browsers send a host's cookies to all its ports, so that program would get Jupyter's.
    """
    return link is not None and link(written) is None and is_of_this_machine(written)


def is_of_this_machine(address: str) -> bool:
    """Return whether a browser would open an address on its own machine."""
    # As browsers do: any number of slashes will do.
    match = re.match(r"(?:https?:/*|/{2,})(?:[^/?#]*@)?([^/?#]*)", _plain(address), re.IGNORECASE)
    if match is None:
        return False
    host = normalize("NFKC", unquote(match[1])).replace("\u3002", ".").lower()
    # Browsers ignore some characters, such as soft hyphens; a name of this machine is all ASCII.
    host = host.encode("ascii", "ignore").decode()
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


def has_no_host(address: str) -> bool:
    """Return whether a browser would open an address at the host of the page, which is Jupyter."""
    other = r"(?!https?:)[a-z][a-z0-9+.-]*:|(?:https?:)?//|#"
    return re.match(other, _plain(address), re.IGNORECASE) is None


def _plain(address: str) -> str:
    """Return an address as browsers read it: without control characters, with slashes only."""
    return re.sub(r"[\t\r\n]", "", address.strip(_AROUND)).replace("\\", "/")


def relinked(page: str, link: Link) -> str:
    """Return a mail's HTML with links that open here.

    Links to other ports are disabled, and links without a host, which no mail program opens.

    Anchors in which ANCHOR finds no link are renamed, since a browser might still find one; so are
    elements that lead elsewhere without an anchor, and frames.
    """

    def replaced(start: re.Match[str]) -> str:
        anchor = ANCHOR.match(page, start.start())
        if anchor is None:
            return f"<x-{start[1]}"
        written = escaping.unescape(anchor["target"]).strip("\"' \n")
        target = address_here(written, link) or written
        warning = ""
        if is_strange(written, link):
            where = escaping.escape(leads_to(written, None))
            warning = f"<b>[This link leads to {where}; the list of links opens it:]</b> "
            target = "about:blank"
        elif link and link(written) is None and has_no_host(written):
            warning = "<b>[This link names no host, so no mail program opens it:]</b> "
            target = "about:blank"
        # Browsers use the first of two attributes of one name, so a mail cannot override these.
        safe = f'target="_blank" rel="noopener noreferrer" href="{escaping.escape(target)}"'
        return f"{warning}<{start[1]} {safe}"

    return _LEADING.sub("<x-", _ANCHORS.sub(replaced, page))


def embedded(page: str, pictures: Mapping[str, str]) -> str:
    """Return a mail's HTML with its own pictures embedded as data addresses."""
    return _BY_ID.sub(lambda match: pictures.get(match[1], match[0]), page)


def leads_to(written: str, opened: str | None) -> str:
    """Return a phrase for where a link leads, such as "another site: example.org"."""
    try:
        parts = urlsplit(written)
        host, path = parts.hostname or "", parts.path or "/"
    except ValueError:  # mails may contain anything
        return "no address that a browser understands"
    if opened:
        return f"your app, at {PREFIX_PATTERN.sub('', path)}"
    if is_of_this_machine(written):
        return f"port {_port(written)} of this machine, where something other than your app listens"
    return f"another site: {host}"


def _port(written: str) -> int | str:
    try:
        return urlsplit(written).port or "80"
    except ValueError:
        return "?"


def framed_mail(mail: Mail, link: Link = None, pictures: Mapping[str, str] | None = None) -> str:
    """Return the document that shows a mail's HTML; "" if there is none or it is too long."""
    if not mail.html or len(mail.html) > LONGEST_PAGE:
        return ""
    return templating.render(
        "frame.html", policy=POLICY, page=embedded(relinked(mail.html, link), pictures or {})
    )
