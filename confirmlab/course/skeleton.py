"""The app with blanks: its stubs, its files, and an app built from it with fills."""

import io
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import blanks, lessons

# What running an app, its tests and its linter leaves behind.
_LEFT_BEHIND = {"__pycache__", "instance", ".confirmlab", ".pytest_cache", ".ruff_cache"}


@cache
def stubs() -> dict[str, str]:
    """Give each blank of the skeleton as it stands before the lesson."""
    found: dict[str, str] = {}
    for exercise in lessons.load().exercises:
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
    filled = {Path(lessons.load().exercise(blank_id).file) for blank_id in given}
    for folder, names in contents().items():
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
def contents() -> dict[Path, dict[str, bytes]]:
    """Keep the skeleton in memory, by folder: children of a warm parent build it in no time."""
    found: dict[Path, dict[str, bytes]] = {}
    for name in skeleton_files():
        content = paths.in_kit("app_skeleton", name).read_bytes()
        found.setdefault(name.parent, {})[name.name] = content
    return found
