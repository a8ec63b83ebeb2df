"""Whether a person can see an element of a page or of a mail, by the element's own styles."""

import re
from typing import Any

from confirmlab.site.pages.declarations import style_of

_NAMES = {"white": "ffffff", "black": "000000"}
_OUTSIDE_WINDOW = re.compile(r"-\d{3,}")  # outside of the window, on the left or above
_SMALLEST = {"px": 4, "pt": 4, "em": 0.3, "rem": 0.3, "%": 30}  # font sizes still seen
_SIZES = ("width", "height", "max-width", "max-height")
_EXTENTS = ("width", "height", "min-", "padding", "border")
_NOTHING = ("", "transparent", "none", "inherit", "initial", "unset", "rgba(0,0,0,0)")
_CLOSED = ("template", "textarea", "title", "option", "video", "audio", "iframe", "object")
_FAINT = r"(0?\.?0\d*%?|\d(\.\d*)?%)"  # opacity below a tenth
_SHRUNK = {
    "opacity": re.compile(f"{_FAINT}$"),
    "zoom": re.compile(f"{_FAINT}$"),
    "filter": re.compile(rf"opacity\({_FAINT}\)"),
    "transform": re.compile(rf"scale(3d|x|y)?\({_FAINT}[,)]"),
    "clip": re.compile(r"rect\(0"),
    "clip-path": re.compile(r"(inset\((50|[6-9]\d|100)%|circle\(0)"),
}
_MIN_COLOUR_DISTANCE = 40  # distance, of 765, of two colours that look alike


def is_hidden(tag: Any, paper: str = "") -> bool:
    """Return whether an element is not shown: itself, or all of the text and pictures in it.

    `paper` is the colour behind a document that names none; without one it is unknown.
    """
    pictures = [tag] if tag.name == "img" else tag.find_all("img")
    texts = [text.parent for text in tag.find_all(string=True) if text.strip()]
    lettered = texts or ([] if pictures else [tag])
    return all(_is_faint(*_with_ancestors(tag), paper) for tag in lettered) and all(
        is_speck(picture) or _is_gone(*_with_ancestors(picture)) for picture in pictures
    )


def is_empty(tag: Any) -> bool:
    """Return whether an element has no size: no text, no element in it, and no styles for one."""
    sized = any(name.startswith(_EXTENTS) for name in style_of(tag))
    return not (tag.get_text().strip() or tag.find(True) or sized)


def is_speck(tag: Any) -> bool:
    """Return whether a picture is made so small that nobody sees it; a thin line is seen."""
    style = style_of(tag)
    named = [style.get(name) or str(tag.get(name) or "") for name in ("width", "height")]
    sizes = [size.strip() for size in named if size.strip()]
    flat = any(re.fullmatch(r"0+(\.0*)?(px|r?em|%)?", size) for size in sizes)
    return flat or bool(sizes) and all(re.fullmatch(r"0*[0-2](px)?", size) for size in sizes)


def _with_ancestors(tag: Any) -> tuple[list[Any], list[dict[str, str]]]:
    """Return an element and all elements around it, the innermost first, and their styles."""
    chain = [tag, *tag.parents]
    return chain, [style_of(tag) for tag in chain]


def _is_gone(chain: list[Any], styles: list[dict[str, str]]) -> bool:
    """Return whether an element is removed from view, by itself or by an element around it."""
    visibility = _innermost(styles, "visibility")
    return visibility in ("hidden", "collapse") or any(map(_hides_itself, chain, styles))


def _is_faint(chain: list[Any], styles: list[dict[str, str]], paper: str) -> bool:
    """Return whether the letters of an element cannot be read."""
    tiny = _is_tiny(_innermost(styles, "font-size"))
    return _is_gone(chain, styles) or tiny or _has_no_contrast(chain, styles, paper)


def _is_tiny(size: str) -> bool:
    found = re.fullmatch(r"(\d*\.?\d+)(px|pt|em|rem|%|)", size)
    return found is not None and float(found[1]) < _SMALLEST.get(found[2], 1)


def _hides_itself(tag: Any, style: dict[str, str]) -> bool:
    """Return whether an element hides itself and all that it contains."""
    moves = (style.get(name, "") for name in ("left", "right", "top", "margin-left", "text-indent"))
    flat = "hidden" in style.get("overflow", "") and any(
        re.fullmatch(r"0(px|em|%)?", style.get(name, "")) for name in _SIZES
    )
    gone = tag.has_attr("hidden") or style.get("display") == "none" or flat
    closed = tag.name in _CLOSED or tag.name == "dialog" and not tag.has_attr("open")
    shrunk = any(pattern.match(style.get(name, "")) for name, pattern in _SHRUNK.items())
    return (
        gone
        or closed
        or shrunk
        or _is_beyond_reach(tag, style)
        or any(map(_OUTSIDE_WINDOW.match, moves))
    )


def _is_beyond_reach(tag: Any, style: dict[str, str]) -> bool:
    """Return whether nobody can click what an element contains."""
    return tag.has_attr("inert") or style.get("pointer-events") == "none"


def _has_no_contrast(chain: list[Any], styles: list[dict[str, str]], paper: str) -> bool:
    links = [place for place, tag in enumerate(chain) if tag.name == "a"]
    inside = styles[: links[0] + 1] if links else styles  # a link has a colour of its own
    colour = _innermost(inside, "color")
    if colour == "transparent":
        return True
    behind = next(filter(None, map(_background, styles)), paper)
    one, other = _rgb(colour), _rgb(behind)
    return one is not None and other is not None and _distance(one, other) < _MIN_COLOUR_DISTANCE


def _background(style: dict[str, str]) -> str:
    """Return what an element paints behind its text: a picture, a colour or nothing."""
    painted = (style.get(f"background-{kind}", "") for kind in ("image", "color"))
    return next((value for value in painted if value not in _NOTHING), "")


def _distance(one: list[int], other: list[int]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _rgb(colour: str) -> list[int] | None:
    digits = _NAMES.get(colour, colour.removeprefix("#"))
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(2 * digit for digit in digits)
    if re.fullmatch(r"[0-9a-f]{6}", digits):
        return list(bytes.fromhex(digits))
    parts = re.fullmatch(r"rgba?\((\d+),(\d+),(\d+)(?:,1)?\)", colour)
    return [int(part) for part in parts.groups()] if parts else None


def _innermost(styles: list[dict[str, str]], name: str) -> str:
    """Return the value of the innermost element that has one."""
    return next((style[name] for style in styles if name in style), "")
