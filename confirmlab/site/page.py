"""Parse a page of the app as a person sees it: title, text, flashed messages, forms."""

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from confirmlab.base.errors import SiteError
from confirmlab.site.visibility import inline_styles, is_hidden

_BLOCKS = frozenset(
    [
        *(
            "address article aside blockquote br dd details div dl dt fieldset figure footer"
        ).split(),
        *("form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section").split(),
        *("summary table td th tr ul").split(),
    ]
)
_UNSEEN = frozenset({"head", "noscript", "script", "style", "template", "title"})
_MESSAGES = frozenset({"flash", "flashes", "alert"})  # classes in use for them
_ROLES = frozenset({"alert", "status"})


class _End:
    """Marks the end of a block while text is collected."""


@dataclass(frozen=True)
class Field:
    """One field of a form: its name, its kind, and the values that it sends unchanged."""

    name: str
    kind: str  # text, hidden, password, checkbox, radio, select, textarea ...
    values: tuple[str, ...] = ()  # what is sent now; empty for an unticked box
    choices: tuple[str, ...] = ()  # of a select, or the value of a box


@dataclass(frozen=True)
class Button:
    """A button that submits a form: its text, and the value it adds.

    `label` is its accessible name, which a screen reader speaks: https://www.w3.org/TR/accname-1.2/
    """

    text: str
    name: str = ""
    value: str = ""
    label: str = ""


@dataclass(frozen=True)
class Form:
    """A form of a page: its target, fields and buttons."""

    action: str
    method: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]
    page: str  # address of its page
    is_site_navigation: bool = False  # part of the navigation that is on every page

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the fields, each once."""
        return tuple(dict.fromkeys(one.name for one in self.fields))

    def __repr__(self) -> str:
        return f"<Form {self.method} {urlsplit(self.action).path} {', '.join(self.names)}>"


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

    @cached_property
    def _content(self) -> _Content:
        # On demand: parsing takes as long as the request, and often only the status matters.
        return _content(self.html, self.url)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.path} {self.title!r}>"

    def has_form(self, *names: str, action: str | None = None, button: str | None = None) -> bool:
        """Return whether a form has all these fields, this path and this button."""
        return bool(self._fitting(names, action, button))

    def form(self, *names: str, action: str | None = None, button: str | None = None) -> Form:
        """Return the one form that has all these fields, this path and this button.

        Raises:
            SiteError: there is none, or several.
        """
        found = self._fitting(names, action, button)
        # The form to log out is on every page; it counts only if it is asked for.
        named = bool(names or action or button)
        best = [one for one in found if not one.is_site_navigation] or (found if named else [])
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

    def _fitting(self, names: Any, action: str | None, button: str | None) -> list[Form]:
        return [
            form
            for form in self.forms
            if set(names) <= set(form.names)
            and (action is None or urlsplit(form.action).path == urlsplit(action).path)
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


def _content(html: str, url: str) -> _Content:
    """Parse the HTML of a response."""
    soup = parse_html(html)
    if "<style" in html:
        inline_styles(soup)
    return _Content(
        title=_words(soup.title.get_text()) if soup.title else "",
        flashes=_flashes(soup),
        forms=tuple(_form(tag, url) for tag in soup.find_all("form")),
        text=_text(soup),
    )


def parse_html(html: str) -> Any:
    """Parse any markup, as leniently as a browser."""
    from bs4 import BeautifulSoup  # a tenth of a second, paid by those who open pages

    with warnings.catch_warnings():
        # It warns when a text looks like a file name or like XML, and cannot parse `<![`.
        warnings.simplefilter("ignore")
        return BeautifulSoup(html.replace("<![", "&lt;!["), "html.parser")


def _flashes(soup: Any) -> tuple[str, ...]:
    found = []
    boxes = soup.find_all(_is_message)  # a CSS selector would be slow
    known = {id(box) for box in boxes}  # by identity: == compares all their contents
    for box in boxes:
        if not any(id(outer) in known for outer in box.parents):
            found += [_words(one.get_text(" ")) for one in box.find_all("li") or [box]]
    return tuple(message for message in found if message)


def _is_message(tag: Any) -> bool:
    return tag.get("role") in _ROLES or not _MESSAGES.isdisjoint(tag.get("class") or ())


def _text(soup: Any) -> str:
    """Return the visible text, one line per block; iterative, so that deep pages are safe."""
    pieces: list[str] = []
    todo = list(reversed(soup.contents))
    while todo:
        one = todo.pop()
        if isinstance(one, _End):
            pieces.append("\n")
        elif one.name is None:
            pieces.append(one if type(one) in soup.interesting_string_types else "")
        elif one.name not in _UNSEEN and not _hides(one):
            if one.name in _BLOCKS:
                pieces.append("\n")
                todo.append(_End())
            todo += reversed(one.contents)
    lines = (_words(line) for line in "".join(pieces).replace("\xa0", " ").splitlines())
    return "\n".join(line for line in lines if line)


def _hides(tag: Any) -> bool:
    style = "".join((tag.get("style") or "").lower().split())
    return tag.has_attr("hidden") or "display:none" in style or "visibility:hidden" in style


def _words(text: str) -> str:
    return " ".join(text.split())


def _form(tag: Any, url: str) -> Form:
    controls = [one for one in _controls(tag) if not _disabled(one)]
    buttons = [one for one in controls if _is_button(one) and not is_hidden(one)]
    fields = [_field(one) for one in controls if one.get("name") and not _pressed(one)]
    outside = tag.find_parent(["header", "footer"]) and not tag.find_parent("main")
    pressed = buttons[0] if len(buttons) == 1 else {}
    method = pressed.get("formmethod") or tag.get("method") or "get"
    return Form(
        action=urljoin(url, pressed.get("formaction") or tag.get("action") or url),
        method="POST" if method.lower() == "post" else "GET",
        fields=tuple(fields),
        buttons=tuple(_button(one) for one in buttons),
        page=url,
        is_site_navigation=bool(tag.find_parent("nav") or outside),
    )


def _controls(form: Any) -> list[Any]:
    """List the controls of a form; the attribute `form` of one elsewhere names its form's id."""
    kinds, name = ["input", "select", "textarea", "button"], form.get("id")
    inside = [one for one in form.find_all(kinds) if one.get("form") in (None, name)]
    if not name:
        return inside
    page = list(form.parents)[-1]
    return inside + [one for one in page.find_all(kinds, form=name) if form not in one.parents]


