"""Render each value of the kit as HTML; the only module that does."""

import os
import re
from base64 import b64encode
from collections.abc import Callable
from functools import singledispatch
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from confirmlab.base import files, jupyter_proxy, paths, templating
from confirmlab.base.templating import LONGEST_PAGE, framed
from confirmlab.base.text import cut, shortened
from confirmlab.checks import result_view
from confirmlab.course.results import ExerciseResult
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import Mail
from confirmlab.mail.rendering import Link, framed_mail, here, is_strange, leads_to
from confirmlab.notebook import token_bench
from confirmlab.notebook.certificate import Certificate
from confirmlab.notebook.lesson_opening import OpenedLesson
from confirmlab.notebook.progress import CourseProgress, NextStep
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.token_bench import TokenBench
from confirmlab.notebook.token_inspector import Token
from confirmlab.notebook.views import plain as words
from confirmlab.notebook.views import signposts
from confirmlab.notebook.views.plain import plain
from confirmlab.notebook.workspace import FillResult
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard
from confirmlab.site.page import Page, parse_html
from confirmlab.site.server import Site

__all__ = ["bundle", "document", "html", "plain"]

Fetch = Callable[[str], str | None] | None  # address of a stylesheet or drawing -> its text

_MOST_LINKS = 50


@singledispatch
def html(value: object, link: Link = None, fetch: Fetch = None) -> str:
    """Return a value as HTML that passes JupyterLab's sanitiser, with a frame on top."""
    return _render("other.html", text=plain(value))


@html.register
def _(inbox: Inbox, link: Link = None, fetch: Fetch = None) -> str:
    mails = list(islice(inbox, words.MOST_MAILS))
    views = [_view(mail, link, fetch) for mail in mails]
    live = "" if jupyter_proxy.base_url() is None else inbox.page
    return _render("inbox.html", inbox=inbox, views=views, count=len(inbox), live=live)


@html.register
def _(mail: Mail, link: Link = None, fetch: Fetch = None) -> str:
    return _render("mail.html", view=_view(mail, link, fetch))


@html.register
def _(page: Page, link: Link = None, fetch: Fetch = None) -> str:
    known = {status.value: status.phrase for status in HTTPStatus}
    return _render(
        "page.html",
        page=page,
        phrase=known.get(page.status, ""),
        picture=_pictured(page, link, fetch),
        text=cut(page.text),
        shortened=shortened,
    )


@html.register
def _(token: Token, link: Link = None, fetch: Fetch = None) -> str:
    kinds = ("header", "payload", "signature")
    parts = [(kinds[min(place, 2)], part) for place, part in enumerate(token.parts)]
    return _render("token.html", token=token, parts=parts, times=dict(token.times))


@html.register
def _(laid: TokenBench, link: Link = None, fetch: Fetch = None) -> str:
    page = _render(
        "bench_page.html",
        given=laid.given,
        script=token_bench.script(),
        policy=token_bench.policy(),
    )
    return _render("bench.html", page=page, card=html(laid.token))


@html.register
def _(result: ExerciseResult, link: Link = None, fetch: Fetch = None) -> str:
    return result_view.as_html(result)


@html.register
def _(drawn: CourseProgress, link: Link = None, fetch: Fetch = None) -> str:
    return _render("progress.html", map=drawn, notebook=_notebook)


@html.register
def _(step: NextStep, link: Link = None, fetch: Fetch = None) -> str:
    return _render("step.html", step=step, notebook=_notebook)


@html.register
def _(done: ResetResult, link: Link = None, fetch: Fetch = None) -> str:
    return _render("started_over.html", done=done, shown=files.shown)


@html.register
def _(done: Certificate, link: Link = None, fetch: Fetch = None) -> str:
    target = quote(Path(os.path.relpath(done.path)).as_posix())
    return _render("certified.html", certificate=done, target=target)


@html.register
def _(site: Site, link: Link = None, fetch: Fetch = None) -> str:
    opened = site.link("/") if site.running else ""
    return _render("site.html", site=site, here=opened)


@html.register
def _(timings: Timings, link: Link = None, fetch: Fetch = None) -> str:
    # As an image it lives through the sanitiser, which would drop a drawing written out.
    drawn = _render("timings.svg", plot=timings.plot())
    picture = "data:image/svg+xml;base64," + b64encode(drawn.encode()).decode()
    return _render("timings.html", timings=timings, picture=picture)


