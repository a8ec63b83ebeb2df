"""A learner's own fills, as a diff against the skeleton."""

import difflib

from confirmlab.base import files
from confirmlab.course import blanks, lessons, skeleton
from confirmlab.notebook.workspace import Workspace

NAME = "keepsake.diff"  # in my_app


def diff(workspace: Workspace) -> str:
    """Return the learner's own fills as a unified diff, without those of the reference."""
    fills_by_file: dict[str, dict[str, str]] = {}
    for exercise in lessons.load().exercises:
        if workspace.state(exercise.id) not in ("open", "covered"):
            fills_by_file.setdefault(exercise.file, {})[exercise.id] = workspace.text(exercise.id)
    return "\n".join(_file_diff(file, fills) for file, fills in fills_by_file.items())


def save(workspace: Workspace) -> str:
    """Write the diff into my_app, and return it with a line that says where it is."""
    text = diff(workspace)
    if not text:
        return "Nothing yet: every blank is as it was at the start, or filled in by the reference."
    path = workspace.folder / NAME
    files.write(path, text + "\n")
    return f"{text}\n\nThis is also in {files.shown(path)}."


def _file_diff(file: str, fills: dict[str, str]) -> str:
    before = skeleton.text(file)
    after = blanks.replace_all(before, fills)
    names = (f"skeleton/{file}", f"my_app/{file}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, n=1, lineterm="")
    return "\n".join(lines)
