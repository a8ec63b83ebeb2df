"""Update a learner's file to a newer skeleton, and keep what the learner wrote."""

from collections.abc import Collection
from difflib import SequenceMatcher
from typing import NamedTuple

from confirmlab.course import blanks


class _Part(NamedTuple):
    """One line of a file, or one blank with its markers; parts with the same key are the same."""

    key: tuple[str, str]
    text: str


def merged(own: str, before: str, newer: str) -> str:
    """Return the learner's file with the changes between two versions of the skeleton applied.

    A change is made only where the learner's lines around it are those of the old skeleton. Blanks
    keep their text, and none is removed.
    """
    mine, old, new = _parts(own), _parts(before), _parts(newer)
    in_mine = {part.key for part in mine}
    places = {-1: -1, len(old): len(mine)}
    for block in _matcher(old, mine).get_matching_blocks():
        places |= {block.a + step: block.b + step for step in range(block.size)}
    end = "\r\n" if "\r\n" in own else "\n"
    for kind, i1, i2, j1, j2 in reversed(_matcher(old, new).get_opcodes()):
        around = [places.get(i) for i in range(i1 - 1, i2 + 1)]
        start = around[0]
        removed, added = old[i1:i2], new[j1:j2]
        untouched = start is not None and around == [start + n for n in range(len(around))]
        known = any(part.key[0] == "blank" and part.key in in_mine for part in removed + added)
        if kind != "equal" and start is not None and untouched and not known:
            text = [part.text.replace("\r\n", "\n").replace("\n", end) for part in added]
            place = start + 1
            mine[place : place + i2 - i1] = [_Part(("", ""), piece) for piece in text]
    *earlier, last = [part.text for part in mine] or [""]
    # What was the last line may have had no line end.
    return "".join(text if text.endswith(("\n", "\r")) else text + end for text in earlier) + last


def without(source: str, blank_ids: Collection[str]) -> str:
    """Return the source without some blanks, their markers and the empty lines between them."""
    kept: list[_Part] = []
    skipping = False
    for part in _parts(source):
        if part.key[0] == "blank" and part.key[1] in blank_ids:
            skipping = bool(kept) and kept[-1].key == ("line", "")
        elif not (skipping and part.key == ("line", "")):
            kept.append(part)
            skipping = False
    return "".join(part.text for part in kept)


def _parts(source: str) -> list[_Part]:
    around, parts, done = blanks.separated_lines(source), [], 0
    for blank in blanks.find(source).values():
        parts += _lines(around[done : blank.first - 2])
        done = blank.last + 1
        parts.append(_Part(("blank", blank.id), "".join(around[blank.first - 2 : done])))
    return parts + _lines(around[done:])


def _lines(lines: list[str]) -> list[_Part]:
    return [_Part(("line", line.rstrip()), line) for line in lines]


def _matcher(first: list[_Part], second: list[_Part]) -> SequenceMatcher:
    return SequenceMatcher(None, [p.key for p in first], [p.key for p in second], autojunk=False)
