"""Facts about the learner's app folder: no text that a learner wrote is ever lost."""

import os
import shutil
import textwrap
from pathlib import Path

import pytest

from confirmlab.base import paths
from confirmlab.base.errors import BlankError, CourseError, WorkspaceError
from confirmlab.course import blanks, lessons, skeleton, solutions
from confirmlab.notebook.views.registry import as_html, as_text
from confirmlab.notebook.workspace import Workspace

MODEL = "app/models.py"
STUB = skeleton.stubs()["confirm-token"]
FIRST = "def confirm(self, token):\n    return token == 1"
SECOND = "def confirm(self, token):\n    return token == 2"
BY_HAND = "def confirm(self, token):\n    return token == 'by hand'"
BROKEN = "def confirm(self, token):\n    return tru e"


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path / "my_app")
    workspace.ensure()
    return workspace


def edit(workspace, old, new, name=MODEL):
    """Change a file as with an editor."""
    path = workspace.folder / name
    source = path.read_bytes().decode()
    assert old in source
    path.write_bytes(source.replace(old, new).encode())


def whole(folder):
    """Return the content of every file of the app, without the kit's own notes."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {p: p.read_bytes() for p in paths if ".confirmlab" not in p.parts}


def numbers(workspace, name="confirm-token"):
    return [path.name for path in workspace.history.versions(name)]


def refuse(*_args, **_kwargs):
    raise PermissionError(13, "Permission denied")


# Creating the folder


def test_a_renamed_course_gets_no_second_app(tmp_path, monkeypatch):
    """After the course's folder was renamed, the kernel makes no empty app in the old place."""
    before, now = tmp_path / "course", tmp_path / "renamed"
    (before / "notebooks").mkdir(parents=True)
    (before / "course.toml").touch()
    monkeypatch.delenv("CONFIRMLAB_WORKSPACE", raising=False)
    monkeypatch.chdir(before / "notebooks")
    workspace = Workspace()
    workspace.ensure()
    before.rename(now)

    with pytest.raises(WorkspaceError, match=r"renamed/my_app' now, .* Restart the kernel"):
        workspace.ensure()
    assert not before.exists()


def test_a_new_workspace_is_the_skeleton(workspace):
    """A new my_app contains the files of the skeleton, and nothing else."""
    names = {path.relative_to(workspace.folder) for path in whole(workspace.folder)}

    assert names == set(skeleton.skeleton_files())
    assert all(workspace.state(e.id) == "open" for e in lessons.load().exercises)
    assert repr(workspace) == "<Workspace my_app>"


def test_the_folder_can_be_set(tmp_path, monkeypatch):
    """CONFIRMLAB_WORKSPACE sets the folder; without it the app is my_app in the kit."""
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(tmp_path / "mine"))
    assert Workspace().folder == tmp_path / "mine"

    monkeypatch.delenv("CONFIRMLAB_WORKSPACE")
    assert Workspace().folder == paths.in_kit("my_app")


def test_what_is_there_is_never_overwritten(workspace):
    """A second call creates nothing, and changes no edited file."""
    edit(workspace, "class User", "class User  ")
    before = whole(workspace.folder)

    assert workspace.ensure() == []
    assert whole(workspace.folder) == before


def test_a_half_copied_folder_is_completed(workspace):
    """Missing files are created and named; the others are unchanged."""
    edit(workspace, "Welcome, stranger.", "Mine.", "app/templates/main/index.html")
    shutil.rmtree(workspace.folder / "migrations")
    (workspace.folder / "app" / "email.py").unlink()
    made = workspace.ensure()

    assert "app/email.py" in made and "migrations/versions/0001_users.py" in made
    assert workspace.text("welcome-line") == '<p class="lead">Mine.</p>'


def test_a_deleted_folder_is_created_again(workspace):
    """If my_app was deleted, the next lesson creates it from the skeleton."""
    workspace.fill("confirm-token", FIRST)
    shutil.rmtree(workspace.folder)

    with pytest.raises(WorkspaceError, match="run the %lesson cell at the top to restore it"):
        workspace.fill("confirm-token", FIRST)
    assert len(workspace.ensure()) == len(skeleton.skeleton_files())
    assert workspace.state("confirm-token") == "open"


