"""The forms of a page: their fields and buttons, and what a browser sends of them."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from confirmlab.site.pages.html_text import words
from confirmlab.site.pages.visibility import is_hidden

_STOPS = re.compile(r"\breturn\s+false\b|\bpreventDefault\b")


@dataclass(frozen=True)
class Field:
    """One field of a form: its name, its kind, and the values that it sends unchanged."""

    name: str
    kind: str  # text, hidden, password, checkbox, radio, select, textarea ...
    values: tuple[str, ...] = ()  # sent if unchanged; empty for an unticked box
    choices: tuple[str, ...] = ()  # options of a select, or the value of a box


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
        return tuple(dict.fromkeys(field.name for field in self.fields))

    def __repr__(self) -> str:
        return f"<Form {self.method} {urlsplit(self.action).path} {', '.join(self.names)}>"


def read_form(tag: Any, url: str) -> Form:
    """Return a form as a browser sends it from the page at `url`."""
    controls = [control for control in _controls(tag) if not _disabled(control)]
    buttons = [control for control in controls if _is_button(control) and not is_hidden(control)]
    buttons = [button for button in buttons if not _has_no_effect(button, tag)]
    fields = [
        _field(control)
        for control in controls
        if control.get("name") and not _takes_no_text(control)
    ]
    outside = tag.find_parent(["header", "footer"]) and not tag.find_parent("main")
    pressed = buttons[0] if len(buttons) == 1 else {}
    method = pressed.get("formmethod") or tag.get("method") or "get"
    return Form(
        action=urljoin(url, pressed.get("formaction") or tag.get("action") or url),
        method="POST" if method.lower() == "post" else "GET",
        fields=tuple(fields),
        buttons=tuple(_button(button) for button in buttons),
        page=url,
        is_site_navigation=bool(tag.find_parent("nav") or outside),
    )


def _has_no_effect(button: Any, form: Any) -> bool:
    """Return whether a press sends nothing, or nothing that a server reads as a form."""
    encoding = button.get("formenctype") or form.get("enctype") or ""
    does = f"{button.get('onclick', '')};{form.get('onsubmit', '')}"
    return encoding.lower() == "text/plain" or _STOPS.search(does) is not None


def _controls(form: Any) -> list[Any]:
    """List the controls of a form; the attribute `form` of one elsewhere names its form's id."""
    kinds, name = ["input", "select", "textarea", "button"], form.get("id")
    inside = [control for control in form.find_all(kinds) if control.get("form") in (None, name)]
    if not name:
        return inside
    page = list(form.parents)[-1]
    return inside + [
        control for control in page.find_all(kinds, form=name) if form not in control.parents
    ]


def _disabled(tag: Any) -> bool:
    return tag.has_attr("disabled") or tag.find_parent("fieldset", disabled=True) is not None


def _type_of(tag: Any) -> str:
    return (tag.get("type") or ("submit" if tag.name == "button" else "text")).lower()


def _is_button(tag: Any) -> bool:
    return tag.name in ("input", "button") and _type_of(tag) in ("submit", "image")


def _takes_no_text(tag: Any) -> bool:
    """Return whether this control is a button or a file field, which nobody fills in with text."""
    return tag.name == "button" or _type_of(tag) in ("submit", "image", "button", "reset", "file")


def _button(tag: Any) -> Button:
    text = tag.get_text(" ") if tag.name == "button" else tag.get("value", tag.get("alt", "Submit"))
    pictures = " ".join(image.get("alt", "") for image in tag.find_all("img"))
    label = tag.get("aria-label") or f"{text} {pictures}".strip() or tag.get("title", "")
    return Button(words(text), tag.get("name") or "", tag.get("value") or "", words(label))


def _field(tag: Any) -> Field:
    name = tag["name"]
    if tag.name == "textarea":
        return Field(name, "textarea", (tag.get_text().removeprefix("\n"),))
    if tag.name == "select":
        return _select(tag, name)
    kind, value = _type_of(tag), tag.get("value")
    if kind in ("checkbox", "radio"):
        value = "on" if value is None else value
        return Field(name, kind, (value,) if tag.has_attr("checked") else (), (value,))
    return Field(name, kind, (value or "",))


def _select(tag: Any, name: str) -> Field:
    options = [(_option(option), option.has_attr("selected")) for option in tag.find_all("option")]
    values = [value for value, chosen in options if chosen]
    if not tag.has_attr("multiple"):
        values = values[-1:] or [value for value, _ in options[:1]]
    return Field(name, "select", tuple(values), tuple(value for value, _ in options))


def _option(tag: Any) -> str:
    value = tag.get("value")
    # Only its direct text, since the parser puts what follows an unclosed option inside it.
    return words("".join(tag.find_all(string=True, recursive=False))) if value is None else value
