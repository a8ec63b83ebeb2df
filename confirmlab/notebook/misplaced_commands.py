"""Reports commands that are written where they cannot run, such as %%fill below other lines."""

import re

from confirmlab.base.errors import KitError

_COMMAND = re.compile(r"(%{1,2})(fill|shell)\b")
_INDENTED = re.compile(r"[ \t]+%%(fill|shell)\b")
_IN_FILL = re.compile(
    r"[ \t]*(%%?(?:fill|refill|check|hint|solution|restore|start_over|lesson|next|progress|submit))"
    r"(?![\w-])"
)


def require_first(lines: list[str]) -> list[str]:
    """Return the lines of a cell as they are.

    Raises:
        KitError: a cell command is below other lines, or behind spaces, or has one sign. Python
            would report a syntax error in the text below it.
    """
    if lines and lines[0].startswith("%%"):
        return lines
    if lines and (indented := _INDENTED.match(lines[0])):
        raise KitError(
            f"Nothing was run: a cell command begins its line. Delete the spaces before "
            f"%%{indented[1]}, and run the cell again."
        )
    for place, line in enumerate(lines):
        command = _COMMAND.match(line)
        if command and command[1] == "%":
            raise KitError(
                f"Nothing was run: %{command[2]} needs two signs. Begin the first line of the cell "
                f"with %%{command[2]}, and run it again."
            )
        if command and place > 0:
            raise KitError(
                f"Nothing was run: %%{command[2]} is in line {place + 1}, and has to be in the "
                "first line of its cell. Move what is above it to another cell, and run it again."
            )
    return lines


# IPython then leaves it out when it only asks whether a cell is complete.
require_first.has_side_effects = True  # type: ignore[attr-defined]


def require_none(text: str) -> None:
    """Refuse a fill that contains a command; in a page it would be shown as text.

    Raises:
        KitError: a line of the fill is a command of the course.
    """
    for number, line in enumerate(text.split("\n"), start=2):  # line 1 is that of %%fill
        command = _IN_FILL.match(line)
        if command:
            raise KitError(
                f"Nothing was filled: line {number} of the cell is the command {command[1]}. Move "
                "that line to a cell of its own, and run this cell again."
            )
