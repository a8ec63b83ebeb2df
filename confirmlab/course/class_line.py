"""Accept methods that were pasted with the line of the class around them."""

import ast
import re
import textwrap
from collections.abc import Sequence

_CLASS = re.compile(r"(?P<indent>[ \t]*)class[ \t]+(?P<name>\w+)")


def around(lines: Sequence[str], indent: str) -> str:
    """Return the class whose body a line with this indent would continue; "" if there is none."""
    for line in reversed(lines):
        found = _CLASS.match(line)
        if found and len(found["indent"]) < len(indent):
            return found["name"]
    return ""


def without(text: str, name: str) -> str:
    """Return the class's body if the fill is just a class of this name, or else the fill.

    The lines before the body become empty, so that line numbers do not change.
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