def test_a_file_comes_back_with_its_fills(workspace):
    """A deleted file is restored with its last fills."""
    workspace.fill("confirm-token", FIRST)
    workspace.store_result("confirm-token", passed=True)
    (workspace.folder / MODEL).unlink()

    assert workspace.ensure() == [MODEL]
    assert workspace.text("confirm-token") == FIRST
    assert workspace.state("confirm-token") == "passed"


def test_an_unwritable_folder_is_reported(tmp_path, monkeypatch):
    """If my_app cannot be created, the error names the file, and says where to go."""
    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    with pytest.raises(WorkspaceError) as caught:
        Workspace(tmp_path / "my_app").ensure()

    assert str(caught.value) == (
        "Could not write 'my_app/.gitignore' (Permission denied), so nothing was changed; "
        "move the kit to a folder that you may write to and run the cell again."
    )


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_stopped_rebuild_leaves_no_part_of_a_file(workspace, monkeypatch, error):
    """On a full disk or an interrupt, a missing file stays missing; later it comes back whole."""
    workspace.fill("confirm-token", FIRST)
    (workspace.folder / MODEL).unlink()
    before = whole(workspace.folder)
    write_bytes = Path.write_bytes

    def stop(path, content):
        write_bytes(path, content[:100])
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", stop)
        with pytest.raises((WorkspaceError, KeyboardInterrupt)) as caught:
            workspace.ensure()
    assert whole(workspace.folder) == before
    if isinstance(error, OSError):
        assert str(caught.value).startswith("The disk that holds 'my_app/app/models.py' is full")

    assert workspace.ensure() == [MODEL]
    assert workspace.text("confirm-token") == FIRST


