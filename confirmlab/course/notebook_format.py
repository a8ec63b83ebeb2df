"""Derive the learner's notebook from a solved one; write notebooks in one fixed format."""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import CourseError

Notebook = dict[str, Any]

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_CELL_FILE = re.compile(r"\S*/ipykernel_\d+/\d+\.py")
_ANSWER = re.compile(r"ex-[a-z0-9-]+-fill")
_REFILL = re.compile(r"ex-(?P<exercise>[a-z0-9-]+)-refill-(?P<blank>[a-z0-9-]+)")
_LESSON_LINE = re.compile(r"^%lesson \d+$", re.MULTILINE)
_NOTEBOOK_LINK = re.compile(r"\]\((?:\.\./|short/)*(\d\d_\w+)\.ipynb")
_ITEM = re.compile(r"^(?=[-*|] |\d+\. )", re.MULTILINE)
_PLACE = "# Your code here."
_SHORT = "short"  # tag of a cell that is also on the short way
_SHORT_ONLY = "short-only"  # tag of a cell that only the short way has


def read(text: str) -> Notebook:
    """Parse a notebook; the source of each cell becomes one string."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def load(path: Path) -> Notebook:
    """Read a notebook of the course.

    Raises:
        CourseError: the file is no notebook; a merge may have left marks in it.
    """
    text = files.read_utf8(path, CourseError, "restore the file, or change its permissions")
    try:
        return read(text)
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(f"{path.name!r} is no notebook ({error}); fix or restore it.") from None


def learner_version(solved: Notebook, stubs: dict[str, str]) -> Notebook:
    """Return the notebook without answers and outputs.

    The `-fill` cell of an exercise gets the stub of its blank; a `-refill-` cell becomes `%refill`,
    which brings the learner's own fill; a cell tagged `solution` loses everything from the line
    `# solution` on, or all of it if there is no such line.
    """
    cells = [_emptied(cell, stubs) for cell in solved["cells"] if not _only_solved(cell)]
    return {**solved, "cells": cells}


def without_links_to_others(notebook: Notebook, names: Collection[str]) -> Notebook:
    """Return the notebook without what links to notebooks that are not among these names.

    That is the paragraph, list item or table row with the link; an introduction that ends in a
    colon goes with the last item of its list.
    """
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and _leads_elsewhere(cell["source"], names):
            cell = {**cell, "source": _without_links(cell["source"], names)}
        if cell["source"]:
            cells.append(cell)
    return {**notebook, "cells": cells}


def _without_links(source: str, names: Collection[str]) -> str:
    kept: list[str] = []
    for block in source.split("\n\n"):
        parts = _ITEM.split(block) if _ITEM.match(block) else [block]
        rest = "".join(part for part in parts if not _leads_elsewhere(part, names)).rstrip("\n")
        if rest:
            kept.append(rest)
        elif len(parts) > 1 and kept and kept[-1].endswith(":"):
            kept.pop()
    return "\n\n".join(kept)


def _leads_elsewhere(text: str, names: Collection[str]) -> bool:
    return not set(_NOTEBOOK_LINK.findall(text)) <= set(names)


def full_version(notebook: Notebook) -> Notebook:
    """Return the notebook without the cells that only the short way has."""
    cells = [cell for cell in notebook["cells"] if _SHORT_ONLY not in tags(cell)]
    return {**notebook, "cells": cells}


def short_version(notebook: Notebook) -> Notebook:
    """Return the notebook of the short way; its %lesson line gets the option --short."""
    cells = [
        _on_the_short_way(cell)
        for cell in notebook["cells"]
        if not {_SHORT, _SHORT_ONLY}.isdisjoint(tags(cell))
    ]
    return {**notebook, "cells": cells}


def write(notebook: Notebook) -> str:
    """Return a notebook as text with fixed order and indent and no varying metadata."""
    fixed = {
        "cells": [_in_fixed_format(cell) for cell in notebook["cells"]],
        "metadata": {"kernelspec": _KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(fixed, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def tags(cell: dict[str, Any]) -> list[str]:
    """Return the tags of a cell."""
    return cell["metadata"].get("tags", [])


def _on_the_short_way(cell: dict[str, Any]) -> dict[str, Any]:
    kept = [tag for tag in tags(cell) if tag not in (_SHORT, _SHORT_ONLY)]
    source = _LESSON_LINE.sub(r"\g<0> --short", cell["source"])
    return {**cell, "source": source, "metadata": {"tags": kept} if kept else {}}


def _only_solved(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "markdown" and "solution" in tags(cell)


def _emptied(cell: dict[str, Any], stubs: dict[str, str]) -> dict[str, Any]:
    if cell["cell_type"] != "code":
        return cell
    source = cell["source"]
    if is_answer(cell):
        source = f"%%fill {_blank(cell, stubs)}\n{stubs[_blank(cell, stubs)]}"
    elif is_refill(cell):
        source = f"%refill {_blank(cell, stubs)}"
    elif "solution" in tags(cell):
        source = _before_solution(source)
    kept = [tag for tag in tags(cell) if tag != "solution"]
    metadata = {"tags": kept} if kept else {}
    return {**cell, "source": source, "metadata": metadata, "outputs": [], "execution_count": None}


def _blank(cell: dict[str, Any], stubs: dict[str, str]) -> str:
    blank_id, _ = fill_cell(cell["source"]) or ("", "")
    if blank_id not in stubs:
        raise CourseError(
            f"The cell {cell['id']!r} fills no blank of the skeleton; "
            "begin it with %%fill and the blank's id."
        )
    return blank_id


def _before_solution(source: str) -> str:
    lines = source.splitlines()
    place = lines.index("# solution") if "# solution" in lines else 0
    return "\n".join([*lines[:place], _PLACE])


def _in_fixed_format(cell: dict[str, Any]) -> dict[str, Any]:
    fixed = {
        "cell_type": cell["cell_type"],
        "id": cell["id"],
        "metadata": {"tags": tags(cell)} if tags(cell) else {},
        "source": cell["source"].splitlines(keepends=True),
    }
    if "attachments" in cell:  # pictures pasted into a text cell
        fixed["attachments"] = cell["attachments"]
    if cell["cell_type"] == "code":
        fixed["execution_count"] = cell["execution_count"]
        fixed["outputs"] = [_fixed_output(output) for output in cell["outputs"]]
    return fixed


def _fixed_output(output: dict[str, Any]) -> dict[str, Any]:
    fixed = dict(output)
    if "text" in fixed:
        fixed["text"] = _CELL_FILE.sub("<cell>", "".join(fixed["text"])).splitlines(keepends=True)
    if "traceback" in fixed:  # contains paths of this machine
        fixed["traceback"] = [f"{fixed['ename']}: {fixed['evalue']}"]
    if "data" in fixed:
        fixed["data"] = {kind: _lines(value) for kind, value in fixed["data"].items()}
    return fixed


def _lines(value: Any) -> Any:
    text = "".join(value) if isinstance(value, list) else value
    return text.splitlines(keepends=True) if isinstance(text, str) else text


def fill_cell(source: str) -> tuple[str, str] | None:
    """Split a %%fill cell into the blank's id and the fill; return None for other cells."""
    first, _, rest = source.partition("\n")
    words = first.split()
    return (words[1], rest) if len(words) == 2 and words[0] == "%%fill" else None


def is_answer(cell: dict) -> bool:
    """Return whether this is the cell that fills an exercise (drafts may use %%fill, too)."""
    return cell["cell_type"] == "code" and is_fill_id(cell.get("id", ""))


def is_refill(cell: dict) -> bool:
    """Return whether this cell fills an earlier exercise's blank again."""
    return cell["cell_type"] == "code" and bool(_REFILL.fullmatch(cell.get("id", "")))


def is_practice(cell: dict) -> bool:
    """Return whether learners write code into this cell that fills no blank."""
    return cell["cell_type"] == "code" and "".join(cell["source"]).split("\n")[-1] == _PLACE


def fill_id(exercise_id: str) -> str:
    """Return the id of the cell that fills an exercise."""
    return f"ex-{exercise_id}-fill"


def is_fill_id(cell_id: str) -> bool:
    """Return whether a cell with this id fills an exercise."""
    return bool(_ANSWER.fullmatch(cell_id))


def refill_id(exercise_id: str, blank_id: str) -> str:
    """Return the id of the cell in which an exercise fills an earlier blank again."""
    return f"ex-{exercise_id}-refill-{blank_id}"
