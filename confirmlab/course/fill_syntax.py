"""Refuse a fill that does not compile, and show its line in the cell."""

import warnings

import jinja2

from confirmlab.base.errors import BlankError
from confirmlab.course import blanks


def check(file_name: str, before: str, after: str, blank_id: str) -> None:
    """Compile or parse the file as it would be with the fill.

    Raises:
        BlankError: the fill breaks the file, or carries marker lines of its own.
    """
    if not _same_blanks(before, after):
        raise BlankError(
            f"The fill for {blank_id!r} has a region marker in it, so nothing was changed; "
            "leave the marker lines out."
        )
    problem = _problem(file_name, after)
    if problem is None:
        return
    # A file that was broken elsewhere by hand before must not lock its blanks.
    if _problem(file_name, before) is None or _inside(after, blank_id, problem[1]):
        raise BlankError(_sentence(after, blank_id, *problem))


def problem_of(file_name: str, skeleton: str, blank_id: str, fill: str) -> tuple[str, int] | None:
    """Return why a fill does not compile, and its line in the fill; None if it does.

    The line is 0 where the fault shows only behind the fill.
    """
    source = blanks.replace(skeleton, blank_id, fill)
    problem = _problem(file_name, source)
    if problem is None:
        return None
    message, line = problem
    first = blanks.find(source)[blank_id].first
    return message, line - first + 1 if _inside(source, blank_id, line) else 0


def _same_blanks(before: str, after: str) -> bool:
    try:
        return blanks.find(after).keys() == blanks.find(before).keys()
    except BlankError:
        return False


def _inside(source: str, blank_id: str, line: int) -> bool:
    blank = blanks.find(source)[blank_id]
    return blank.first <= line <= blank.last


def _problem(file_name: str, source: str) -> tuple[str, int] | None:
    source = source.removeprefix("\ufeff")  # some editors begin a file so; Python reads over it
    try:
        source.encode()
        if file_name.endswith(".py"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(source, file_name, "exec", dont_inherit=True)
        else:
            jinja2.Environment().parse(source)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}", error.lineno or 0
    except jinja2.TemplateSyntaxError as error:
        # Jinja ends with what helps, after a sentence on tags that the learner never wrote.
        said = "".join(error.message.partition("The innermost block")[1:]) or error.message
        return f"{type(error).__name__}: {said.rstrip('.')}", error.lineno
    except ValueError as error:  # NUL bytes, halves of characters
        return f"{type(error).__name__}: {error}", 0
    return None


def _sentence(source: str, blank_id: str, message: str, line: int) -> str:
    start = f"{blank_id} was not filled, and nothing was changed: {message}"
    if line == 0:
        return f"{start}; delete that character and run the cell again."
    if not _inside(source, blank_id, line):
        return f"{start}, noticed after the last line of the cell; is something left open?"
    # Line 1 of the cell is the %%fill line itself.
    number = line - blanks.find(source)[blank_id].first + 2
    text = blanks.lines(source)[line - 1].strip()
    return f"{start}, in line {number} of the cell:\n\n    {text}\n\nMend that line, run it again."
