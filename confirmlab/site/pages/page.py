"""A page of the app as a person sees it: title, text, flashed messages, forms."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from confirmlab.base.errors import SiteError
from confirmlab.site.pages.html_forms import Form, read_form
from confirmlab.site.pages.html_text import flashed_messages, parse_html, visible_text, words
from confirmlab.site.pages.style_sheets import inline_styles


@dataclass(frozen=True)
class _Content:
    """The parsed HTML of a page."""

    title: str
    flashes: tuple[str, ...]
    forms: tuple[Form, ...]
    text: str


@dataclass(frozen=True)
class Page:
    """One response of the app; its HTML is parsed on first use."""

    status: int
    path: str
    redirects: tuple[str, ...]  # paths of the redirects that led here, in order
    html: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    plain: str | None = field(default=None, repr=False)  # the body if it is not HTML

    @property
    def title(self) -> str:
        """Return the title of the page."""
        return self._content.title

    @property
    def text(self) -> str:
        """Return the visible text, one line per block."""
        return self._content.text if self.plain is None else self.plain

    @property
    def flashes(self) -> tuple[str, ...]:
        """Return the flashed messages."""
        return self._content.flashes

    @property
    def forms(self) -> tuple[Form, ...]:
        """Return the forms, in order."""
        return self._content.forms

    @property
    def own_forms(self) -> tuple[Form, ...]:
        """Return the forms that are sent by POST to this page; if there are none, to any page.

        The navigation of the site does not count.
        """
        sent = [
            form for form in self.forms if form.method == "POST" and not form.is_site_navigation
        ]
        here = [form for form in sent if urlsplit(form.action).path == urlsplit(self.url).path]
        return tuple(here or sent)

    @cached_property
    def _content(self) -> _Content:
        # On demand: parsing takes as long as the request, and often only the status matters.
        return _content(self.html, self.url)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.path} {self.title!r}>"

    def has_form(self, *names: str, action: str | None = None, button: str | None = None) -> bool:
        """Return whether a form has all these fields, this path and this button."""
        return bool(self._matching_forms(names, action, button))

    def form(self, *names: str, action: str | None = None, button: str | None = None) -> Form:
        """Return the one form that has all these fields, this path and this button.

        Raises:
            SiteError: there is none, or several.
        """
        found = self._matching_forms(names, action, button)
        # The form to log out is on every page; it counts only if it is asked for.
        named = bool(names or action or button)
        best = [form for form in found if not form.is_site_navigation] or (found if named else [])
        if len(best) == 1:
            return best[0]
        wanted = [f"the field {name!r}" for name in names]
        wanted += [f"the path {action!r}"] if action else []
        wanted += [f"the button {button!r}"] if button else []
        has = f"has {'several forms' if best else 'no form'}"
        has += f" with {', '.join(wanted)}" if wanted else ""
        raise SiteError(
            f"The page {self.path!r} (status {self.status}) {has}; "
            f"its forms: {', '.join(map(repr, self.forms)) or 'none'}. "
            f"{'Name a path or a button.' if best else 'Look at page.text to see where you are.'}"
        )

    def header(self, name: str) -> str | None:
        """Return a response header, or None."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else None

    def _matching_forms(self, names: Any, action: str | None, button: str | None) -> list[Form]:
        return [
            form
            for form in self.forms
            if set(names) <= set(form.names)
            and (action is None or path_of(form.action) == path_of(action))
            and (button is None or _labelled(form, button))
        ]


def read(
    html: str,
    url: str,
    status: int = 200,
    redirects: tuple[str, ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Page:
    """Build a page from the HTML of a response."""
    return Page(status, urlsplit(url).path or "/", redirects, html, url, headers)


def path_of(link: str) -> str:
    """Return the path of a link in plain letters, without the slash that may end its route."""
    return plain_path(urlsplit(link).path)


def plain_path(path: str) -> str:
    """Return a path in plain letters, without the slash that may end its route."""
    return unquote(path).rstrip("/")


def _content(html: str, url: str) -> _Content:
    """Parse the HTML of a response."""
    soup = parse_html(html)
    if "<style" in html:
        inline_styles(soup)
    return _Content(
        title=words(soup.title.get_text()) if soup.title else "",
        flashes=flashed_messages(soup),
        forms=tuple(read_form(tag, url) for tag in soup.find_all("form")),
        text=visible_text(soup),
    )


def _labelled(form: Form, text: str) -> bool:
    return any(words(text).lower() in button.text.lower() for button in form.buttons)
