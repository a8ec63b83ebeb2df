"""Let the links of a mail lead to where they open here, in a tab that knows nothing of ours."""

import html as escaping
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from confirmlab.base.jupyter_proxy import SHOWN
from confirmlab.mail.message import ANCHOR

Link = Callable[[str], str | None] | None  # a link as written -> the same as it opens here

_ANCHORS = re.compile(r"<(a|area)(?=[\s/])", re.IGNORECASE)
_BY_ID = re.compile(r"(?<=[\"'=(])cid:([^\"'()\s<>]{1,300})", re.IGNORECASE)


def here(written: str, link: Link) -> str | None:
    """Give a link as it opens here, if that is safe and differs from how it is written."""
    opened = link(written) if link else None
    return opened if opened != written and re.match(r"https?:|/", opened or "") else None


def relinked(page: str, link: Link) -> str:
    """Let the links in the HTML of a mail lead to where they open here."""

    def point(anchor: re.Match[str]) -> str:
        opened = here(escaping.unescape(anchor["target"]).strip("\"' \n"), link)
        start = anchor[0].removesuffix(anchor["target"])
        return f'{start}"{escaping.escape(opened)}"' if opened else anchor[0]

    # Of two attributes of one name the first counts, whatever a mail says after it.
    return _ANCHORS.sub(r'<\1 target="_blank" rel="noopener noreferrer"', ANCHOR.sub(point, page))


def embedded(page: str, pictures: Mapping[str, str]) -> str:
    """Put the pictures that came with a mail into its HTML: addresses of data by content id."""
    return _BY_ID.sub(lambda found: pictures.get(found[1], found[0]), page)


def leads_to(written: str, opened: str | None) -> str:
    """Say in words where a link leads."""
    try:
        parts = urlsplit(written)
        host, path = parts.hostname or "", parts.path or "/"
    except ValueError:  # mails may hold anything
        return "no address that a browser understands"
    if opened:
        return f"your app, at {SHOWN.sub('', path)}"
    if host in ("127.0.0.1", "localhost", "::1"):
        return f"port {_port(written)} of this machine, where your app does not answer now"
    return f"another site: {host}"


def _port(written: str) -> int | str:
    try:
        return urlsplit(written).port or "80"
    except ValueError:
        return "?"
