"""A learner's own fills, as a diff against the skeleton."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import files
from confirmlab.course import blanks, lessons, skeleton
from confirmlab.notebook.workspace import Workspace

NAME = "keepsake.diff"  # in my_app


@dataclass(frozen=True)
class SkeletonDiff:
    """What a learner wrote: a unified diff for each file, and where all of them are saved."""

    path: Path
    files: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"<SkeletonDiff of {len(self.files)} files>"

    @property
    def text(self) -> str:
        """All diffs, one after the other."""
        return "\n".join(text for _, text in self.files)


def diff(workspace: Workspace) -> SkeletonDiff:
    """Return the learner's own fills as unified diffs, without those of the reference."""
    fills_by_file: dict[str, dict[str, str]] = {}
    for exercise in lessons.load().exercises:
        if workspace.state(exercise.id) not in ("open", "covered"):
            fills_by_file.setdefault(exercise.file, {})[exercise.id] = workspace.text(exercise.id)
    diffs = tuple((file, _file_diff(file, fills)) for file, fills in fills_by_file.items())
    return SkeletonDiff(workspace.folder / NAME, diffs)


def save(workspace: Workspace) -> SkeletonDiff:
    """Write the diff into my_app, unless there is none, and return it."""
    found = diff(workspace)
    if found.files:
        files.write(found.path, found.text + "\n")
    return found


def _file_diff(file: str, fills: dict[str, str]) -> str:
    before = skeleton.text(file)
    after = blanks.replace_all(before, fills)
    names = (f"skeleton/{file}", f"my_app/{file}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, n=1, lineterm="")
    return "\n".join(lines)
