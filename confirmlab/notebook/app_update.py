"""Update my_app to a newer version of the course: new blanks appear, and fills stay."""

import json
from contextlib import suppress
from pathlib import Path

from confirmlab.base import files, paths
from confirmlab.base.errors import BlankError
from confirmlab.course import blanks, file_update, skeleton
from confirmlab.notebook.workspace import Workspace


def apply(workspace: Workspace) -> list[str]:
    """Update the app's files; return a sentence for each change and each obstacle.

    The skeleton's texts are stored, so that the next update knows what the learner changed.
    """
    path = stored_path(workspace)
    stored: dict[str, str] = {}
    with suppress(OSError, ValueError):
        stored = json.loads(path.read_text(encoding="utf-8"))
    texts = dict(stored)
    notes = []
    for name, newer in skeleton.texts().items():
        if stored.get(name) != newer:
            file_notes, complete = _update_file(workspace, name, stored.get(name), newer)
            notes += file_notes
            if complete:
                texts[name] = newer
    if texts != stored:
        files.write(path, json.dumps(texts))
    return notes


def stored_path(workspace: Workspace) -> Path:
    """Return the path of the file that stores the skeleton from which this app was made."""
    return workspace.folder / paths.KIT_FOLDER / "skeleton.json"


def _update_file(
    workspace: Workspace, name: str, before: str | None, newer: str
) -> tuple[list[str], bool]:
    """Update one file; return sentences for the learner, and whether it has all new blanks."""
    course_ids = blanks.find(newer).keys()
    if before is None and not course_ids:
        return [], True
    target = workspace.folder / name
    own = files.read(target)
    try:
        own_ids = blanks.find(own).keys()
    except BlankError:  # the commands that use the blank say what to do
        return [], False
    if before is None:  # made by a version of the kit that stored nothing
        before = file_update.without(newer, course_ids - own_ids)
    new_ids = course_ids - own_ids - blanks.find(before).keys()
    text = file_update.merged(own, before, newer)
    added = new_ids & blanks.find(text).keys()
    notes = []
    if text != own:
        known = workspace.record.read()["filled"]
        text = blanks.replace_all(text, {key: known[key] for key in added if key in known})
        kept = workspace.history.next_path(target.name, "file")
        files.write(kept, own)
        files.write(target, text)
        what = f"has the new blank {' and '.join(sorted(added))}" if added else "is updated"
        notes.append(
            f"{files.display_path(target)} {what}, with all of your text; "
            f"the file as it was is kept in {files.display_path(kept)}."
        )
    for blank_id in sorted(new_ids - added):
        notes.append(
            f"The new blank {blank_id!r} was not added to {files.display_path(target)!r}, because "
            f"the lines around its place were changed. %restore {blank_id} adds it: it rebuilds "
            "the file with your fills, and keeps a copy of yours."
        )
    return notes, new_ids == added