def test_an_interrupted_rebuild_keeps_the_old_file(workspace, monkeypatch):
    """A damaged file is replaced only when its new text with all fills is complete."""
    workspace.fill("confirm-token", FIRST)
    edit(workspace, "# region confirm-token", "")
    damaged = (workspace.folder / MODEL).read_bytes()

    def interrupt(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(blanks, "replace_all", interrupt)
    with pytest.raises(KeyboardInterrupt):
        workspace.restore("confirm-token")

    assert (workspace.folder / MODEL).read_bytes() == damaged


# Filling


def test_a_fill_is_written_and_reported(workspace):
    """A fill is written into its blank, and the result has its lines."""
    filled = workspace.fill("confirm-token", f"{FIRST}\n")
    lines = (workspace.folder / MODEL).read_text(encoding="utf-8").splitlines()

    assert lines[filled.first - 1 : filled.last] == [f"    {line}" for line in FIRST.splitlines()]
    assert lines[filled.first - 2].strip() == "# region confirm-token"
    assert (filled.kept, filled.old_file) == (None, None)
    assert repr(filled) == f"<FillResult confirm-token, lines {filled.first}-{filled.last}>"


def test_a_fill_that_no_submission_could_hold_is_refused(workspace):
    """A fill of more than 100,000 characters is refused, and nothing is changed."""
    before = whole(workspace.folder)
    with pytest.raises(BlankError, match="it has 100,0.. characters, and a fill has at"):
        workspace.fill("confirm-token", f"{FIRST}\n{'#' * 100_000}")

    assert whole(workspace.folder) == before
    assert workspace.fill("confirm-token", f"{FIRST}\n{'#' * 90_000}").done == "filled"


def test_a_fill_changes_its_blank_alone(workspace):
    """All other files, and all other blanks of the file, are unchanged."""
    before = whole(workspace.folder)
    workspace.fill("confirm-token", FIRST)
    after = whole(workspace.folder)

    assert [p for p in after if after[p] != before[p]] == [workspace.folder / MODEL]
    assert workspace.text("generate-token") == skeleton.stubs()["generate-token"]


def test_a_file_of_windows_keeps_its_line_ends(workspace):
    """Windows line ends are kept, used in the fill, and do not count as an edit by hand."""
    edit(workspace, "\n", "\r\n")
    assert workspace.fill("confirm-token", FIRST).kept is None
    assert workspace.fill("confirm-token", SECOND).kept is None

    source = (workspace.folder / MODEL).read_bytes()
    assert source.count(b"\n") == source.count(b"\r\n")
    assert workspace.text("confirm-token") == SECOND


def test_a_fill_with_a_syntax_error_changes_nothing(workspace):
    """The error names the line of the cell, and no file is changed."""
    edit(workspace, "return False", "return None")
    before = whole(workspace.folder)
    with pytest.raises(BlankError, match="nothing was changed: SyntaxError.* line 3 of the cell"):
        workspace.fill("confirm-token", BROKEN)

    assert whole(workspace.folder) == before
    assert numbers(workspace) == []


def test_a_template_that_does_not_parse_changes_nothing(workspace):
    """A template that does not parse is not written."""
    before = whole(workspace.folder)
    with pytest.raises(BlankError, match="welcome-line was not filled, and nothing was changed"):
        workspace.fill("welcome-line", "{{ current_user.name")

    assert whole(workspace.folder) == before


def test_markers_in_a_fill_change_nothing(workspace):
    """A fill that contains its markers is refused."""
    before = whole(workspace.folder)
    with pytest.raises(BlankError, match="contains a region marker, so nothing was changed"):
        workspace.fill(
            "confirm-token", f"# region confirm-token\n{FIRST}\n# endregion confirm-token"
        )

    assert whole(workspace.folder) == before


def test_an_unknown_id_is_answered_with_the_nearest(workspace):
    """The error for a misspelt id names the nearest one."""
    with pytest.raises(
        CourseError, match="No exercise named 'confirm-tokn'. Did you mean 'confirm-t"
    ):
        workspace.fill("confirm-tokn", FIRST)


def test_a_read_only_file_keeps_its_text(workspace, monkeypatch):
    """A read-only file is unchanged; once it is writable, the same cell works."""
    before = whole(workspace.folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _mode: path.suffix != ".py")
        with pytest.raises(
            WorkspaceError, match="Could not write 'my_app/app/models.py'.*read-only"
        ):
            workspace.fill("confirm-token", FIRST)
        assert whole(workspace.folder) == before

    assert workspace.fill("confirm-token", FIRST).kept is None
    assert workspace.text("confirm-token") == FIRST


def test_a_read_only_folder_keeps_its_text(workspace, monkeypatch):
    """A folder that cannot be written is reported in a sentence, and nothing changes."""
    before = whole(workspace.folder)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(WorkspaceError, match=r"\(Permission denied\), so nothing was changed"):
        workspace.fill("confirm-token", FIRST)

    assert whole(workspace.folder) == before


# Kept versions, and restoring them


def test_every_fill_is_kept_once(workspace):
    """Each text of a blank is kept under a number; an equal text is not kept again."""
    for text in (FIRST, SECOND, SECOND, FIRST):
        workspace.fill("confirm-token", text)

    assert numbers(workspace) == ["0001-fill.txt", "0002-fill.txt", "0003-fill.txt"]


def test_an_edit_by_hand_is_kept(workspace):
    """Text typed into the file is kept before a fill replaces it, and can be restored."""
    workspace.fill("confirm-token", FIRST)
    edit(workspace, "token == 1", "token == 'by hand'")
    filled = workspace.fill("confirm-token", SECOND)

    assert numbers(workspace) == ["0001-fill.txt", "0002-hand.txt", "0003-fill.txt"]
    assert filled.kept.read_text(encoding="utf-8") == BY_HAND
    assert "%restore confirm-token 2 brings it back" in as_text(filled)
    workspace.restore("confirm-token", 2)
    assert workspace.text("confirm-token") == BY_HAND


def test_an_edit_of_the_stub_is_kept(workspace):
    """Text that was typed into a blank before its first fill is kept, too."""
    edit(workspace, "return False", "return token == 'by hand'")

    assert workspace.state("confirm-token") == "filled"
    assert workspace.fill("confirm-token", FIRST).kept.name == "0001-hand.txt"


def test_the_stub_is_not_kept(workspace):
    """An emptied blank is not kept as a version."""
    workspace.fill("confirm-token", FIRST)
    shutil.copy(paths.in_kit("app_skeleton", MODEL), workspace.folder / MODEL)

    assert workspace.fill("confirm-token", SECOND).kept is None
    assert numbers(workspace) == ["0001-fill.txt", "0002-fill.txt"]


def test_trailing_space_is_no_edit(workspace):
    """A change of trailing spaces does not count as an edit."""
    workspace.fill("confirm-token", FIRST)
    edit(workspace, "token == 1", "token == 1  ")

    assert workspace.fill("confirm-token", SECOND).kept is None


def test_restore_brings_the_text_before_back(workspace):
    """Without a number, the previous different text is restored, then the one before that."""
    workspace.fill("confirm-token", FIRST)
    workspace.fill("confirm-token", SECOND)

    workspace.restore("confirm-token")
    assert workspace.text("confirm-token") == FIRST
    workspace.restore("confirm-token")
    assert workspace.text("confirm-token") == SECOND


def test_restore_after_an_edit_by_hand_keeps_the_edit(workspace):
    """After a return to the last fill, the edit by hand can be restored again."""
    workspace.fill("confirm-token", FIRST)
    edit(workspace, "token == 1", "token == 'by hand'")

    assert workspace.restore("confirm-token").kept.name == "0002-hand.txt"
    assert workspace.text("confirm-token") == FIRST
    workspace.restore("confirm-token")
    assert workspace.text("confirm-token") == BY_HAND


def test_restore_brings_a_version_back_by_its_number(workspace):
    """A number restores that version, and 0 the original stub."""
    workspace.fill("confirm-token", FIRST)
    workspace.fill("confirm-token", SECOND)

    workspace.restore("confirm-token", 1)
    assert workspace.text("confirm-token") == FIRST
    workspace.restore("confirm-token", 0)
    assert workspace.text("confirm-token") == STUB
    assert workspace.is_open("confirm-token")


def test_restore_brings_back_what_passed(workspace):
    """--passed restores the last text that passed its check, however often it is repeated."""
    workspace.fill("confirm-token", FIRST)
    workspace.store_result("confirm-token", passed=True)
    workspace.fill("confirm-token", SECOND)
    workspace.store_result("confirm-token", passed=False)

    for _ in "again", "and again":
        assert workspace.restore_passed("confirm-token").done == "restored"
        assert workspace.text("confirm-token") == FIRST


def test_attempts_are_counted_up_to_the_first_pass(workspace):
    """Each text that is checked counts once as an attempt, until one has passed."""
    for text, passed in (("x = 1", False), ("x = 1", False), ("x = 2", True), ("x = 3", False)):
        workspace.fill("confirm-token", text)
        workspace.store_result("confirm-token", passed)

    assert workspace.record.read()["attempts"] == {"confirm-token": 2}


def test_the_reference_is_no_version_of_the_learner(workspace):
    """If only the reference was ever in a blank, %restore --passed offers no version of it."""
    workspace.use_reference(["confirm-token"])

    assert workspace.restore_passed("confirm-token").note.endswith("so the blank is empty.")


def test_restore_empties_what_never_passed(workspace):
    """If no version has passed, the blank gets its stub, and the versions are listed."""
    workspace.fill("confirm-token", FIRST)

    for _ in "again", "and again":
        restored = workspace.restore_passed("confirm-token")
        assert workspace.is_open("confirm-token")
        assert restored.done == "emptied"
        assert restored.note.endswith("%restore confirm-token 1 brings back your latest version.")
    workspace.fill("confirm-token", SECOND)
    assert workspace.restore_passed("confirm-token").note.endswith("; earlier versions: 1.")


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (None, "There is no earlier version of 'confirm-token' to bring back; kept versions: 1."),
        (7, "There is no version 7 of 'confirm-token' to bring back; kept versions: 1."),
    ],
)
def test_restore_of_a_missing_version_lists_versions(workspace, version, sentence):
    """The error for a missing version lists the numbers of the kept ones."""
    workspace.fill("confirm-token", FIRST)
    with pytest.raises(WorkspaceError) as caught:
        workspace.restore("confirm-token", version)

    assert str(caught.value) == f"{sentence} %restore confirm-token 0 brings the empty blank back."


