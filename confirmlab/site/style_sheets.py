"""The style sheets of a page, written into its elements as a browser would apply them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from confirmlab.site.media_queries import applies

_COMMA = re.compile(r",(?![^(\[]*[)\]])")  # not within brackets
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
_CLASS = re.compile(r"\.[\w-]+|(?<!:):[\w-]+")  # and what counts like one
_NAME = re.compile(r"(?:^|[\s>+~(])[a-z][\w-]*", re.IGNORECASE)
_GROUPS = ("media", "supports", "layer", "container")  # at-rules that hold rules


def inline_styles(page: Any) -> None:
    """Write the rules of a page's style sheets into the elements that they are about.

    In the attribute `style` the last declaration wins: the element's own, or else the one of the
    rule with the most weight, or else the one of the last rule.
    """
    sheets = [tag for tag in page.find_all("style") if applies(str(tag.get("media") or "all"))]
    rules = [rule for sheet in sheets for rule in _rules(sheet.get_text())]
    for selector, declared in reversed(sorted(rules, key=lambda rule: _weight(rule[0]))):
        with suppress(Exception):  # what no selector says, a browser skips as well
            for tag in page.select(selector):
                tag["style"] = f"{declared};{tag.get('style') or ''}"


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the selector and the declarations of each rule that applies."""
    import tinycss2  # here, since few pages have a sheet of their own

    return _applied(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), "")


def _applied(nodes: Sequence[Any], around: str) -> Iterator[tuple[str, str]]:
    """Yield those of some nodes of a sheet; `around` is the selector of the rule they are in."""
    import tinycss2

    declared = "".join(f"{one.serialize()};" for one in nodes if one.type == "declaration")
    if around and declared:
        for selector in _COMMA.split(around):
            yield selector.strip(), declared
    for rule in nodes:
        head = tinycss2.serialize(getattr(rule, "prelude", ())).strip()
        inner = tinycss2.parse_blocks_contents(getattr(rule, "content", None) or ())
        if rule.type == "qualified-rule":
            yield from _applied(inner, _nested(around, head) if around else head)
        elif rule.type == "at-rule" and rule.lower_at_keyword in _GROUPS:
            if rule.lower_at_keyword != "media" or applies(head):
                yield from _applied(inner, around)


def _nested(outer: str, inner: str) -> str:
    around = f":is({outer})"
    return inner.replace("&", around) if "&" in inner else f"{around} {inner}"


def _weight(selector: str) -> tuple[int, int, int]:
    """Return the specificity: the numbers of ids, of classes and of names of elements."""
    rest, attributes = _ATTRIBUTE.subn("", selector)
    return rest.count("#"), attributes + len(_CLASS.findall(rest)), len(_NAME.findall(rest))
