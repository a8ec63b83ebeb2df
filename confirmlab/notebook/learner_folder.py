"""The learner's folder: the notebooks copied out of the kit, and brought up to date later."""

import json
import shutil
from pathlib import Path
from typing import Any

from confirmlab.base import files, paths
from confirmlab.base.errors import WorkspaceError
from confirmlab.course import notebook_format

_MARK = "course.toml"  # beside notebooks/ it marks the folder as a learner's
_KEPT = ".confirmlab-before"


def start(folder: Path) -> list[str]:
    """Copy the notebooks that the folder lacks; return their names. What is there stays.

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
        shutil.copyfile(paths.in_kit(_MARK), folder / _MARK)
    except OSError as error:
        raise WorkspaceError(
            f"Could not write to {str(folder)!r} ({error.strerror}); name a folder of your own."
        ) from None
    return [path.name for path in missing]


def update(folder: Path) -> tuple[list[str], Path | None]:
    """Replace older notebooks, keep every filled cell; return their names and the copies' place.

    Raises:
        WorkspaceError: the folder holds no course.
    """
    folder = folder.resolve()
    if not (folder / "notebooks").is_dir() or not (folder / _MARK).exists():
        raise WorkspaceError(
            f"There is no course in {str(folder)!r}; confirmlab start FOLDER makes one."
        )
    changed = {}
    for source in _sources():
        target = folder / "notebooks" / source.name
        if target.exists():
            text = merged(files.read(target), files.read(source))
            if not _same(text, files.read(target)):
                changed[target] = text
    kept = _keep(folder, list(changed)) if changed else None
    for target, text in changed.items():
        files.write(target, text)
    start(folder)  # notebooks and course.toml that are new
    return [target.name for target in changed], kept


def merged(own: str, newer: str) -> str:
    """Return the newer notebook with the learner's fills, and with the cells the learner added."""
    mine, theirs = json.loads(own), json.loads(newer)
    cells = {cell.get("id"): cell for cell in mine["cells"]}
    for cell in theirs["cells"]:
        old = cells.get(cell.get("id"))
        if old and (notebook_format.is_answer(cell) or notebook_format.is_refill(cell)):
            cell["source"] = old["source"]
    known = {cell.get("id"): place for place, cell in enumerate(theirs["cells"])}
    added: list[dict[str, Any]] = []
    after = None
    for cell in mine["cells"]:
        if cell.get("id") in known:
            after = cell.get("id")
        elif not str(cell.get("id", "")).startswith("ex-") and "confirmlab" not in cell["metadata"]:
            added.append({"after": after, "cell": cell})
    for entry in reversed(added):
        place = known[entry["after"]] + 1 if entry["after"] in known else 0
        theirs["cells"].insert(place, entry["cell"])
    return json.dumps(theirs, indent=1, ensure_ascii=False) + "\n"


def _same(one: str, other: str) -> bool:
    return _cells(one) == _cells(other)


def _cells(text: str) -> list[tuple[Any, str]]:
    return [(cell.get("id"), "".join(cell["source"])) for cell in json.loads(text)["cells"]]


def _sources() -> list[Path]:
    return sorted(paths.in_kit("notebooks").glob("*.ipynb"))


def _keep(folder: Path, names: list[Path]) -> Path:
    number = len(list((folder / _KEPT).glob("[0-9]*"))) + 1
    target = folder / _KEPT / f"{number:04d}"
    target.mkdir(parents=True)
    for path in names:
        shutil.copyfile(path, target / path.name)
    return target