def test_restore_in_a_new_workspace_says_there_is_none(workspace):
    """Before the first fill, the error says that no version is kept."""
    with pytest.raises(WorkspaceError, match="kept versions: none yet"):
        workspace.restore("gate")


def test_a_stray_file_in_the_history_is_passed_over(workspace):
    """Files that a learner puts beside the versions are ignored."""
    kept = workspace.fill("confirm-token", FIRST).path.parents[1] / ".confirmlab" / "history"
    (kept / "confirm-token" / "my notes.txt").write_text("?")
    workspace.fill("confirm-token", SECOND)

    assert numbers(workspace) == ["0001-fill.txt", "0002-fill.txt"]


# Damaged files


def test_deleted_markers_are_reported(workspace):
    """The error for a blank without markers names the file, and how to restore them."""
    edit(workspace, "# region confirm-token", "")
    edit(workspace, "# endregion confirm-token", "")
    with pytest.raises(BlankError) as caught:
        workspace.fill("confirm-token", FIRST)

    assert str(caught.value) == (
        "The blank 'confirm-token' is missing in 'my_app/app/models.py': its marker lines were "
        "deleted, or the exercise is new in the course. %restore confirm-token adds it."
    )


def test_misspelt_markers_are_quoted_and_restored(workspace):
    """Misspelt markers are quoted, not called deleted, and %restore corrects them."""
    edit(workspace, "# region confirm-token", "// region confirm-token")
    edit(workspace, "# endregion confirm-token", "// endregion confirm-token")
    with pytest.raises(BlankError, match="were changed in .*: '// region confirm-token'") as caught:
        workspace.fill("confirm-token", FIRST)

    assert "deleted" not in str(caught.value)
    workspace.restore("confirm-token", 0)
    assert workspace.state("confirm-token") == "open"


