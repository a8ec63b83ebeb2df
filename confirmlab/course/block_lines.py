"""Accept templates that were pasted with the lines of the block around their blank."""

import re
import textwrap
from collections.abc import Iterator, Sequence

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"\{%[-+]?\s*(extends|block|endblock)\b\s*(\w*)[^%]*%\}")


def without(text: str, above: Sequence[str]) -> str:
    """Return what is inside the block if the fill repeats the block around its blank.

    Any other fill is returned as it is. `above` holds the lines of the file before the blank. The
    lines of the fill before the inside become empty, so that line numbers do not change.
    """
    if "block" not in text:
        return text
    before = "".join(above)
    around = _open_block(before)
    blocks = list(_blocks(text))
    inside = [part for name, part, _ in blocks if name == around]
    others = (text[whole] for name, _, whole in blocks if name != around)
    changed = any(_without_space(other) not in _without_space(before) for other in others)
    if len(inside) != 1 or changed or _outside(text, blocks):
        return text
    first, last = inside[0].start, inside[0].stop
    return "\n" * text[:first].count("\n") + textwrap.dedent(text[first:last]).rstrip()


def _open_block(before: str) -> str:
    """Return the name of the innermost block that is not closed; "" if there is none."""
    opened: list[str] = []
    for kind, name in _TAG.findall(_without_comments(before)):
        if kind == "block":
            opened.append(name)
        elif kind == "endblock":
            opened = opened[:-1]
    return opened[-1] if opened else ""


def _blocks(text: str) -> Iterator[tuple[str, slice, slice]]:
    """Yield name, inside and whole of each block that is in no other one."""
    opened: list[re.Match[str]] = []
    for tag in _TAG.finditer(_without_comments(text)):
        if tag[1] == "block":
            opened.append(tag)
        elif tag[1] == "endblock" and opened:
            first = opened.pop()
            if not opened:
                whole = slice(first.start(), tag.end())
                yield first[2], slice(first.end(), tag.start()), whole


def _outside(text: str, blocks: list[tuple[str, slice, slice]]) -> str:
    """Return what a template holds besides its blocks, comments and the line with `extends`."""
    rest = _without_comments(text)
    for *_, whole in reversed(blocks):
        rest = rest[: whole.start] + rest[whole.stop :]
    return _TAG.sub("", rest).strip()


def _without_space(text: str) -> str:
    return "".join(text.split())


def _without_comments(text: str) -> str:
    """Return a text with blanks in place of its comments."""
    return _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
