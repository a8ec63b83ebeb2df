"""Facts about an app when an update adds new blanks: all work is kept."""

import json

import pytest

from confirmlab.course import blanks, lessons, skeleton
from confirmlab.notebook import app_update
from confirmlab.notebook.lesson_opening import open_lesson
from confirmlab.notebook.workspace import Workspace

MODEL = "app/models.py"
NEW = "token-key"
OWN = "def confirm(self, token):\n    return token == 1"
OLD_IMPORT, NEW_IMPORT = "import jwt\n", "import hmac\nimport jwt\n"


@pytest.fixture
def workspace(tmp_path):
    """Create a workspace of a learner in the middle of the course."""
    workspace = Workspace(tmp_path / "my_app")
    workspace.ensure()
    workspace.fill("confirm-token", OWN)
    return workspace


def before_the_update(workspace, stored=True):
    """Remove a blank from the learner's file, as in an older version of the course."""
    path = workspace.folder / MODEL
    path.write_text(shorter(path.read_text("utf-8")), "utf-8")
    if stored:
        stored_path = app_update.stored_path(workspace)
        stored_path.parent.mkdir(exist_ok=True)
        texts = skeleton.texts() | {MODEL: shorter(skeleton.text(MODEL))}
        stored_path.write_text(json.dumps(texts), "utf-8")
    return path


def shorter(text):
    """Remove the lines of the new blank, with its markers and the empty lines behind it."""
    start = text.index(f"# region {NEW}")
    rest = text[start:].partition(f"# endregion {NEW}\n")[2]
    return text[:start] + rest.lstrip("\n")


@pytest.mark.needs_lessons("08")
@pytest.mark.parametrize("stored", [True, False])
def test_a_new_blank_appears(workspace, stored):
    """A blank that is new in the course is added, fills are kept, and the old file is saved."""
    path = before_the_update(workspace, stored)
    before = path.read_text("utf-8")

    notes = app_update.apply(workspace)

    assert workspace.text(NEW) == skeleton.stubs()[NEW]
    assert workspace.text("confirm-token") == OWN
    assert notes[0].startswith(f"my_app/{MODEL} has the new blank {NEW}, with all of your text")
    assert workspace.history.versions("models.py")[-1].read_text("utf-8") == before
    assert app_update.apply(workspace) == []


@pytest.mark.needs_lessons("08")
def test_the_skeletons_new_imports_come_with_it(workspace, monkeypatch):
    """Other lines that the course adds are added, too, and the learner's own lines are kept."""
    path = before_the_update(workspace)
    path.write_text(path.read_text("utf-8") + "\n\n# of mine\n", "utf-8")
    newer = skeleton.texts()
    newer[MODEL] = newer[MODEL].replace(OLD_IMPORT, NEW_IMPORT)
    monkeypatch.setattr(skeleton, "texts", lambda: newer)

    app_update.apply(workspace)

    text = path.read_text("utf-8")
    assert NEW_IMPORT in text and text.endswith("# of mine\n")
    assert NEW in blanks.find(text)


@pytest.mark.needs_lessons("08")
def test_a_conflict_is_explained(workspace):
    """If the learner changed the lines around a new blank, nothing changes; %restore is named."""
    path = before_the_update(workspace)
    after = skeleton.text(MODEL).partition(f"# endregion {NEW}\n")[2].strip().splitlines()[0]
    changed = path.read_text("utf-8").replace(after, f"mine = 1\n{after}")
    path.write_text(changed, "utf-8")

    [note] = app_update.apply(workspace)

    assert path.read_text("utf-8") == changed
    assert note.startswith(f"The new blank '{NEW}' was not added to 'my_app/{MODEL}', because the")
    assert f"%restore {NEW} adds it" in note


def test_a_blank_that_the_learner_deleted_is_not_new(workspace):
    """A blank whose markers the learner deleted is not added as a new one."""
    app_update.apply(workspace)
    path = workspace.folder / MODEL
    changed = path.read_text("utf-8").replace("    # region confirm-token\n", "")
    changed = changed.replace("    # endregion confirm-token\n", "")
    path.write_text(changed, "utf-8")

    assert app_update.apply(workspace) == []
    assert path.read_text("utf-8") == changed


@pytest.mark.needs_lessons("08")
def test_opening_a_lesson_adds_it(session):
    """%lesson adds the new blank, and says so."""
    session.workspace.ensure()
    before_the_update(session.workspace)

    opened = open_lesson(session, lessons.load().exercise("confirm-token").lesson)

    assert session.workspace.is_open(NEW)
    assert any(f"has the new blank {NEW}" in note for note in opened.notes)
