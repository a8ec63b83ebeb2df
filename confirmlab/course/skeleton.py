"""The app with blanks: its files, its stubs, and building an app with fills."""

import io
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from confirmlab.base import paths
from confirmlab.base.errors import CourseError
from confirmlab.course import blanks, lessons

_WITH_BLANKS = {".py", ".html", ".txt"}
# Files created by running an app, its tests or its linter.
_LEFT_BEHIND = {"__pycache__", "instance", paths.KIT_FOLDER, ".pytest_cache", ".ruff_cache"}


@cache
def stubs() -> dict[str, str]:
    """Return each blank's stub: blank id → text in the skeleton."""
    by_blank: dict[str, str] = {}
    for exercise in lessons.load().exercises:
        blank = blanks.find(text(exercise.file)).get(exercise.id)
        if blank is None:
            raise CourseError(f"app_skeleton/{exercise.file} has no blank {exercise.id!r}; add it.")
        by_blank[exercise.id] = blank.text
    return by_blank


def is_stub(exercise_id: str, text: str) -> bool:
    """Return whether a text equals the skeleton's stub of this blank."""
    return blanks.same(text, stubs()[exercise_id])


def app_files(root: Path) -> list[Path]:
    """List an app's files, relative to it, without caches and instance data."""
    names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(name for name in names if not _LEFT_BEHIND & set(name.parts))


def skeleton_files() -> list[Path]:
    """List the skeleton's files, relative to it."""
    return sorted(folder / name for folder, names in contents().items() for name in names)


def text(name: str | Path) -> str:
    """Return the text of a file of the skeleton, as learners get it."""
    path = Path(name)
    content = contents()[path.parent][path.name]
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()


def texts() -> dict[str, str]:
    """Return the texts of the files that may hold blanks, by name."""
    names = (name for name in skeleton_files() if name.suffix in _WITH_BLANKS)
    return {name.as_posix(): text(name) for name in names}


def build(target: Path, given: Mapping[str, str], only: Sequence[str] = ()) -> Path:
    """Write the skeleton with these fills into `target`, and return `target`.

    With `only`, just these top-level files and folders are written.
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
    """Return the skeleton by folder; cached, so that forked children build it without reading.

    Blanks of exercises that the course leaves out are plain text, and their tests are left out.
    """
    root = paths.in_kit("app_skeleton")
    course = {exercise.id for exercise in lessons.load().exercises}
    folders: dict[Path, dict[str, bytes]] = {}
    for name in app_files(root):
        content = (root / name).read_bytes()
        if b"region" in content and name.suffix in _WITH_BLANKS:
            in_file = blanks.find(content.decode()).keys()
            if name.parts[0] == "tests" and in_file and in_file.isdisjoint(course):
                continue
            content = blanks.without_unknown_blanks(content.decode(), course).encode()
        folders.setdefault(name.parent, {})[name.name] = content
    return folders