def test_restore_rebuilds_a_file_and_keeps_the_old_one(workspace):
    """%restore rebuilds a file with all its fills; the old file is kept in the history."""
    workspace.fill("generate-token", "def generate_confirmation_token(self):\n    return 'x'")
    workspace.fill("confirm-token", FIRST)
    workspace.fill("confirm-token", SECOND)
    edit(workspace, "    # endregion confirm-token\n", "    # my own note\n")
    damaged = (workspace.folder / MODEL).read_bytes()
    restored = workspace.restore("confirm-token")

    assert workspace.text("confirm-token") == SECOND
    assert workspace.text("generate-token").endswith("return 'x'")
    assert restored.old_file.read_bytes() == damaged
    assert restored.old_file == workspace.history.versions("models.py")[0]


def test_a_rebuilt_file_keeps_what_was_typed_into_other_blanks(workspace):
    """Text that was typed into another blank of a damaged file is still there after %restore."""
    workspace.fill("generate-token", "def generate_confirmation_token(self):\n    return 'x'")
    edit(workspace, "return 'x'", "return 'typed'")
    edit(workspace, "# endregion confirm-token\n", "")
    workspace.restore("confirm-token")

    assert workspace.text("generate-token").endswith("return 'typed'")


def test_a_rebuilt_file_needs_no_record_of_other_blanks(workspace):
    """Without a record, the other blanks of a damaged file keep their texts after %restore."""
    workspace.fill("generate-token", "def generate_confirmation_token(self):\n    return 'x'")
    edit(workspace, "# endregion confirm-token\n", "")
    workspace.record.path.unlink()
    workspace.restore("confirm-token")

    assert workspace.text("generate-token").endswith("return 'x'")


