"""Read the reference fills out of the solved notebooks, and build an app from fills."""

import io
import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from confirmlab import blanks, course
from confirmlab.base import paths
from confirmlab.base.errors import CourseError

_ANSWER = re.compile(r"ex-[a-z0-9-]+-fill")
_REFILL = re.compile(r"ex-(?P<exercise>[a-z0-9-]+)-refill-(?P<blank>[a-z0-9-]+)")
FINISHED = "07"  # the lesson after which the app of the course is done; what follows hardens it
# What running an app, its tests and its linter leaves behind.
_LEFT_BEHIND = {"__pycache__", "instance", ".confirmlab", ".pytest_cache", ".ruff_cache"}


@cache
def fills(lesson: str = "99") -> dict[str, str]:
    """Give each blank's reference fill as it stands after a lesson (the latest one counts)."""
    found: dict[str, str] = {}
    for entry in course.load().lessons:
        if entry.number <= lesson:
            found.update(_fills_in(paths.in_kit("solutions", f"{entry.name}.ipynb")))
    return found


def fill(exercise_id: str) -> str:
    """Give the reference fill of one exercise."""
    return answer(exercise_id)[exercise_id]


@cache
def answer(exercise_id: str) -> dict[str, str]:
    """Give what one exercise fills: its own blank, and those that it fills anew."""
    exercise = course.load().exercise(exercise_id)
    own = {f"ex-{exercise_id}-fill", *(refill_id(exercise_id, name) for name in exercise.refills)}
    name = course.load().lesson(exercise.lesson).name
    found = _fills_in(paths.in_kit("solutions", f"{name}.ipynb"), own)
    for blank_id in (exercise_id, *exercise.refills):
        if blank_id not in found:
            raise CourseError(
                f"solutions/ holds no fill for {blank_id!r}; write its %%fill cell there."
            )
    return found


@cache
def stubs() -> dict[str, str]:
    """Give each blank of the skeleton as it stands before the lesson."""
    found: dict[str, str] = {}
    for exercise in course.load().exercises:
        source = paths.in_kit("app_skeleton", exercise.file).read_text(encoding="utf-8")
        blank = blanks.find(source).get(exercise.id)
        if blank is None:
            raise CourseError(f"app_skeleton/{exercise.file} has no blank {exercise.id!r}; add it.")
        found[exercise.id] = blank.text
    return found


def is_stub(exercise_id: str, text: str) -> bool:
    """Say whether a text is what the skeleton holds in that blank."""
    return blanks.same(text, stubs()[exercise_id])


def app_files(root: Path) -> list[Path]:
    """List the files of an app, relative to it, without what running it leaves behind."""
    names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(name for name in names if not _LEFT_BEHIND & set(name.parts))


def skeleton_files() -> list[Path]:
    """List the files of the skeleton, relative to it."""
    return app_files(paths.in_kit("app_skeleton"))


def build(target: Path, given: Mapping[str, str], only: Sequence[str] = ()) -> Path:
    """Make a fresh app in `target` from the skeleton, with the given fills in their blanks.

    With `only`, no more than these files and folders of the skeleton are copied.
    """
    filled = {Path(course.load().exercise(blank_id).file) for blank_id in given}
    for folder, names in skeleton().items():
        chosen = [name for name in names if not only or (folder / name).parts[0] in only]
        if chosen:
            os.makedirs(target / folder, exist_ok=True)
        for name in chosen:
            content = names[name]
            if folder / name in filled:
                source = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()
                content = blanks.replace_all(source, given).encode()
            with open(target / folder / name, "wb") as file:
                file.write(content)
    return target


@cache
def skeleton() -> dict[Path, dict[str, bytes]]:
    """Keep the skeleton in memory, by folder: children of a warm parent build it in no time."""
    found: dict[Path, dict[str, bytes]] = {}
    for name in skeleton_files():
        content = paths.in_kit("app_skeleton", name).read_bytes()
        found.setdefault(name.parent, {})[name.name] = content
    return found


def fill_cell(source: str) -> tuple[str, str] | None:
    """Split the source of a %%fill cell into the blank's id and the fill; None for other cells."""
    first, _, rest = source.partition("\n")
    words = first.split()
    return (words[1], rest) if len(words) == 2 and words[0] == "%%fill" else None


def is_answer(cell: dict) -> bool:
    """Say whether a cell is the one in which an exercise is filled (others may fill drafts)."""
    return cell["cell_type"] == "code" and bool(_ANSWER.fullmatch(cell.get("id", "")))


def is_refill(cell: dict) -> bool:
    """Say whether a cell is one in which an exercise fills an earlier blank anew."""
    return cell["cell_type"] == "code" and bool(_REFILL.fullmatch(cell.get("id", "")))


def refill_id(exercise_id: str, blank_id: str) -> str:
    """Name the cell in which an exercise fills an earlier blank anew."""
    return f"ex-{exercise_id}-refill-{blank_id}"


def _fills_in(path: Path, only: Collection[str] = ()) -> dict[str, str]:
    if not path.exists():
        return {}
    notebook = json.loads(path.read_text(encoding="utf-8"))
    answers = [cell for cell in notebook["cells"] if is_answer(cell) or is_refill(cell)]
    chosen = [cell for cell in answers if not only or cell["id"] in only]
    return dict(filter(None, (fill_cell("".join(cell["source"])) for cell in chosen)))
