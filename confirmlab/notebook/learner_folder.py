"""The learner's folder: copy the notebooks into it, and update them later."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from confirmlab.base import files, paths
from confirmlab.base.errors import WorkspaceError
from confirmlab.course import lessons, notebook_format

_COURSE_FILE = "course.toml"  # found beside notebooks/, it shows that a folder holds the course
_COPIES = ".confirmlab-before"


def start(folder: Path) -> list[str]:
    """Copy missing notebooks into the folder, and return their names.

    Raises:
        WorkspaceError: the folder cannot be written, or it is a clone of the kit.
    """
    folder = folder.resolve()
    if (folder / "app_skeleton").exists():
        raise WorkspaceError(f"{str(folder)!r} is a clone of the kit; run make lab there.")
    try:
        missing = [name for name in _names() if not (folder / "notebooks" / name).exists()]
        for name in missing:
            (folder / "notebooks" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(paths.in_kit("notebooks", name), folder / "notebooks" / name)
        shutil.copyfile(paths.in_kit(_COURSE_FILE), folder / _COURSE_FILE)
    except OSError as error:
        raise WorkspaceError(
            f"Could not write to {str(folder)!r} ({error.strerror}); name a folder of your own."
        ) from None
    return missing


def update(folder: Path) -> tuple[list[str], Path | None]:
    """Replace outdated notebooks but keep what learners wrote; return names and folder of copies.

    Raises:
        WorkspaceError: the folder holds no course, or one of its notebooks cannot be read.
    """
    folder = folder.resolve()
    if not (folder / "notebooks").is_dir() or not (folder / _COURSE_FILE).exists():
        raise WorkspaceError(
            f"There is no course in {str(folder)!r}; confirmlab start FOLDER makes one."
        )
    changed = {}
    for name in _names():
        target = folder / "notebooks" / name
        if target.exists():
            own = files.read(target)
            newer = files.read(paths.in_kit("notebooks", name))
            _require_notebook(own, f"notebooks/{name}")
            _require_ids(own, newer, f"notebooks/{name}")
            text = merged(own, newer)
            if _cells(text) != _cells(own):
                changed[name] = text
    kept = _keep_copies(folder, changed) if changed else None
    for name, text in changed.items():
        files.write(folder / "notebooks" / name, text)
    start(folder)  # adds notebooks that are new, and the newer course.toml
    return list(changed), kept


def merged(older: str, newer: str) -> str:
    """Return the newer notebook with the older one's fills, practice code and added cells."""
    old, new = json.loads(older), json.loads(newer)
    own_cells = {cell.get("id"): cell for cell in old["cells"]}
    for cell in new["cells"]:
        own_cell = own_cells.get(cell.get("id"))
        if own_cell and _is_the_learners(cell):
            cell["source"] = own_cell["source"]
    known = {cell.get("id"): place for place, cell in enumerate(new["cells"])}
    added: list[dict[str, Any]] = []
    after = None
    for cell in old["cells"]:
        if cell.get("id") in known:
            after = cell.get("id")
        elif not str(cell.get("id", "")).startswith("ex-") and "confirmlab" not in cell["metadata"]:
            added.append({"after": after, "cell": cell})
    for entry in reversed(added):
        place = known[entry["after"]] + 1 if entry["after"] in known else 0
        new["cells"].insert(place, entry["cell"])
    text = json.dumps(new, indent=1, ensure_ascii=False) + "\n"
    # Half of an emoji, which browsers save as an escape: UTF-8 has no other form for it.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _is_the_learners(cell: dict[str, Any]) -> bool:
    """Return whether learners write into this cell of the course."""
    kinds = (notebook_format.is_answer, notebook_format.is_refill, notebook_format.is_practice)
    return any(is_kind(cell) for is_kind in kinds)


def _require_notebook(text: str, name: str) -> None:
    try:
        notebook = json.loads(text)
        reason = "" if _has_cells(notebook) else "its cells are missing or incomplete"
    except ValueError as error:
        reason = f"it is not JSON: {error}"
    except RecursionError:
        reason = "it is nested too deeply"
    if reason:
        raise WorkspaceError(
            f"{name!r} is no notebook ({reason}), so nothing was updated; fix the file "
            "(a merge may have left marks in it) or move it away, and run confirmlab update again."
        )


def _require_ids(own: str, newer: str, name: str) -> None:
    """Raise an error if no cell has an id of the course: an update would double all cells.

    Old tools save notebooks without ids, and JupyterLab then makes random ones.
    """
    ids = {cell_id for cell_id, _ in _cells(own)}
    if ids and ids.isdisjoint(cell_id for cell_id, _ in _cells(newer)):
        raise WorkspaceError(
            f"{name!r} cannot be updated (its cells have lost their ids, as when an old tool saved "
            "it), so nothing was updated; move the file away, run confirmlab update again to get "
            "a new one, and copy your cells into it."
        )


def _has_cells(notebook: Any) -> bool:
    """Return whether each cell has what an update looks at."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return isinstance(cells, list) and all(
        isinstance(cell, dict)
        and isinstance(cell.get("id", ""), str)
        and isinstance(cell.get("metadata"), dict)
        and _is_text(cell.get("source"))
        for cell in cells
    )


def _is_text(source: Any) -> bool:
    lines = source if isinstance(source, list) else [source]
    return all(isinstance(line, str) for line in lines)


def _cells(text: str) -> list[tuple[Any, str]]:
    return [(cell.get("id"), "".join(cell["source"])) for cell in json.loads(text)["cells"]]


def _names() -> list[str]:
    """Return the names of the notebooks, and of those of the short way in their folder."""
    root = paths.in_kit("notebooks")
    every = [*root.glob("*.ipynb"), *root.glob(f"{lessons.SHORT_FOLDER}/*.ipynb")]
    return sorted(path.relative_to(root).as_posix() for path in every)


def _keep_copies(folder: Path, names: Iterable[str]) -> Path:
    numbers = [
        int(path.name) for path in (folder / _COPIES).glob("[0-9]*") if path.name.isdecimal()
    ]
    target = folder / _COPIES / f"{max(numbers, default=0) + 1:04d}"
    try:
        for name in names:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "notebooks" / name, target / name)
    except OSError as error:
        raise WorkspaceError(
            f"Could not keep copies in {str(target)!r} ({error.strerror}), so nothing was updated; "
            "make room, or allow writing there, and run confirmlab update again."
        ) from None
    return target
