"""Find, read and replace the named blanks in a file's text; nothing here opens files."""

import io
import re
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from confirmlab.base.errors import BlankError
from confirmlab.course import block_lines, class_line

# Tolerates a byte order mark, other spaces and capitals, as editors and people produce them.
_MARK = re.compile(
    r"^\ufeff?(?P<indent>[ \t]*)(?:#+|\{#-?)[ \t]*(?P<kind>region|endregion)[ \t:]+"
    r"(?P<id>[a-z][a-z0-9-]*?)[ \t]*(?:-?#\})?[ \t]*$",
    re.IGNORECASE,
)
# A stub's request to write code: a line of its own, or a comment after a statement.
_STUB_REQUEST = re.compile(
    r"^[ \t]*(?:# |<p>)Your (?:code|tests?|text) here.*\r?\n|[ \t]*# Your code here[^\r\n]*"
)
# Template formatters put a marker on one line with the tags around it.
_INLINE_MARK = re.compile(
    r"\{#-?\s*(?P<kind>region|endregion)[\s:]+(?P<id>[a-z][a-z0-9-]*?)\s*-?#\}", re.IGNORECASE
)


@dataclass(frozen=True)
class Blank:
    """One blank: its id, its text without the file's indent, and its line numbers."""

    id: str
    text: str
    indent: str
    first: int  # first line between the markers, counted from 1
    last: int  # last line; smaller than `first` when the blank is empty

    def __repr__(self) -> str:
        return f"<Blank {self.id}, lines {self.first}-{self.last}>"


def find(source: str) -> dict[str, Blank]:
    """Return the blanks of a file by id, in order.

    Raises:
        BlankError: a marker lacks its partner, or an id occurs twice.
    """
    blanks, problems = find_with_problems(source)
    if problems:
        raise BlankError(problems[0])
    return blanks


def find_with_problems(source: str) -> tuple[dict[str, Blank], list[str]]:
    """Return the valid blanks of a file, and a sentence about each problem."""
    source_lines = [line.rstrip("\r\n") for line in separated_lines(source)]
    blanks: dict[str, Blank] = {}
    problems: list[str] = []
    opened: tuple[str, str, int] | None = None
    for number, line in enumerate(source_lines, start=1):
        mark = _MARK.match(line)
        if mark is None:
            continue
        blank_id = mark["id"].lower()
        if mark["kind"].lower() == "region":
            if opened is not None:
                problems.append(_unpaired(source, "endregion", opened[0], number))
            if blank_id in blanks:
                problems.append(
                    f"The blank {blank_id!r} occurs twice, the second time in line {number}; "
                    f"keep one of the two."
                )
            opened = (blank_id, mark["indent"], number)
            continue
        if opened is None or opened[0] != blank_id:
            problems.append(_unpaired(source, "region", blank_id, number))
        elif blank_id not in blanks:
            # Not textwrap.dedent: text in triple quotes may be indented less than its blank.
            inner = [line.removeprefix(opened[1]) for line in source_lines[opened[2] : number - 1]]
            text = normal("\n".join(inner))
            blanks[blank_id] = Blank(blank_id, text, opened[1], opened[2] + 1, number - 1)
        opened = None
    if opened is not None:
        problems.append(_unpaired(source, "endregion", opened[0], len(source_lines) + 1))
    return blanks, problems


def replace(source: str, blank_id: str, text: str) -> str:
    """Return the source with `text` in a blank, indented to fit; the rest is unchanged."""
    if blank_id not in find(source):
        raise BlankError(f"This file has no blank named {blank_id!r}; check the id.")
    return replace_all(source, {blank_id: text})