def test_a_rebuilt_file_is_reported(workspace):
    """The text and the card both say where the old file is kept."""
    edit(workspace, "# region confirm-token", "")
    restored = workspace.restore("confirm-token")
    place = "my_app/.confirmlab/history/models.py/0001-file.txt"

    assert "The file was damaged and has been rebuilt" in as_text(restored)
    assert f"the old one is in {place}." in as_text(restored)
    assert place in as_html(restored)


def test_restore_rebuilds_a_file_that_was_never_filled(workspace):
    """Markers are restored even before the first fill; the blank then has its stub."""
    edit(workspace, "# region confirm-token", "")
    workspace.restore("confirm-token")

    assert workspace.text("confirm-token") == STUB
    assert workspace.fill("confirm-token", FIRST).kept is None


def test_restore_rebuilds_a_file_and_takes_a_number(workspace):
    """In a damaged file, a version can be restored by its number at once."""
    workspace.fill("confirm-token", FIRST)
    workspace.fill("confirm-token", SECOND)
    edit(workspace, "# region confirm-token", "")

    assert workspace.restore("confirm-token", 1).old_file.name == "0001-file.txt"
    assert workspace.text("confirm-token") == FIRST


def test_a_wrong_number_leaves_a_damaged_file_alone(workspace):
    """A missing version is reported before anything is rebuilt."""
    edit(workspace, "# region confirm-token", "")
    before = whole(workspace.folder)
    with pytest.raises(WorkspaceError, match="There is no version 9"):
        workspace.restore("confirm-token", 9)

    assert whole(workspace.folder) == before


def test_each_old_file_is_kept(workspace):
    """A file that is damaged twice is kept twice."""
    for _ in range(2):
        edit(workspace, "# region confirm-token", "")
        workspace.restore("confirm-token")

    assert numbers(workspace, "models.py") == ["0001-file.txt", "0002-file.txt"]


def test_a_file_in_another_encoding_is_kept_and_rebuilt(workspace):
    """A file that is not UTF-8 is reported; %restore rebuilds it and keeps its bytes."""
    path = workspace.folder / MODEL
    path.write_bytes(path.read_bytes() + "# Zoë\n".encode("latin-1"))
    damaged = path.read_bytes()

    with pytest.raises(WorkspaceError, match="'my_app/app/models.py' is not UTF-8"):
        workspace.fill("confirm-token", FIRST)
    assert workspace.restore("confirm-token").old_file.read_bytes() == damaged
    assert workspace.fill("confirm-token", FIRST).kept is None


def test_restore_puts_a_deleted_file_back(workspace):
    """A deleted file is restored with its last fills; there is no old file to keep."""
    workspace.fill("confirm-token", FIRST)
    (workspace.folder / MODEL).unlink()

    assert workspace.restore("confirm-token").old_file is None
    assert workspace.text("confirm-token") == FIRST


def test_a_file_that_cannot_be_kept_is_not_rebuilt(workspace, monkeypatch):
    """A file is not replaced if it cannot be saved first."""
    edit(workspace, "# region confirm-token", "")
    before = whole(workspace.folder)
    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    with pytest.raises(
        WorkspaceError, match="Could not write 'my_app/.confirmlab/history/models.py"
    ):
        workspace.restore("confirm-token")

    assert whole(workspace.folder) == before


def test_a_damaged_record_loses_no_text(workspace):
    """Without the record, the text in the file counts as written by hand, and is kept."""
    workspace.fill("confirm-token", FIRST)
    edit(workspace, "token == 1", "token == 'by hand'")
    workspace.record.path.write_text("{ half a rec")

    assert workspace.state("confirm-token") == "filled"
    assert workspace.fill("confirm-token", SECOND).kept.name == "0002-hand.txt"
    assert workspace.state("confirm-token") == "filled"


# The state of a blank


