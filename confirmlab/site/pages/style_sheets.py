"""Write a page's style sheets into its elements' style attributes, as a browser applies them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from confirmlab.site.pages.media_queries import applies

_LONGEST = 1000  # characters of a selector, with those of the rules that it is in
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
_CLASS = re.compile(r"\.[\w-]+|(?<!:):[\w-]+")  # pseudo-classes count like classes
_GROUPED = re.compile(r":(?:is|not|where|has)\b")  # these have the weight of their arguments
_NAME = re.compile(r"(?:^|[\s>+~(])[a-z][\w-]*", re.IGNORECASE)
_GROUPS = ("media", "supports", "layer")  # at-rules whose rules may hold on any page


def inline_styles(page: Any) -> None:
    """Write the rules of a page's style sheets into the elements that they select.

    In the attribute `style` the last declaration wins: the element's own, or else the one of the
    rule with the most weight, or else the one of the last rule.
    """
    sheets = [tag for tag in page.find_all("style") if applies(str(tag.get("media") or "all"))]
    rules: list[tuple[str, str]] = []
    for sheet in sheets:
        with suppress(RecursionError):  # too deeply nested to be written by a person
            rules += _rules(sheet.get_text())
    for selector, declared in reversed(sorted(rules, key=lambda rule: _weight(rule[0]))):
        with suppress(Exception):  # a browser ignores an invalid selector, too
            for tag in page.select(selector):
                tag["style"] = f"{declared};{tag.get('style') or ''}"


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the selector and the declarations of each rule that applies."""
    import tinycss2  # here, since few pages have a sheet of their own

    return _applied(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), [])


def _applied(nodes: Sequence[Any], around: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the rules among some nodes of a sheet; `around` has the selectors of the outer rule."""
    import tinycss2

    if sum(map(len, around)) > _LONGEST:
        return
    declared = "".join(f"{node.serialize()};" for node in nodes if node.type == "declaration")
    yield from ((selector, declared) for selector in around if declared)
    for rule in nodes:
        inner = tinycss2.parse_blocks_contents(getattr(rule, "content", None) or ())
        if rule.type == "qualified-rule":
            selectors = _selectors(rule.prelude)
            yield from _applied(inner, [_nested(around, selector) for selector in selectors])
        elif rule.type == "at-rule" and rule.lower_at_keyword in _GROUPS:
            head = tinycss2.serialize(rule.prelude)
            if rule.lower_at_keyword != "media" or applies(head):
                yield from _applied(inner, around)


def _selectors(prelude: Sequence[Any]) -> list[str]:
    """Return the selectors of a rule, which commas outside of brackets separate."""
    import tinycss2

    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def _nested(outer: list[str], inner: str) -> str:
    if not outer:
        return inner
    around = f":is({', '.join(outer)})"
    return inner.replace("&", around) if "&" in inner else f"{around} {inner}"


def _weight(selector: str) -> tuple[int, int, int]:
    """Return the specificity: the numbers of ids, of classes and of names of elements."""
    rest, attributes = _ATTRIBUTE.subn("", _GROUPED.sub("", selector))
    return rest.count("#"), attributes + len(_CLASS.findall(rest)), len(_NAME.findall(rest))
