"""Evaluate media queries for the usual reader's screen: bright and wide."""

import re

_SIZES = {"width": 1024, "height": 720}  # size of the window, in pixels
_PIXELS = {"em": 16, "rem": 16}  # in one unit; all other numbers are pixels
_ELSEWHERE = re.compile(
    r"\b(?:print|speech|aural|braille|embossed|handheld|projection|tty|tv)\b"
    r"|prefers-color-scheme:dark|prefers-contrast(?!:no-preference)"
    r"|prefers-reduced-\w+(?!\w|:no-preference)|forced-colors(?!:none)|inverted-colors(?!:none)"
    r"|orientation:portrait|monochrome|(?:any-)?hover:none|pointer:(?:coarse|none)"
    r"|scripting:none|display-mode:(?!browser)"
)
_NUMBER = r"(\d+\.?\d*|\.\d+)(r?em|px)?"
_SIZE = re.compile(rf"(max|min)-(?:device-)?(width|height):{_NUMBER}")
_RANGE = re.compile(rf"(width|height)([<>])=?{_NUMBER}")
_REVERSED = re.compile(rf"{_NUMBER}([<>])=?(width|height)")


def applies(media: str) -> bool:
    """Return whether one of the queries, which commas separate, holds on such a screen."""
    return any(map(_is_query_met, media.lower().split(",")))


def _is_query_met(query: str) -> bool:
    negated = len(re.findall(r"\bnot\b", query)) % 2 == 1
    plain = re.sub(r" ?([:<>=()]) ?", r"\1", " ".join(query.split()))
    sizes = [(end == "max", *rest) for end, *rest in _SIZE.findall(plain)]
    sizes += [(sign == "<", name, *rest) for name, sign, *rest in _RANGE.findall(plain)]
    sizes += [(sign == ">", name, *rest) for *rest, sign, name in _REVERSED.findall(plain)]
    fits = all(_is_size_met(*size) for size in sizes) and not _ELSEWHERE.search(plain)
    return fits != negated


def _is_size_met(is_limit: bool, name: str, number: str, unit: str) -> bool:
    asked = float(number) * _PIXELS.get(unit, 1)
    return _SIZES[name] <= asked if is_limit else _SIZES[name] >= asked