def test_a_verdict_holds_for_the_text_it_was_given(workspace):
    """Passed and failing apply to the text that was checked, until it changes."""
    workspace.fill("confirm-token", FIRST)
    assert workspace.state("confirm-token") == "filled"
    workspace.store_result("confirm-token", passed=False)
    assert workspace.state("confirm-token") == "failing"
    workspace.store_result("confirm-token", passed=True)
    assert workspace.state("confirm-token") == "passed"

    edit(workspace, "token == 1", "token == 3")
    assert workspace.state("confirm-token") == "filled"


def test_the_reference_is_used_and_the_own_text_comes_back(workspace):
    """After use of the reference, the learner's own text is restored unchanged."""
    workspace.fill("confirm-token", FIRST)
    workspace.use_reference(["confirm-token", "generate-token"])

    assert workspace.state("confirm-token") == "covered"
    assert workspace.text("confirm-token") == solutions.fill("confirm-token").strip()
    assert workspace.restore_own(["confirm-token", "gate"]) == ["confirm-token"]
    assert workspace.text("confirm-token") == FIRST
    assert workspace.state("generate-token") == "covered"


def test_an_edit_by_hand_survives_the_reference(workspace):
    """Text from an editor is kept and restored like a fill."""
    edit(workspace, "return False", "return token == 'by hand'")
    workspace.use_reference(["confirm-token"])
    workspace.restore_own(["confirm-token"])

    assert workspace.text("confirm-token").endswith("return token == 'by hand'")


def test_a_fill_over_the_reference_stays(workspace):
    """After a fill of a covered blank there is nothing to restore."""
    workspace.use_reference(["confirm-token"])
    workspace.fill("confirm-token", FIRST)

    assert workspace.state("confirm-token") == "filled"
    assert workspace.restore_own(["confirm-token"]) == []
    assert workspace.text("confirm-token") == FIRST


def test_an_edited_reference_is_the_learners(workspace):
    """A reference that was edited by hand is the learner's own text, and is kept."""
    workspace.use_reference(["confirm-token"])
    edit(workspace, "return True", "return bool(1)")

    assert workspace.state("confirm-token") == "filled"
    assert workspace.restore_own(["confirm-token"]) == []


def test_a_rebuilt_file_keeps_the_reference(workspace):
    """After a rebuild, the learner's own text can still be restored."""
    workspace.fill("confirm-token", FIRST)
    workspace.use_reference(["confirm-token"])
    edit(workspace, "# region confirm-token", "")
    workspace.restore("confirm-token")

    assert workspace.state("confirm-token") == "covered"
    workspace.restore_own(["confirm-token"])
    assert workspace.text("confirm-token") == FIRST


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_the_app_is_for_its_owner(tmp_path):
    """The folders of the app and of its database are made private."""
    workspace = Workspace(tmp_path / "my_app")
    (tmp_path / "my_app" / "instance").mkdir(parents=True, mode=0o755)
    (tmp_path / "my_app").chmod(0o755)
    workspace.ensure()

    for folder in (workspace.folder, workspace.folder / "instance"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_class_line_is_left_out(workspace):
    """A method pasted with its class line is filled in without it, and the learner is told."""
    method = solutions.finished()["confirm-token"]
    pasted = "class User(UserMixin, db.Model):\n" + textwrap.indent(method, "    ")

    filled = workspace.fill("confirm-token", pasted)

    assert blanks.same(workspace.text("confirm-token"), method)
    assert filled.note.startswith("The line of the class is in the file already")
    assert workspace.fill("confirm-token", method).note == ""


def test_the_lines_of_a_block_are_left_out(workspace):
    """A template pasted with its block is filled in without it, and the learner is told."""
    text = solutions.finished()["unconfirmed-page"]
    pasted = f'{{% extends "base.html" %}}\n{{% block content %}}\n{text}\n{{% endblock %}}'

    filled = workspace.fill("unconfirmed-page", pasted)

    assert blanks.same(workspace.text("unconfirmed-page"), text)
    assert filled.note.startswith("The lines of the block are in the file already")
