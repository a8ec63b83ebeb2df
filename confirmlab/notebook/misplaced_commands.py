"""Reports cell commands, such as %%fill, that are not written as the first line of their cell."""

import re

from confirmlab.base.errors import KitError

_COMMAND = re.compile(r"(%{1,2})(fill|shell)\b")


def require_first(lines: list[str]) -> list[str]:
    """Return the lines of a cell as they are.

    Raises:
        KitError: a cell command is below other lines, or has one sign. Python would report a
            syntax error in the text below it.
    """
    if lines and lines[0].startswith("%%"):
        return lines
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
