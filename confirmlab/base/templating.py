"""HTML from the kit's templates."""

import json
import re
from functools import cache
from typing import Any

from confirmlab.base import paths
from confirmlab.base.text import cut, visible

LONGEST_PAGE = 400_000  # characters that are still drawn
# The sandbox stops scripts, forms and plugins. This stops what a mail loads behind one's back.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"


def render(name: str, **values: Any) -> str:
    """Return a part of a page, as HTML."""
    return _templates().get_template(name).render(**values)


def document(name: str, **values: Any) -> str:
    """Make a page that stands alone, for a browser; no letter of a stranger's text hides in it."""
    return _documents().get_template(name).render(**values)


def framed(page: str) -> str:
    """Make the document of a sandboxed frame: nothing is loaded, and links open outside."""
    return render("frame.html", policy=POLICY, page=page) if len(page) <= LONGEST_PAGE else ""


@cache
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(paths.in_package("base", "templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters["ticked"] = _ticked
    templates.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return templates


@cache
def _documents() -> Any:
    return _templates().overlay(finalize=_plainly)


def _plainly(value: Any) -> Any:
    # What is HTML already comes as Markup, which is a kind of str too.
    return cut(visible(value)) if type(value) is str else value


def _ticked(text: str) -> Any:
    """Show what stands between backticks as code, and escape all of it."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))
