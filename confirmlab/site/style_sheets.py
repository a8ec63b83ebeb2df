"""The style sheets of a page, written into its elements as a browser would apply them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from typing import Any

from confirmlab.site.media_queries import applies

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_STATEMENT = re.compile(r"@[^{};]*;")  # @import, @charset: no rules follow in braces
_PIECE = re.compile(r"([^{}]*)([{}])")
_COMMA = re.compile(r",(?![^(\[]*[)\]])")  # not within brackets
_ATTRIBUTE = re.compile(r"\[[^\]]*\]")
_CLASS = re.compile(r"\.[\w-]+|(?<!:):[\w-]+")  # and what counts like one
_NAME = re.compile(r"(?:^|[\s>+~(])[a-z][\w-]*", re.IGNORECASE)


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
    heads: list[str] = []  # of the blocks that are open
    for text, brace in _PIECE.findall(_STATEMENT.sub(" ", _COMMENT.sub(" ", sheet))):
        before, _, last = text.rpartition(";")
        if brace == "{":
            yield from _rule(heads, before)
            heads.append(last.strip())
        elif heads:
            yield from _rule(heads, text)
            heads.pop()


def _rule(heads: list[str], declared: str) -> Iterator[tuple[str, str]]:
    media = [head.lower().partition("@media") for head in heads]
    selectors = [head for head in heads if not head.startswith("@")]
    if selectors and declared.strip() and all(applies(what) for _, at, what in media if at):
        for selector in _COMMA.split(reduce(_nested, selectors)):
            yield selector.strip(), declared


def _nested(outer: str, inner: str) -> str:
    around = f":is({outer})"
    return inner.replace("&", around) if "&" in inner else f"{around} {inner}"


def _weight(selector: str) -> tuple[int, int, int]:
    """Return the specificity: the numbers of ids, of classes and of names of elements."""
    rest, attributes = _ATTRIBUTE.subn("", selector)
    return rest.count("#"), attributes + len(_CLASS.findall(rest)), len(_NAME.findall(rest))
