"""Facts about resets: what is emptied, what is kept, and how it is restored."""

import sqlite3
from contextlib import closing

import pytest

from confirmlab.base.errors import BlankError, CourseError, SiteError, WorkspaceError
from confirmlab.course import file_update, lessons, solutions
from confirmlab.notebook import exercise_commands, lesson_opening, reset, reset_commands
from confirmlab.notebook.lesson_opening import open_lesson

COLUMN, TOKEN, CONFIRM = "confirmed-column", "generate-token", "confirm-token"
OWN = "def generate_confirmation_token(self, expiration_sec=3600):\n    return 'mine'"
BY_HAND = OWN.replace("mine", "by hand")


@pytest.fixture
def workspace(session):
    return session.workspace


def passed(session, *exercise_ids):
    for exercise_id in exercise_ids:
        session.workspace.fill(exercise_id, solutions.fill(exercise_id))
        session.workspace.store_result(exercise_id, passed=True)


def by_hand(workspace):
    models = workspace.folder / "app" / "models.py"
    models.write_text(models.read_text().replace("'mine'", "'by hand'"))


def columns(workspace):
    with closing(sqlite3.connect(workspace.folder / "instance" / "app.sqlite")) as database:
        return {row[1] for row in database.execute("pragma table_info(user)")}


def test_a_blank_is_emptied_and_comes_back(session, workspace):
    """A reset blank has its stub, and %restore restores its former text."""
    exercise_commands.fill(session, TOKEN, OWN)
    done = reset_commands.start_over(session, TOKEN)

    assert workspace.is_open(TOKEN) and workspace.state(TOKEN) == "open"
    assert (done.blanks, done.back) == ((TOKEN,), f"%restore {TOKEN}")
    exercise_commands.restore(session, TOKEN)
    assert workspace.text(TOKEN) == OWN


def test_what_was_written_by_hand_is_kept_too(session, workspace):
    """Text that never was in a cell is saved when its blank is reset."""
    exercise_commands.fill(session, TOKEN, OWN)
    by_hand(workspace)
    reset_commands.start_over(session, TOKEN)

    exercise_commands.restore(session, TOKEN)
    assert workspace.text(TOKEN) == BY_HAND


def test_hints_start_over_and_are_counted(session, workspace):
    """After a reset, hints begin with the first one; the record keeps how many were read."""
    for _ in range(3):
        exercise_commands.hint(session, TOKEN)
    reset_commands.start_over(session, TOKEN)

    assert exercise_commands.hint(session, TOKEN).startswith("Hint 1 of 3.")
    assert workspace.record.read()["read"][TOKEN] == 3


def test_a_covered_blank_stays_covered(session, workspace):
    """A blank that uses the reference keeps it; the learner's own text becomes empty."""
    exercise_commands.fill(session, TOKEN, OWN)
    open_lesson(session, "5")
    done = reset_commands.start_over(session, TOKEN)

    assert workspace.state(TOKEN) == "covered"
    assert "The reference still fills in generate-token" in done.notes[-1]
    open_lesson(session, "3")
    assert workspace.is_open(TOKEN)
    exercise_commands.restore(session, TOKEN, 1)
    assert workspace.text(TOKEN) == OWN


def test_two_kernels_open_lessons_at_once(session, workspace, monkeypatch):
    """A blank that another kernel changes while a lesson is opened raises no error."""

    def forget(*_):
        with workspace.record.change() as record:
            record["covered"].clear()

    monkeypatch.setattr(lesson_opening, "_store_opening", forget)
    exercise_commands.fill(session, TOKEN, OWN)

    assert open_lesson(session, "5").lesson.number == "05"


def test_a_note_says_what_the_open_lesson_needs(session):
    """After the reset of an earlier blank, a note says how to get the reference."""
    passed(session, "welcome-line", COLUMN, TOKEN, CONFIRM)
    open_lesson(session, "5")

    assert any(
        "run its %lesson cell again" in note
        for note in reset_commands.start_over(session, TOKEN).notes
    )
    open_lesson(session, "5")
    assert session.workspace.state(TOKEN) == "covered"


