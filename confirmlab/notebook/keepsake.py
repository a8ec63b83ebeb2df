"""What a learner wrote, as a diff against the skeleton."""

import difflib

from confirmlab.base import files, paths
from confirmlab.course import blanks, lessons
from confirmlab.notebook.workspace import Workspace

NAME = "keepsake.diff"


def written(workspace: Workspace) -> str:
    """Return the learner's own fills as a unified diff; what the reference fills in is left out."""
    own: dict[str, dict[str, str]] = {}
    for exercise in lessons.load().exercises:
        if workspace.state(exercise.id) not in ("open", "covered"):
            own.setdefault(exercise.file, {})[exercise.id] = workspace.text(exercise.id)
    return "\n".join(_changed(file, fills) for file, fills in own.items())


def keep(workspace: Workspace) -> str:
    """Write that diff beside the app, and return it with a line that says where it is."""
    text = written(workspace)
    if not text:
        return "Nothing yet: every blank is as it was at the start, or filled in by the reference."
    path = workspace.folder / NAME
    files.write(path, text + "\n")
    return f"{text}\n\nThis is also in {files.shown(path)}."


def _changed(file: str, fills: dict[str, str]) -> str:
    before = files.read(paths.in_kit("app_skeleton", file))
    after = blanks.replace_all(before, fills)
    names = (f"skeleton/{file}", f"my_app/{file}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, n=1, lineterm="")
    return "\n".join(lines)
