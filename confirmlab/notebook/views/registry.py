"""The registry of views: which text and which HTML show which kind of value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confirmlab.mail.rendering import Link


@dataclass(frozen=True)
class _View:
    text: Callable[[Any], str]
    html: Callable[..., str]
    has_links: bool


_VIEWS: dict[type, _View] = {}


def register(
    kind: type, text: Callable[[Any], str], html: Callable[..., str], has_links: bool = False
) -> None:
    """Add the view of a kind of value; with `has_links` its HTML also takes a `Link`."""
    _VIEWS[kind] = _View(text, html, has_links)


def kinds() -> tuple[type, ...]:
    """Return the kinds of value that have a view."""
    return tuple(_VIEWS)


def as_text(value: object) -> str:
    """Return a value as lines of text, for terminals and screen readers."""
    return _view(value).text(value)


def as_html(value: object, link: Link = None) -> str:
    """Return a value as HTML that JupyterLab also shows in a notebook that it does not trust."""
    view = _view(value)
    return view.html(value, link) if view.has_links else view.html(value)


def bundle(value: object, link: Link = None) -> dict[str, str]:
    """Return both renderings of a value by MIME type."""
    return {"text/plain": as_text(value), "text/html": as_html(value, link)}


def _view(value: object) -> _View:
    return next(_VIEWS[kind] for kind in type(value).__mro__ if kind in _VIEWS)
