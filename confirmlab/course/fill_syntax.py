"""Reject a fill that does not compile or parse, and name the faulty line of the cell."""

import re
import warnings

import jinja2
from jinja2 import nodes

from confirmlab.base.errors import BlankError
from confirmlab.base.text import clipped
from confirmlab.course import blanks

TOO_DEEP = "it is nested too deeply, or one expression in it is too long"
BAD_CHARACTER = "it contains a NUL byte or half of a character, which cannot be read"
_MAX_QUOTED = 200  # characters of a faulty line that an error quotes
_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '(?!e(?:nd|l))[^']*'")  # not endif, else, elif
_SHOWN_IF = re.compile(r"\{\{-?\s*(?:if|for|set|block|extends|include)\s")
_LINE = re.compile(r"\bline (\d+)")


def check(file_name: str, before: str, after: str, blank_id: str) -> None:
    """Compile or parse the file as it would be with the fill.

    Raises:
        BlankError: the fill breaks the file, or contains marker lines.
    """
    if not _same_blanks(before, after):
        raise BlankError(
            f"The fill for {blank_id!r} contains a region marker, so nothing was changed; "
            "leave the marker lines out."
        )
    problem = _problem(file_name, after)
    if problem is None:
        return
    # If the file was already broken elsewhere, its blanks can still be filled.
    if _problem(file_name, before) is None or _inside(after, blank_id, problem[1]):
        raise BlankError(_sentence(after, blank_id, *problem))


def problem_of(file_name: str, skeleton: str, blank_id: str, fill: str) -> tuple[str, int] | None:
    """Return why a fill does not compile, and the line in the fill; None if it compiles.

    The line is 0 if the error shows only after the fill, and for TOO_DEEP and BAD_CHARACTER.
    """
    source = blanks.replace(skeleton, blank_id, fill)
    problem = _problem(file_name, source)
    if problem is None:
        return None
    message, line = problem
    blank = blanks.find(source)[blank_id]
    message = _with_lines_of(blank, 1 - blank.first, message)
    if _inside(source, blank_id, line):
        return message, line - blank.first + 1
    return _without_other_tags(message), 0


def _same_blanks(before: str, after: str) -> bool:
    try:
        return blanks.find(after).keys() == blanks.find(before).keys()
    except BlankError:
        return False


def _inside(source: str, blank_id: str, line: int) -> bool:
    blank = blanks.find(source)[blank_id]
    return blank.first <= line <= blank.last


def _problem(file_name: str, source: str) -> tuple[str, int] | None:
    source = source.removeprefix("\ufeff")  # byte order mark of some editors, which Python ignores
    try:
        source.encode()
        if file_name.endswith(".py"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(source, file_name, "exec", dont_inherit=True)
        else:
            return _misplaced(jinja2.Environment().parse(source))
    except SyntaxError as error:
        if error.lineno is None:
            return BAD_CHARACTER, 0
        return f"{type(error).__name__}: {error.msg}", error.lineno
    except jinja2.TemplateSyntaxError as error:
        line = "".join(blanks.lines(source)[error.lineno - 1 : error.lineno])
        return f"{type(error).__name__}: {_with_braces(error.message or '', line)}", error.lineno
    except ValueError:  # a lone surrogate; a NUL byte in some versions of Python
        return BAD_CHARACTER, 0
    except (RecursionError, MemoryError):  # Python's parser, and Jinja's
        return TOO_DEEP, 0
    return None


def _with_braces(message: str, line: str) -> str:
    """Return Jinja's message on a line, with a hint where the other kind of braces is meant."""
    unknown = _UNKNOWN_TAG.match(message)
    if unknown:  # what Jinja adds is about tags that are right
        return (
            f"{unknown[0]}; what is to be shown stands in {{{{ … }}}}, and {{% … %}} is for words "
            "such as `if`"
        )
    message = message.rstrip(".")
    return (
        f"{message}; words such as `if` stand in {{% … %}}" if _SHOWN_IF.search(line) else message
    )


def _misplaced(template: nodes.Template) -> tuple[str, int] | None:
    """Return what Jinja refuses only when it renders: `extends` in a block, or a block twice."""
    known: set[str] = set()
    for block in template.find_all(nodes.Block):
        inner = block.find(nodes.Extends)
        if inner is not None:
            return "`extends` is already at the top of the file; leave it out", inner.lineno
        if block.name in known:
            words = f"the file has the block {block.name!r} already; write only what goes inside"
            return words, block.lineno
        known.add(block.name)
    return None


def _sentence(source: str, blank_id: str, message: str, line: int) -> str:
    is_inside = _inside(source, blank_id, line)
    blank = blanks.find(source)[blank_id]
    shift = 2 - blank.first  # line 1 of the cell is the %%fill line itself
    reason = _with_lines_of(blank, shift, message if is_inside else _without_other_tags(message))
    start = f"{blank_id} was not filled, and nothing was changed: {reason}"
    if message == TOO_DEEP:
        return f"{start}; divide it into smaller parts and run the cell again."
    if line == 0:
        return f"{start}; delete that character and run the cell again."
    if not is_inside:
        return f"{start}, noticed after the last line of the cell; is something left open?"
    text = clipped(blanks.lines(source)[line - 1].strip(), _MAX_QUOTED)
    place = f"in line {line + shift} of the cell"
    return f"{start}, {place}:\n\n    {text}\n\nFix it and run the cell again."


def _with_lines_of(blank: blanks.Blank, shift: int, message: str) -> str:
    """Return Python's message with the lines of the blank that it names counted as in the fill."""

    def counted(found: re.Match[str]) -> str:
        line = int(found[1])
        return f"line {line + shift}" if blank.first <= line <= blank.last else found[0]

    return _LINE.sub(counted, message)


def _without_other_tags(message: str) -> str:
    """Return Jinja's last sentence alone: the others are about tags outside of the fill."""
    start, last, block = message.partition("The innermost block")
    return f"{start.partition(':')[0]}: {last}{block}" if last else message
