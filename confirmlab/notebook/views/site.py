"""Text and HTML of the site and of its pages."""

import re
from base64 import b64encode
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urljoin

from confirmlab.base.errors import SiteError
from confirmlab.base.templating import LONGEST_PAGE, framed, render
from confirmlab.base.text import cut, legible, shortened, visible, wrapped
from confirmlab.mail.rendering import Link, address_here
from confirmlab.notebook.views.registry import register
from confirmlab.site.pages.html_text import parse_html
from confirmlab.site.pages.page import Page
from confirmlab.site.server import Site
from confirmlab.site.visitor import Visitor

_SECONDS = 5  # a picture waits no longer for a stylesheet


def _site_text(site: Site) -> str:
    if not site.running:
        return "Site: not running. site.start() starts it."
    return "\n".join(filter(None, [f"Site: running at {site.url}", site.notice]))


def _site_html(site: Site) -> str:
    return render("site.html", site=site, here=site.link("/") if site.running else "")


def _page_text(page: Page) -> str:
    lines = [f"{page.status} {_path(page.path)}  {legible(page.title)}".rstrip()]
    if page.redirects:
        lines.append(f"by way of {' -> '.join(map(_path, [*page.redirects, page.path]))}")
    for message in page.flashes:
        lines += wrapped(legible(message), "message: ")
    lines += ["", *(line for text in _text(page).splitlines() for line in wrapped(text))]
    return "\n".join(lines).rstrip()


def _page_html(page: Page, link: Link) -> str:
    phrases = {status.value: status.phrase for status in HTTPStatus}
    return render(
        "page.html",
        page=page,
        phrase=phrases.get(page.status, ""),
        picture=_picture(page, link),
        text=cut(_text(page)),
        path=_path,
    )


def _path(path: str) -> str:
    return visible(shortened(path))


def _text(page: Page) -> str:
    """Return the text of a page with its hidden characters escaped, but not its line ends."""
    return "\n".join(legible(line) for line in page.text.splitlines())


def _picture(page: Page, link: Link) -> str:
    """Return a page with its stylesheets and drawings in one document."""
    if not page.html or len(page.html) > LONGEST_PAGE:
        return ""
    soup = parse_html(page.html)
    for tag in soup.find_all(["script", "base"]):
        tag.decompose()
    for tag in soup.find_all(["a", "area"], href=True):
        target = _absolute(page, tag["href"])
        tag["href"] = address_here(target, link) or target
    for tag in soup.find_all("link", rel="stylesheet", href=True):
        style = soup.new_tag("style")
        style.string = _fetch(page, tag["href"])
        tag.replace_with(style)
    for tag in soup.find_all("img", src=re.compile(r"\.svg$")):
        drawing = _fetch(page, tag["src"])
        tag["src"] = "data:image/svg+xml;base64," + b64encode(drawing.encode()).decode()
    return framed(str(soup))


def _absolute(page: Page, address: str) -> str:
    """Return where an address in a page leads; the address itself if it is not valid."""
    with suppress(ValueError):
        return urljoin(page.url, address)
    return address


def _fetch(page: Page, address: str) -> str:
    """Return a stylesheet or drawing of the page's own site; "" from anywhere else."""
    with (
        suppress(SiteError, ValueError),
        Visitor(urljoin(page.url, "/"), timeout=_SECONDS) as visitor,
    ):
        answer = visitor.open(urljoin(page.url, address))
        return answer.text if answer.status == 200 else ""
    return ""


register(Site, _site_text, _site_html)
register(Page, _page_text, _page_html, has_links=True)
