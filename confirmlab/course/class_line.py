"""Accept methods that were pasted with the line of the class around them."""

import ast
import re
import textwrap
from collections.abc import Sequence

_CLASS = re.compile(r"(?P<indent>[ \t]*)class[ \t]+(?P<name>\w+)")


def without(text: str, above: Sequence[str], indent: str) -> str:
    """Return the class's body if the fill repeats the class around its blank, or else the fill.

    `above` holds the lines of the file before the blank, and `indent` is the blank's. The lines of
    the fill before the body become empty, so that line numbers do not change.
    """
    if "class " not in text:
        return text
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    if len(nodes) != 1 or not isinstance(nodes[0], ast.ClassDef):
        return text
    first = nodes[0].body[0]
    start = min([first.lineno, *(mark.lineno for mark in getattr(first, "decorator_list", ()))])
    # `class User: pass` has no line to leave out.
    if start == nodes[0].lineno or nodes[0].name != _enclosing(above, indent):
        return text
    body = text.split("\n")[start - 1 :]
    return "\n" * (start - 1) + textwrap.dedent("\n".join(body))


def _enclosing(above: Sequence[str], indent: str) -> str:
    """Return the class whose body a line with this indent would continue; "" if there is none."""
    for line in reversed(above):
        found = _CLASS.match(line)
        if found and len(found["indent"]) < len(indent):
            return found["name"]
    return ""
