"""Accept methods that were pasted with the line of the class around them."""

import ast
import re
import textwrap
from collections.abc import Sequence

_CLASS = re.compile(r"(?P<indent>[ \t]*)class[ \t]+(?P<name>\w+)")


def around(lines: Sequence[str], indent: str) -> str:
    """Return the name of the class that is open after these lines, seen from an indent, or ""."""
    for line in reversed(lines):
        found = _CLASS.match(line)
        if found and len(found["indent"]) < len(indent):
            return found["name"]
    return ""


def without(text: str, name: str) -> str:
    """Return the body of a fill that is a class of this name and nothing else; else the fill.

    The lines before the body become empty, so that the numbers of the others stay.
    """
    if not name or f"class {name}" not in text:
        return text
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError):
        return text
    if len(nodes) != 1 or not isinstance(nodes[0], ast.ClassDef) or nodes[0].name != name:
        return text
    first = nodes[0].body[0]
    start = min([first.lineno, *(mark.lineno for mark in getattr(first, "decorator_list", ()))])
    if start == nodes[0].lineno:  # `class User: pass`
        return text
    body = text.split("\n")[start - 1 :]
    return "\n" * (start - 1) + textwrap.dedent("\n".join(body))
