"""Find, read and replace the named blanks in the text of a file: text in, text out."""

import io
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from confirmlab.base.errors import BlankError

_MARK = re.compile(
    r"^(?P<indent>[ \t]*)(?:#|\{#) ?(?P<kind>region|endregion) (?P<id>[a-z][a-z0-9-]*)"
    r" ?(?:#\})?[ \t]*$"
)


@dataclass(frozen=True)
class Blank:
    """Hold one blank: its id, its text without the file's indent, and where it stands."""

    id: str
    text: str
    indent: str
    first: int  # number of the first line between the markers, counted from 1
    last: int  # number of the last one; below `first` when the blank is empty

    def __repr__(self) -> str:
        return f"<Blank {self.id}, lines {self.first}-{self.last}>"


def find(source: str) -> dict[str, Blank]:
    """List the blanks of a file by id, in their order.

    Raises:
        BlankError: a marker has lost its partner, or an id stands twice.
    """
    blanks, problems = survey(source)
    if problems:
        raise BlankError(problems[0])
    return blanks


def survey(source: str) -> tuple[dict[str, Blank], list[str]]:
    """List the blanks that have clear bounds, and say in a sentence each what the others lack."""
    found = [line.rstrip("\r\n") for line in lines(source)]
    blanks: dict[str, Blank] = {}
    problems: list[str] = []
    opened: tuple[str, str, int] | None = None
    for number, line in enumerate(found, start=1):
        mark = _MARK.match(line)
        if mark is None:
            continue
        blank_id = mark["id"]
        if mark["kind"] == "region":
            if opened is not None:
                problems.append(_unpaired("endregion", opened[0], number))
            if blank_id in blanks:
                problems.append(
                    f"The blank {blank_id!r} stands twice, the second time in line {number}; "
                    f"keep one of the two."
                )
            opened = (blank_id, mark["indent"], number)
            continue
        if opened is None or opened[0] != blank_id:
            problems.append(_unpaired("region", blank_id, number))
        elif blank_id not in blanks:
            # Line by line: a text in triple quotes may stand further to the left than its blank.
            inner = [line.removeprefix(opened[1]) for line in found[opened[2] : number - 1]]
            text = normal("\n".join(inner))
            blanks[blank_id] = Blank(blank_id, text, opened[1], opened[2] + 1, number - 1)
        opened = None
    if opened is not None:
        problems.append(_unpaired("endregion", opened[0], len(found) + 1))
    return blanks, problems


def replace(source: str, blank_id: str, text: str) -> str:
    """Put `text` into a blank, indented to fit; all around it stays as it is, byte for byte."""
    if blank_id not in find(source):
        raise BlankError(f"This file has no blank named {blank_id!r}.")
    return replace_all(source, {blank_id: text})


def replace_all(source: str, fills: Mapping[str, str]) -> str:
    """Put each fill whose blank stands in this file into its place."""
    around, parts, done = lines(source), [], 0
    for blank in find(source).values():
        if blank.id in fills:
            end = "\r\n" if around[blank.first - 2].endswith("\r\n") else "\n"
            # Empty lines at the top stay, so that line 5 of the cell is four lines into the blank.
            filled = _dedented(fills[blank.id]).rstrip("\n")
            inner = [blank.indent + line if line.strip() else "" for line in filled.split("\n")]
            parts += [*around[done : blank.first - 1], *(line + end for line in inner if filled)]
            done = blank.last
    return "".join([*parts, *around[done:]])


def lines(text: str) -> list[str]:
    """Split a text, line ends kept, where Python and Jinja do; str.splitlines knows more places."""
    return list(io.StringIO(text, newline=""))


def normal(text: str) -> str:
    """Take the common indent and the empty lines around a fill away."""
    return _dedented(text).strip("\n")


def same(one: str, other: str) -> bool:
    """Say whether two fills are equal but for white space at the ends of lines."""
    return _bare(one) == _bare(other)


def _dedented(text: str) -> str:
    return textwrap.dedent(text.replace("\r\n", "\n").replace("\r", "\n"))


def _bare(text: str) -> list[str]:
    return [line.rstrip() for line in normal(text).split("\n")]


def _unpaired(kind: str, blank_id: str, number: int) -> str:
    return (
        f"The marker '{kind} {blank_id}' is missing before line {number}, so the blank "
        f"{blank_id!r} has no clear bounds; put the line back, or try %restore {blank_id}."
    )
