"""Find the links in a mail."""

import re
from collections.abc import Iterator
from html import unescape

_LINK = re.compile(r"https?://[^\s<>\"'\\^`{|}]{1,4000}", re.IGNORECASE)
# Divides a tag into attributes as browsers do, since a link missed here would be shown unchecked.
# Every repetition is bounded: html.parser takes minutes for a few kilobytes of hostile tags.
ANCHOR = re.compile(
    r"""<(?:a|area)(?=[\s/])"""
    r"""(?>[\s/]{0,99}(?!(?:xlink:)?href\s{0,9}=)[^\s/<>][^\s/<>=]{0,99}"""
    r"""(?>\s{0,9}=\s{0,9}(?:"[^"]{0,2000}"|'[^']{0,2000}'|[^\s"'<>][^\s<>]{0,2000}))?){0,30}"""
    r"""[\s/]{0,99}(?:xlink:)?href\s{0,9}=\s{0,9}"""
    r"""(?P<target>"[^"]{0,4000}"|'[^']{0,4000}'|[^\s"'<>]{1,4000})""",
    re.IGNORECASE,
)
_MOST_PUNCTUATION = 50  # characters removed from the end of a link


def find(texts: list[str], pages: list[str]) -> Iterator[str]:
    """Yield the links of plain texts and of HTML pages."""
    for text in texts:
        yield from (_without_punctuation(link[0]) for link in _LINK.finditer(text))
    for page in pages:
        first, *rest = page.split("<!--")
        visible = first + "".join(part.partition("-->")[2] for part in rest)
        for anchor in ANCHOR.finditer(visible):
            target = unescape(anchor["target"]).strip("\"' \n")
            if re.match("https?://", target, re.IGNORECASE):
                yield target


def _without_punctuation(link: str) -> str:
    """Return a link without the full stop or bracket that follows it in a sentence."""
    for _ in range(_MOST_PUNCTUATION):
        if not (link[-1] in ".,;:!?*_" or (link[-1] in ")]" and _is_unpaired(link))):
            break
        link = link[:-1]
    return link


def _is_unpaired(link: str) -> bool:
    opening = "(" if link[-1] == ")" else "["
    return link.count(link[-1]) > link.count(opening)