def replace_all(source: str, fills: Mapping[str, str]) -> str:
    """Return the source with each fill whose blank is in it, indented to fit.

    A fill that repeats the class or the block of a template around its blank is put in without it.
    """
    around, parts, done = separated_lines(source), [], 0
    for blank in find(source).values():
        if blank.id in fills:
            end = "\r\n" if around[blank.first - 2].endswith("\r\n") else "\n"
            # Leading empty lines stay, so that error line numbers match the learner's cell.
            above, text = around[: blank.first - 1], _dedented(fills[blank.id])
            text = block_lines.without(text, above)
            filled = class_line.without(text, above, blank.indent).rstrip("\n")
            inner = [blank.indent + line if line.strip() else "" for line in filled.split("\n")]
            parts += [*around[done : blank.first - 1], *(line + end for line in inner if filled)]
            done = blank.last
    return "".join([*parts, *around[done:]])


def without_unknown_blanks(source: str, known: Collection[str]) -> str:
    """Return the source with the blanks that are not in `known` turned into plain text.

    Their markers, and the lines that ask a learner to write there, are removed.
    """
    parts, done = [], 0
    around = separated_lines(source)
    for blank in find(source).values():
        if blank.id not in known:
            text = "".join(
                _STUB_REQUEST.sub("", line) for line in around[blank.first - 1 : blank.last]
            )
            parts += [
                *around[done : blank.first - 2],
                text.strip("\n") + "\n" if text.strip() else "",
            ]
            done = blank.last + 1
            if not text.strip() and not "".join(around[done : done + 1]).strip():
                done += 1  # the empty line behind a blank of which nothing is left
    return "".join([*parts, *around[done:]]) if done else source


def lines(text: str) -> list[str]:
    """Split text into lines, ends kept, as Python and Jinja do (str.splitlines splits more)."""
    return list(io.StringIO(text, newline=""))


def separated_lines(source: str) -> list[str]:
    """Return the lines of a file by which `find` counts: each marker is a line of its own."""
    return lines(_markers_apart(source))


def _markers_apart(source: str) -> str:
    """Return the text with each paired template marker on a line of its own."""
    marks = {(mark["kind"].lower(), mark["id"].lower()) for mark in _INLINE_MARK.finditer(source)}
    paired = {name for kind, name in marks if {("region", name), ("endregion", name)} <= marks}
    kept = []
    for line in lines(source):
        names = {mark["id"].lower() for mark in _INLINE_MARK.finditer(line)}
        if names & paired and not _MARK.match(line.rstrip("\r\n")):
            indent = line[: len(line) - len(line.lstrip())]
            pieces = _INLINE_MARK.sub(lambda mark: f"\n{mark[0]}\n", line).split("\n")
            kept += [f"{indent}{piece.strip()}\n" for piece in pieces if piece.strip()]
        else:
            kept.append(line)
    return "".join(kept)


def misspelt_marker(source: str, blank_id: str, kind: str = "(?:end)?region") -> tuple[int, str]:
    """Return the number and text of a line with a misspelt marker; (0, "") without one."""
    alike = re.compile(rf"\b{kind}\b.*(?<![\w-]){re.escape(blank_id)}(?![\w-])", re.IGNORECASE)
    for number, line in enumerate(separated_lines(source), start=1):
        if alike.search(line) and not _MARK.match(line.rstrip("\r\n")):
            return number, line.strip()
    return 0, ""


def normal(text: str) -> str:
    """Return a fill without common indent and without empty lines around it."""
    return _dedented(text).strip("\n")


def same(first: str, second: str) -> bool:
    """Return whether two fills are equal apart from white space at line ends."""
    return _stripped_lines(first) == _stripped_lines(second)


def _dedented(text: str) -> str:
    return textwrap.dedent(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


def _stripped_lines(text: str) -> list[str]:
    return [line.rstrip() for line in normal(text).split("\n")]


def _unpaired(source: str, kind: str, blank_id: str, number: int) -> str:
    place, line = misspelt_marker(source, blank_id, kind)
    if place:
        return (
            f"The marker '{kind} {blank_id}' is misspelt in line {place}: "
            f"{line!r}; correct it, or try %restore {blank_id}."
        )
    return (
        f"The marker line '{kind} {blank_id}' is missing before line {number}, so the blank "
        f"{blank_id!r} has no clear bounds; put the line back, or try %restore {blank_id}."
    )
