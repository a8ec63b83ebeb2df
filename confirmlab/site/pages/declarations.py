"""The CSS declarations that apply to an element, from its attributes and its style."""

from collections.abc import Iterator
from typing import Any

# Attributes of old HTML that are equivalent to declarations.
_ATTRIBUTES = {"color": "color", "bgcolor": "background-color", "background": "background-image"}
_IMPORTANT = "!important"


def style_of(tag: Any) -> dict[str, str]:
    """Return the value of each property, in lower case and without spaces.

    Of several declarations an important one wins, or else the last one.
    """
    named = {name: str(tag[own]).lower() for own, name in _ATTRIBUTES.items() if tag.get(own)}
    parts = str(tag.get("style") or "").lower().split(";")
    parts.sort(key=lambda part: _IMPORTANT in "".join(part.split()))
    return named | dict(pair for part in parts for pair in _declared(part))


def _declared(part: str) -> Iterator[tuple[str, str]]:
    name, colon, value = part.partition(":")
    if not colon:
        return
    name, value = name.strip(), "".join(value.split()).replace(_IMPORTANT, "")
    if name == "background":  # the shorthand sets both, also the one that it does not name
        yield "background-image", value if "url(" in value or "gradient(" in value else "none"
        name = "background-color"
    yield name, value
