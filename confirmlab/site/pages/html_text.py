"""Parse HTML, and read the text of a page as a person sees it."""

import warnings
from typing import Any

from confirmlab.site.pages.declarations import style_of

_BLOCKS = frozenset(
    "address article aside blockquote br dd details div dl dt fieldset figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr legend li main nav ol option p pre section summary table td th tr "
    "ul".split()
)
_UNSEEN = frozenset({"head", "noscript", "script", "style", "template", "title"})
_MESSAGES = frozenset({"flash", "flashes", "alert"})  # common classes of flashed messages
_ROLES = frozenset({"alert", "status"})


class _End:
    """Marks the end of a block while text is collected."""


def parse_html(html: str) -> Any:
    """Parse any markup, as leniently as a browser."""
    from bs4 import BeautifulSoup  # imported here, since it takes a tenth of a second

    with warnings.catch_warnings():
        # It warns when a text looks like a file name or like XML, and cannot parse `<![`.
        warnings.simplefilter("ignore")
        return BeautifulSoup(html.replace("<![", "&lt;!["), "html.parser")


def visible_text(soup: Any) -> str:
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
    lines = (words(line) for line in "".join(pieces).replace("\xa0", " ").splitlines())
    return "\n".join(line for line in lines if line)


def flashed_messages(soup: Any) -> tuple[str, ...]:
    """Return the messages that a page flashes."""
    found = []
    boxes = soup.find_all(_is_message)  # a CSS selector would be slow
    known = {id(box) for box in boxes}  # compared by identity, since == compares all contents
    for box in boxes:
        if not any(id(outer) in known for outer in box.parents):
            found += [words(item.get_text(" ")) for item in box.find_all("li") or [box]]
    return tuple(message for message in found if message)


def _is_message(tag: Any) -> bool:
    return tag.get("role") in _ROLES or not _MESSAGES.isdisjoint(tag.get("class") or ())


def words(text: str) -> str:
    """Return the words of a text with one space between them."""
    return " ".join(text.split())


def _hides(tag: Any) -> bool:
    style = style_of(tag) if tag.get("style") else {}
    unseen = style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse")
    return unseen or tag.has_attr("hidden")