def _disabled(tag: Any) -> bool:
    return tag.has_attr("disabled") or tag.find_parent("fieldset", disabled=True) is not None


def _kind(tag: Any) -> str:
    return (tag.get("type") or ("submit" if tag.name == "button" else "text")).lower()


def _is_button(tag: Any) -> bool:
    return tag.name in ("input", "button") and _kind(tag) in ("submit", "image")


def _pressed(tag: Any) -> bool:
    """Return whether this control is a button or a file field, which nobody fills in with text."""
    return tag.name == "button" or _kind(tag) in ("submit", "image", "button", "reset", "file")


def _button(tag: Any) -> Button:
    text = tag.get_text(" ") if tag.name == "button" else tag.get("value", tag.get("alt", "Submit"))
    pictures = " ".join(image.get("alt", "") for image in tag.find_all("img"))
    label = tag.get("aria-label") or f"{text} {pictures}".strip() or tag.get("title", "")
    return Button(_words(text), tag.get("name") or "", tag.get("value") or "", _words(label))


def _field(tag: Any) -> Field:
    name = tag["name"]
    if tag.name == "textarea":
        return Field(name, "textarea", (tag.get_text().removeprefix("\n"),))
    if tag.name == "select":
        return _select(tag, name)
    kind, value = _kind(tag), tag.get("value")
    if kind in ("checkbox", "radio"):
        value = "on" if value is None else value
        return Field(name, kind, (value,) if tag.has_attr("checked") else (), (value,))
    return Field(name, kind, (value or "",))


def _select(tag: Any, name: str) -> Field:
    options = [(_option(one), one.has_attr("selected")) for one in tag.find_all("option")]
    values = [value for value, chosen in options if chosen]
    if not tag.has_attr("multiple"):
        values = values[-1:] or [value for value, _ in options[:1]]
    return Field(name, "select", tuple(values), tuple(value for value, _ in options))


def _option(tag: Any) -> str:
    value = tag.get("value")
    # Only its own words: the parser puts what follows an unclosed option inside it.
    return _words("".join(tag.find_all(string=True, recursive=False))) if value is None else value


def _labelled(form: Form, text: str) -> bool:
    return any(_words(text).lower() in button.text.lower() for button in form.buttons)