@html.register
def _(filled: FillResult, link: Link = None, fetch: Fetch = None) -> str:
    # Lab counts lines in such links from 0, and opens them only relative to the notebook.
    target = Path(os.path.relpath(filled.path)).as_posix() + f"#line={filled.first - 1}"
    return _render("filled.html", filled=filled, target=target, shown=files.shown)


@html.register
def _(packed: PackedSubmission, link: Link = None, fetch: Fetch = None) -> str:
    return _render("packed.html", packed=packed, target=quote(packed.path.as_posix()))


@html.register
def _(opened: OpenedLesson, link: Link = None, fetch: Fetch = None) -> str:
    return _render(
        "opened.html",
        lesson=opened.lesson,
        notes=opened.notes,
        short=opened.short,
        notebook=_notebook,
    )


@html.register
def _(attempt: Attempt, link: Link = None, fetch: Fetch = None) -> str:
    return _render("attempt.html", attempt=attempt)


@html.register
def _(board: Scoreboard, link: Link = None, fetch: Fetch = None) -> str:
    return _render("scoreboard.html", board=board)


@html.register(tuple)
@html.register(list)
def _(values: Any, link: Link = None, fetch: Fetch = None) -> str:
    return "\n".join(html(value, link, fetch) for value in values)


def bundle(value: object, link: Link = None, fetch: Fetch = None) -> dict[str, str]:
    """Return both renderings of a value by MIME type."""
    return {"text/plain": plain(value), "text/html": html(value, link, fetch)}


def _view(mail: Mail, link: Link, fetch: Fetch) -> dict[str, Any]:
    """Return what the card of one mail shows."""
    return {
        "mail": mail,
        "time": mail.received.astimezone(),
        "links": [_link(written, link) for written in mail.links[:_MOST_LINKS]],
        "more_links": len(mail.links[_MOST_LINKS:]),
        "text": cut(mail.text.strip("\n")),
        "source": cut(mail.source),
        "picture": framed_mail(mail, link),
        "height": _height(mail.html or ""),
    }


def _link(written: str, link: Link) -> tuple[str, str | None, str]:
    """Return a link as written, as it opens here, and a note if it leads elsewhere."""
    strange = leads_to(written, None) if is_strange(written, link) else ""
    return written, here(written, link), strange


def _notebook(name: str, exercise: str = "") -> str:
    """Return a relative link to a notebook or an exercise in it, which Lab opens."""
    path = Path(os.path.relpath(paths.of_learner("notebooks", f"{name}.ipynb"))).as_posix()
    return quote(path) + (f"#cell-id=ex-{exercise}" if exercise else "")


def _pictured(page: Page, link: Link, fetch: Fetch) -> str:
    """Return a page of the site with its stylesheets and drawings in one document."""
    if not page.html or len(page.html) > LONGEST_PAGE:
        return ""
    soup = parse_html(page.html)
    for tag in soup.find_all(["script", "base"]):
        tag.decompose()
    for tag in soup.find_all(["a", "area"], href=True):
        target = urljoin(page.url, tag["href"])
        tag["href"] = here(target, link) or target
    for tag in soup.find_all("link", rel="stylesheet", href=True):
        style = soup.new_tag("style")
        style.string = (fetch and fetch(urljoin(page.url, tag["href"]))) or ""
        tag.replace_with(style)
    for tag in soup.find_all("img", src=re.compile(r"\.svg$")):
        drawing = (fetch and fetch(urljoin(page.url, tag["src"]))) or ""
        tag["src"] = "data:image/svg+xml;base64," + b64encode(drawing.encode()).decode()
    return framed(str(soup))


def _height(page: str) -> int:
    """Estimate how high a mail is; no script may measure it, but the frame can be dragged."""
    lines = len(re.findall(r"<(?:p|br|li|tr|h\d|div)\b", page)) + len(page) // 400
    return min(420, 90 + 32 * lines)


def document(name: str, **values: Any) -> str:
    """Return a complete HTML page; hidden characters in strangers' text become visible."""
    return templating.document(name, words=words, signposts=signposts, **values)


def _render(name: str, **values: Any) -> str:
    return templating.render(name, words=words, signposts=signposts, **values)