def test_a_lesson_is_emptied_and_comes_back(session, workspace):
    """All blanks of a lesson are reset; %restore start-over undoes that."""
    open_lesson(session, "3")
    passed(session, COLUMN, TOKEN, CONFIRM)
    done = reset_commands.start_over(session, "lesson", "3")

    assert all(workspace.is_open(name) for name in (COLUMN, TOKEN, CONFIRM))
    assert done.kept.parent == workspace.folder / ".confirmlab" / "history" / "start-over"
    reset_commands.bring_back(session)
    assert {workspace.state(name) for name in (COLUMN, TOKEN, CONFIRM)} == {"passed"}


def test_a_lesson_with_a_damaged_blank_stays_as_it_is(session, workspace):
    """If one blank of a lesson has lost its markers, the reset empties no other one either."""
    open_lesson(session, "3")
    passed(session, COLUMN, TOKEN)
    models = workspace.folder / "app" / "models.py"
    lines = models.read_text().splitlines(keepends=True)
    models.write_text("".join(line for line in lines if CONFIRM not in line))
    with pytest.raises(BlankError, match=f"%restore {CONFIRM}"):
        reset_commands.start_over(session, "lesson", "3")

    assert not workspace.is_open(COLUMN)
    assert not (workspace.history.folder / reset.COPIES).exists()


def test_a_lesson_with_tables_gets_a_new_database(session, workspace):
    """The reset of a lesson with a column also removes its migration, and can be undone."""
    open_lesson(session, "3")
    passed(session, COLUMN)
    versions = workspace.folder / "migrations" / "versions"
    given = sorted(versions.glob("*.py"))
    session.run_flask(["db", "migrate", "-m", "confirmed"])
    session.run_flask(["db", "upgrade"])
    assert "confirmed" in columns(workspace)

    reset_commands.start_over(session, "lesson", "3")
    assert "confirmed" not in columns(workspace) and sorted(versions.glob("*.py")) == given
    reset_commands.bring_back(session)
    assert "confirmed" in columns(workspace)


def test_the_site_of_another_notebook_is_stopped(open_session):
    """A new database is also used by a site that another notebook had started."""
    other, session = open_session(), open_session()
    other.site.start()
    key = session.folder / "instance" / "secret_key"
    old_key = key.read_bytes()
    done = reset_commands.start_over(session, "all")

    assert (other.site.running, session.site.running) == (False, True)
    assert session.site.port == other.site.port
    assert key.read_bytes() != old_key
    assert done.notes[-1] == "Another notebook ran this site; this one has taken it over."


@pytest.mark.needs_lessons("08")
def test_columns_of_other_lessons_are_made_again(session, workspace):
    """A new database has the columns of the lessons that were not reset."""
    open_lesson(session, "8")
    reset_commands.start_over(session, "lesson", "8")

    assert "confirmed" in columns(workspace)


@pytest.mark.needs_lessons("08")
def test_refilled_blanks_get_their_earlier_text(session, workspace):
    """Blanks that a lesson refilled get the text that they had when it was opened."""
    open_lesson(session, "7")
    passed(session, *(e.id for e in lessons.load().before("08")))
    open_lesson(session, "8")
    earlier = workspace.text(TOKEN)
    for name, text in solutions.answer("token-key").items():
        exercise_commands.fill(session, name, text)
    assert workspace.text(TOKEN) != earlier

    reset_commands.start_over(session, "lesson", "8")
    assert workspace.text(TOKEN) == earlier and workspace.is_open("token-key")


@pytest.mark.needs_lessons("08")
def test_a_reset_makes_no_own_fill_of_the_reference(session, workspace):
    """A lesson's reset empties refilled blanks that used the reference before the lesson."""
    open_lesson(session, "8")
    for name, text in solutions.answer("token-key").items():
        exercise_commands.fill(session, name, text)
    done = reset_commands.start_over(session, "lesson", "8")

    assert workspace.is_open(TOKEN)
    assert any(TOKEN in note and "run its %lesson cell again" in note for note in done.notes)
    open_lesson(session, "8")
    assert workspace.state(TOKEN) == "covered"


