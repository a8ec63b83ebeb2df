"""The learner's folder: copy the notebooks into it, and update them later."""

import json
import shutil
from pathlib import Path
from typing import Any

from confirmlab.base import files, paths
from confirmlab.base.errors import WorkspaceError
from confirmlab.course import notebook_format

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
        (folder / "notebooks").mkdir(parents=True, exist_ok=True)
        missing = [path for path in _sources() if not (folder / "notebooks" / path.name).exists()]
        for path in missing:
            shutil.copyfile(path, folder / "notebooks" / path.name)
        shutil.copyfile(paths.in_kit(_COURSE_FILE), folder / _COURSE_FILE)
    except OSError as error:
        raise WorkspaceError(
            f"Could not write to {str(folder)!r} ({error.strerror}); name a folder of your own."
        ) from None
    return [path.name for path in missing]


def update(folder: Path) -> tuple[list[str], Path | None]:
    """Replace outdated notebooks but keep every filled cell; return names and folder of copies.

    Raises:
        WorkspaceError: the folder holds no course.
    """
    folder = folder.resolve()
    if not (folder / "notebooks").is_dir() or not (folder / _COURSE_FILE).exists():
        raise WorkspaceError(
            f"There is no course in {str(folder)!r}; confirmlab start FOLDER makes one."
        )
    changed = {}
    for source in _sources():
        target = folder / "notebooks" / source.name
        if target.exists():
            text = merged(files.read(target), files.read(source))
            if _cells(text) != _cells(files.read(target)):
                changed[target] = text
    kept = _keep_copies(folder, list(changed)) if changed else None
    for target, text in changed.items():
        files.write(target, text)
    start(folder)  # adds notebooks that are new, and the newer course.toml
    return [target.name for target in changed], kept


def merged(older: str, newer: str) -> str:
    """Return the newer notebook with the learner's fills and added cells from the older one."""
    old, new = json.loads(older), json.loads(newer)
    own_cells = {cell.get("id"): cell for cell in old["cells"]}
    for cell in new["cells"]:
        own_cell = own_cells.get(cell.get("id"))
        if own_cell and (notebook_format.is_answer(cell) or notebook_format.is_refill(cell)):
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
    return json.dumps(new, indent=1, ensure_ascii=False) + "\n"


def _cells(text: str) -> list[tuple[Any, str]]:
    return [(cell.get("id"), "".join(cell["source"])) for cell in json.loads(text)["cells"]]


def _sources() -> list[Path]:
    return sorted(paths.in_kit("notebooks").glob("*.ipynb"))


def _keep_copies(folder: Path, notebooks: list[Path]) -> Path:
    number = len(list((folder / _COPIES).glob("[0-9]*"))) + 1
    target = folder / _COPIES / f"{number:04d}"
    target.mkdir(parents=True)
    for path in notebooks:
        shutil.copyfile(path, target / path.name)
    return target
