"""Render HTML from the kit's templates."""

import re
from functools import cache
from typing import Any

from confirmlab.base import paths
from confirmlab.base.text import cut, legible, visible

LONGEST_PAGE = 400_000  # characters of a page that is shown in a frame
# The frame's sandbox stops scripts, forms and plugins; this policy stops loading from elsewhere.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"


def render(name: str, **values: Any) -> str:
    """Return the HTML of a template that is a part of a page."""
    return _templates().get_template(name).render(**values)


def document(name: str, **values: Any) -> str:
    """Return a complete page for a browser, with hidden characters of values written out."""
    return _documents().get_template(name).render(**values)


def framed(page: str) -> str:
    """Return a page as the document of a sandboxed frame; "" if it is too long to show."""
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
    templates.filters["visible"] = visible
    templates.filters["legible"] = legible
    return templates


@cache
def _documents() -> Any:
    documents = _templates().overlay(finalize=_escape_hidden)
    # It returns Markup, which _escape_hidden leaves as it is.
    ticked = {"ticked": lambda text: _ticked(_escape_hidden(text))}
    documents.filters = documents.filters | ticked
    return documents


def _escape_hidden(value: Any) -> Any:
    # Markup is a subclass of str and already HTML, so it is not changed.
    return cut(visible(value)) if type(value) is str else value


def _ticked(text: str) -> Any:
    """Return the escaped text with parts between backticks as <code>."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))