@pytest.mark.needs_lessons("08")
def test_a_blank_that_uses_the_reference_keeps_its_stored_text(session, workspace):
    """A lesson's reset leaves an earlier blank alone that uses the reference meanwhile."""
    open_lesson(session, "7")
    passed(session, *(e.id for e in lessons.load().before("08")))
    open_lesson(session, "8")
    workspace.fill(TOKEN, OWN)
    workspace.use_reference([TOKEN])
    reset_commands.start_over(session, "lesson", "8")

    assert workspace.state(TOKEN) == "covered"
    workspace.restore_own([TOKEN])
    assert workspace.text(TOKEN) == OWN


def test_everything_is_as_on_the_first_day(session, workspace):
    """All blanks, files, tables and keys are new; hidden files and hint counts are kept."""
    open_lesson(session, "3")
    passed(session, "welcome-line", COLUMN, TOKEN)
    exercise_commands.hint(session, TOKEN)
    (workspace.folder / "notes.txt").write_text("of mine")
    (workspace.folder / ".git").mkdir()
    done = reset_commands.start_over(session, "all")

    names = [exercise.id for exercise in lessons.load().exercises]
    assert all(workspace.is_open(name) for name in names) and done.blanks == tuple(names)
    assert not (workspace.folder / "notes.txt").exists()
    assert (workspace.folder / ".git").exists()
    notes = workspace.record.read()
    assert notes["filled"] == notes["opened"] == {} and set(notes["first"]) >= {TOKEN}
    assert notes["attempts"][TOKEN] == 1


def test_everything_comes_back(session, workspace):
    """After a full reset, one command restores files, database and progress."""
    open_lesson(session, "3")
    passed(session, "welcome-line", COLUMN)
    (workspace.folder / "notes.txt").write_text("of mine")
    reset_commands.start_over(session, "all")
    exercise_commands.fill(session, "welcome-line", "<p>Anew.</p>")
    done = reset_commands.bring_back(session)

    assert workspace.state(COLUMN) == workspace.state("welcome-line") == "passed"
    assert (workspace.folder / "notes.txt").read_text() == "of mine"
    reset_commands.bring_back(session, int(done.back.split()[-1]))
    assert workspace.text("welcome-line") == "<p>Anew.</p>"


def test_to_restore_twice_is_to_restore_once(session, workspace):
    """Without a number the copy of the latest reset is restored, not that of a restore."""
    exercise_commands.fill(session, TOKEN, OWN)
    reset_commands.start_over(session, "all")
    for _ in range(2):
        reset_commands.bring_back(session)

        assert workspace.text(TOKEN) == OWN


def test_an_app_of_an_older_course_is_updated_when_it_is_back(session, workspace):
    """A restored app that lacks a blank of the course gets it when a lesson is opened."""
    open_lesson(session, "3")
    kept = reset_commands.start_over(session, "all").kept / "app" / "app" / "models.py"
    kept.write_text(file_update.without(kept.read_text(), {TOKEN}))
    open_lesson(session, "3")
    reset_commands.bring_back(session)

    assert "generate-token" not in (workspace.folder / "app" / "models.py").read_text()
    open_lesson(session, "3")
    assert workspace.is_open(TOKEN)


def test_a_single_blank_comes_back_from_everything(session, workspace):
    """After a full reset, a single blank can be restored."""
    exercise_commands.fill(session, TOKEN, OWN)
    by_hand(workspace)
    reset_commands.start_over(session, "all")

    exercise_commands.restore(session, TOKEN)
    assert workspace.text(TOKEN) == BY_HAND


