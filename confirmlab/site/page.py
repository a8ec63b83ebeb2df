"""Read a page of the app as a person does: where one is, what it says, what to fill in."""

import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from confirmlab.base.errors import SiteError

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
    """Mark the end of a block while its words are collected."""


@dataclass(frozen=True)
class Field:
    """Hold one thing to fill in: its name, its kind, and what it sends as it stands."""

    name: str
    kind: str  # text, hidden, password, checkbox, radio, select, textarea ...
    values: tuple[str, ...] = ()  # what is sent now; nothing for a box without a tick
    choices: tuple[str, ...] = ()  # of a select, or the value of a box


@dataclass(frozen=True)
class Button:
    """Hold a button that sends a form: what stands on it, and what it adds."""

    text: str
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Form:
    """Hold a form of a page: where it goes, and what there is to fill in."""

    action: str
    method: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]
    page: str  # address of the page it stands on
    furniture: bool = False  # part of the navigation that is on every page

    @property
    def names(self) -> tuple[str, ...]:
        """List the names of the fields, each once."""
        return tuple(dict.fromkeys(one.name for one in self.fields))

    def __repr__(self) -> str:
        return f"<Form {self.method} {urlsplit(self.action).path} {', '.join(self.names)}>"


@dataclass(frozen=True)
class _Content:
    """Hold what the HTML of a page comes to."""

    title: str
    flashes: tuple[str, ...]
    forms: tuple[Form, ...]
    text: str


@dataclass(frozen=True)
class Page:
    """Hold one answer of the app, which is read when somebody asks what it says."""

    status: int
    path: str
    trail: tuple[str, ...]  # the paths that led here by redirects, in order
    html: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    plain: str | None = field(default=None, repr=False)  # what it says if it is no HTML

    @property
    def title(self) -> str:
        """Give what stands in the title of the window."""
        return self._content.title

    @property
    def text(self) -> str:
        """Give the words that can be seen, a line for each block."""
        return self._content.text if self.plain is None else self.plain

    @property
    def flashes(self) -> tuple[str, ...]:
        """List the messages that the app flashed."""
        return self._content.flashes

    @property
    def forms(self) -> tuple[Form, ...]:
        """List the forms, in their order."""
        return self._content.forms

    @cached_property
    def _content(self) -> _Content:
        # Late, since it takes as long as the answer did, and of many pages only the status counts.
        return _content(self.html, self.url)

    def __repr__(self) -> str:
        return f"<Page {self.status} {self.path} {self.title!r}>"

    def has_form(self, *names: str, action: str | None = None, button: str | None = None) -> bool:
        """Say whether a form has all these fields, this path, this button."""
        return bool(self._fitting(names, action, button))

    def form(self, *names: str, action: str | None = None, button: str | None = None) -> Form:
        """Pick the one form that has all these fields, this path, this button.

        Raises:
            SiteError: there is none, or several.
        """
        found = self._fitting(names, action, button)
        # A form to log out stands on every page, and is meant only by those who name it.
        named = bool(names or action or button)
        best = [one for one in found if not one.furniture] or (found if named else [])
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
        """Show a header of the answer, or None."""
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
    trail: tuple[str, ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Page:
    """Make a page of the HTML of an answer."""
    return Page(status, urlsplit(url).path or "/", trail, html, url, headers)


def _content(html: str, url: str) -> _Content:
    """Take the HTML of an answer apart."""
    soup = parse_html(html)
    return _Content(
        title=_words(soup.title.get_text()) if soup.title else "",
        flashes=_flashes(soup),
        forms=tuple(_form(tag, url) for tag in soup.find_all("form")),
        text=_text(soup),
    )


def parse_html(html: str) -> Any:
    """Parse any markup, in the way that a lenient browser does."""
    from bs4 import BeautifulSoup  # a tenth of a second, paid by those who open pages

    with warnings.catch_warnings():
        # Short texts remind it of file names, and of XML. And `<![` it would not parse.
        warnings.simplefilter("ignore")
        return BeautifulSoup(html.replace("<![", "&lt;!["), "html.parser")


def _flashes(soup: Any) -> tuple[str, ...]:
    found = []
    boxes = soup.find_all(_is_message)  # a selector takes a fifth of the time of reading a page
    known = {id(box) for box in boxes}  # by identity: comparing tags compares all that is in them
    for box in boxes:
        if not any(id(outer) in known for outer in box.parents):
            found += [_words(one.get_text(" ")) for one in box.find_all("li") or [box]]
    return tuple(message for message in found if message)


def _is_message(tag: Any) -> bool:
    return tag.get("role") in _ROLES or not _MESSAGES.isdisjoint(tag.get("class") or ())


def _text(soup: Any) -> str:
    """Give the words that can be seen, a line for each block; a deep page is no danger."""
    pieces: list[str] = []
    todo = list(reversed(soup.contents))
    while todo:
        one = todo.pop()
        if isinstance(one, _End):
            pieces.append("\n")
        elif one.name is None:
            pieces.append(one if type(one) in soup.interesting_string_types else "")
        elif one.name not in _UNSEEN and not one.has_attr("hidden"):
            if one.name in _BLOCKS:
                pieces.append("\n")
                todo.append(_End())
            todo += reversed(one.contents)
    lines = (_words(line) for line in "".join(pieces).replace("\xa0", " ").splitlines())
    return "\n".join(line for line in lines if line)


def _words(text: str) -> str:
    return " ".join(text.split())


def _form(tag: Any, url: str) -> Form:
    controls = [one for one in tag.find_all(["input", "select", "textarea", "button"])]
    controls = [one for one in controls if not _disabled(one)]
    buttons = [one for one in controls if _is_button(one)]
    fields = [_field(one) for one in controls if one.get("name") and not _pressed(one)]
    outside = tag.find_parent(["header", "footer"]) and not tag.find_parent("main")
    return Form(
        action=urljoin(url, tag.get("action") or url),
        method="POST" if (tag.get("method") or "get").lower() == "post" else "GET",
        fields=tuple(fields),
        buttons=tuple(_button(one) for one in buttons),
        page=url,
        furniture=bool(tag.find_parent("nav") or outside),
    )


def _disabled(tag: Any) -> bool:
    return tag.has_attr("disabled") or tag.find_parent("fieldset", disabled=True) is not None


def _kind(tag: Any) -> str:
    return (tag.get("type") or ("submit" if tag.name == "button" else "text")).lower()


def _is_button(tag: Any) -> bool:
    return tag.name in ("input", "button") and _kind(tag) in ("submit", "image")


def _pressed(tag: Any) -> bool:
    """Say whether this is a thing to press rather than to fill in."""
    return tag.name == "button" or _kind(tag) in ("submit", "image", "button", "reset", "file")


def _button(tag: Any) -> Button:
    text = tag.get_text(" ") if tag.name == "button" else tag.get("value", tag.get("alt", "Submit"))
    return Button(_words(text), tag.get("name") or "", tag.get("value") or "")


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