def test_a_damaged_app_can_be_started_over(session, workspace):
    """A file without markers can be reset, and the copy has it as it was."""
    exercise_commands.fill(session, TOKEN, OWN)
    models = workspace.folder / "app" / "models.py"
    models.write_text("# all gone")
    done = reset_commands.start_over(session, "all")

    assert workspace.is_open(TOKEN)
    assert (done.kept / "app" / "app" / "models.py").read_text() == "# all gone"


def test_the_inbox_keeps_its_mails(session, workspace):
    """A full reset deletes no mails, and says so."""
    mail = workspace.folder / ".confirmlab" / "mail" / "kept"
    mail.parent.mkdir(parents=True, exist_ok=True)
    mail.write_text("a letter")

    assert any("inbox.clear()" in note for note in reset_commands.start_over(session, "all").notes)
    assert mail.exists()


def test_a_running_site_goes_on(session):
    """A running site shows the reset app, at the same address."""
    open_lesson(session, "0")
    session.site.start()
    before = session.site.url
    exercise_commands.fill(session, "welcome-line", "<p>Halloo!</p>")
    reset_commands.start_over(session, "all")

    with session.site.visitor() as visitor:
        assert "Halloo!" not in visitor.open("/").text
    assert session.site.url == before


@pytest.mark.parametrize("words", [(TOKEN,), ("lesson", "3")])
def test_a_reset_of_a_broken_app_is_reported(session, workspace, words):
    """If the site does not start after a reset, the error says how to undo the reset."""
    open_lesson(session, "3")
    exercise_commands.fill(session, TOKEN, OWN)
    session.site.start()
    (workspace.folder / "app" / "main" / "views.py").write_text("raise RuntimeError('mine')\n")

    with pytest.raises(SiteError, match=r"The command worked .* %restore .* undoes it\. But now: "):
        reset_commands.start_over(session, *words)
    assert workspace.is_open(TOKEN)


def test_a_missing_copy_is_reported_for_a_broken_app_too(session, workspace):
    """The error for a missing copy is not replaced by that of a site that does not start."""
    open_lesson(session, "3")
    session.site.start()
    (workspace.folder / "app" / "main" / "views.py").write_text("raise RuntimeError('mine')\n")

    with pytest.raises(WorkspaceError, match="There is no copy 9"):
        reset_commands.bring_back(session, 9)


def test_nothing_is_emptied_without_a_copy(workspace, monkeypatch):
    """If the copy cannot be made, nothing is reset."""

    def full(*_, **__):
        raise OSError("No space left on device")

    workspace.fill(TOKEN, OWN)
    monkeypatch.setattr(reset.shutil, "copytree", full)

    with pytest.raises(WorkspaceError, match="nothing was emptied"):
        reset.everything(workspace)
    assert workspace.text(TOKEN) == OWN


def test_a_missing_copy_lists_the_copies(session):
    """Without a copy, or with a wrong number, the error lists the copies."""
    with pytest.raises(WorkspaceError, match="copies: none yet"):
        reset_commands.bring_back(session)
    reset_commands.start_over(session, "all")
    with pytest.raises(WorkspaceError, match="no copy 7 .* copies: 1"):
        reset_commands.bring_back(session, 7)


@pytest.mark.parametrize(
    ("words", "advice"), [(("confirm-tokn",), "Did you mean"), (("lesson", "42"), "There are: ")]
)
def test_an_unknown_id_resets_nothing(session, words, advice):
    """The error for an unknown id names a similar one, that for a lesson all; nothing changes."""
    with pytest.raises(CourseError, match=advice):
        reset_commands.start_over(session, *words)
    assert not (session.folder / ".confirmlab" / "history" / "start-over").exists()


@pytest.mark.parametrize("name", ["app/.#models.py", "notes"])
def test_a_link_to_nowhere_hinders_no_reset(session, workspace, name):
    """A link to nowhere, such as the lock of an open file in Emacs, is left out of the copy."""
    exercise_commands.fill(session, TOKEN, OWN)
    (workspace.folder / name).symlink_to("ada@host.1234")
    reset.everything(workspace)
    reset.bring_back(workspace)

    assert workspace.text(TOKEN) == OWN
