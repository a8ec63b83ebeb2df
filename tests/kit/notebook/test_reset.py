"""Facts about beginning anew: what is emptied, what is kept, and how it comes back."""

import sqlite3
from contextlib import closing

import pytest

from confirmlab.base.errors import CourseError, WorkspaceError
from confirmlab.course import lessons, solutions
from confirmlab.notebook import reset

COLUMN, TOKEN, CONFIRM = "confirmed-column", "generate-token", "confirm-token"
OWN = "def generate_confirmation_token(self, expiration_sec=3600):\n    return 'mine'"
BY_HAND = OWN.replace("mine", "by hand")


@pytest.fixture
def workspace(desk):
    return desk.workspace


def passed(desk, *exercise_ids):
    for exercise_id in exercise_ids:
        desk.workspace.fill(exercise_id, solutions.fill(exercise_id))
        desk.workspace.judged(exercise_id, passed=True)


def by_hand(workspace):
    models = workspace.folder / "app" / "models.py"
    models.write_text(models.read_text().replace("'mine'", "'by hand'"))


def columns(workspace):
    with closing(sqlite3.connect(workspace.folder / "instance" / "app.sqlite")) as database:
        return {row[1] for row in database.execute("pragma table_info(user)")}


def test_a_blank_is_emptied_and_comes_back(desk, workspace):
    """A blank is as at the start, and %restore brings back what stood there."""
    desk.fill(TOKEN, OWN)
    done = desk.start_over(TOKEN)

    assert workspace.is_open(TOKEN) and workspace.state(TOKEN) == "open"
    assert (done.blanks, done.back) == ((TOKEN,), f"%restore {TOKEN}")
    desk.restore(TOKEN)
    assert workspace.text(TOKEN) == OWN


def test_what_was_written_by_hand_is_kept_too(desk, workspace):
    """Text that never was in a cell is kept when its blank is emptied."""
    desk.fill(TOKEN, OWN)
    by_hand(workspace)
    desk.start_over(TOKEN)

    desk.restore(TOKEN)
    assert workspace.text(TOKEN) == BY_HAND


def test_hints_begin_anew_and_are_remembered(desk, workspace):
    """After a fresh start hints come from the first again; how many were read is not forgotten."""
    for _ in range(3):
        desk.hint(TOKEN)
    desk.start_over(TOKEN)

    assert desk.hint(TOKEN).startswith("Hint 1 of 3.")
    assert workspace.record.read()["read"][TOKEN] == 3


def test_a_covered_blank_stays_covered(desk, workspace):
    """Where the reference stands in, it goes on; the learner's own text is empty from then on."""
    desk.fill(TOKEN, OWN)
    desk.open_lesson("5")
    done = desk.start_over(TOKEN)

    assert workspace.state(TOKEN) == "covered"
    assert "The reference still fills in generate-token" in done.notes[-1]
    desk.open_lesson("3")
    assert workspace.is_open(TOKEN)
    desk.restore(TOKEN, 1)
    assert workspace.text(TOKEN) == OWN


def test_one_hears_what_the_open_lesson_needs(desk):
    """Emptying an earlier blank says how to get the reference meanwhile."""
    passed(desk, "welcome-line", COLUMN, TOKEN, CONFIRM)
    desk.open_lesson("5")

    assert any("run its %lesson cell again" in note for note in desk.start_over(TOKEN).notes)
    desk.open_lesson("5")
    assert desk.workspace.state(TOKEN) == "covered"


def test_a_lesson_is_emptied_and_comes_back(desk, workspace):
    """All blanks of a lesson are emptied; %restore start-over brings everything back."""
    desk.open_lesson("3")
    passed(desk, COLUMN, TOKEN, CONFIRM)
    done = desk.start_over("lesson", "3")

    assert all(workspace.is_open(name) for name in (COLUMN, TOKEN, CONFIRM))
    assert done.kept.parent == workspace.folder / ".confirmlab" / "history" / "start-over"
    desk.bring_back()
    assert {workspace.state(name) for name in (COLUMN, TOKEN, CONFIRM)} == {"passed"}


def test_a_lesson_with_tables_gets_a_new_database(desk, workspace):
    """Emptying the lesson that adds a column takes its migration away too; it can come back."""
    desk.open_lesson("3")
    passed(desk, COLUMN)
    versions = workspace.folder / "migrations" / "versions"
    given = sorted(versions.glob("*.py"))
    desk.run_flask(["db", "migrate", "-m", "confirmed"])
    desk.run_flask(["db", "upgrade"])
    assert "confirmed" in columns(workspace)

    desk.start_over("lesson", "3")
    assert "confirmed" not in columns(workspace) and sorted(versions.glob("*.py")) == given
    desk.bring_back()
    assert "confirmed" in columns(workspace)


def test_columns_of_other_lessons_are_made_again(desk, workspace):
    """A new database has the columns of lessons that are not started over."""
    desk.open_lesson("8")
    desk.start_over("lesson", "8")

    assert "confirmed" in columns(workspace)


def test_what_a_lesson_filled_anew_is_as_before(desk, workspace):
    """Blanks that a lesson fills anew stand again as they did when it was begun."""
    desk.open_lesson("7")
    passed(desk, *(e.id for e in lessons.load().before("08")))
    desk.open_lesson("8")
    earlier = workspace.text(TOKEN)
    for name, text in solutions.answer("token-key").items():
        desk.fill(name, text)
    assert workspace.text(TOKEN) != earlier

    desk.start_over("lesson", "8")
    assert workspace.text(TOKEN) == earlier and workspace.is_open("token-key")


def test_everything_is_as_on_the_first_day(desk, workspace):
    """All blanks, files, tables and keys are new; hidden things and what was read stay."""
    desk.open_lesson("3")
    passed(desk, "welcome-line", COLUMN, TOKEN)
    desk.hint(TOKEN)
    (workspace.folder / "notes.txt").write_text("of mine")
    (workspace.folder / ".git").mkdir()
    done = desk.start_over("all")

    names = [exercise.id for exercise in lessons.load().exercises]
    assert all(workspace.is_open(name) for name in names) and done.blanks == tuple(names)
    assert not (workspace.folder / "notes.txt").exists()
    assert (workspace.folder / ".git").exists()
    notes = workspace.record.read()
    assert notes["filled"] == notes["opened"] == {} and set(notes["first"]) >= {TOKEN}


def test_everything_comes_back(desk, workspace):
    """After starting over altogether, one command brings files, database and progress back."""
    desk.open_lesson("3")
    passed(desk, "welcome-line", COLUMN)
    (workspace.folder / "notes.txt").write_text("of mine")
    desk.start_over("all")
    desk.fill("welcome-line", "<p>Anew.</p>")
    done = desk.bring_back()

    assert workspace.state(COLUMN) == workspace.state("welcome-line") == "passed"
    assert (workspace.folder / "notes.txt").read_text() == "of mine"
    desk.bring_back(int(done.back.split()[-1]))
    assert workspace.text("welcome-line") == "<p>Anew.</p>"


def test_a_single_blank_comes_back_from_everything(desk, workspace):
    """After starting over altogether, one blank can be brought back alone."""
    desk.fill(TOKEN, OWN)
    by_hand(workspace)
    desk.start_over("all")

    desk.restore(TOKEN)
    assert workspace.text(TOKEN) == BY_HAND


def test_a_damaged_app_can_be_started_over(desk, workspace):
    """A file without its markers hinders no fresh start, and is in the copy as it was."""
    desk.fill(TOKEN, OWN)
    models = workspace.folder / "app" / "models.py"
    models.write_text("# all gone")
    done = desk.start_over("all")

    assert workspace.is_open(TOKEN)
    assert (done.kept / "app" / "app" / "models.py").read_text() == "# all gone"


def test_the_inbox_keeps_its_mails(desk, workspace):
    """Starting over altogether throws no mail away, and says so."""
    mail = workspace.folder / ".confirmlab" / "mail" / "kept"
    mail.parent.mkdir(parents=True, exist_ok=True)
    mail.write_text("a letter")

    assert any("inbox.clear()" in note for note in desk.start_over("all").notes)
    assert mail.exists()


def test_a_running_site_goes_on(desk):
    """A site that ran shows the emptied app, at the address that it had."""
    desk.open_lesson("0")
    desk.site.start()
    before = desk.site.url
    desk.fill("welcome-line", "<p>Halloo!</p>")
    desk.start_over("all")

    with desk.site.visitor() as visitor:
        assert "Halloo!" not in visitor.open("/").text
    assert desk.site.url == before


def test_nothing_is_emptied_without_a_copy(workspace, monkeypatch):
    """If the copy cannot be made, everything stays as it was."""

    def full(*_, **__):
        raise OSError("No space left on device")

    workspace.fill(TOKEN, OWN)
    monkeypatch.setattr(reset.shutil, "copytree", full)

    with pytest.raises(WorkspaceError, match="nothing was emptied"):
        reset.everything(workspace)
    assert workspace.text(TOKEN) == OWN


def test_a_copy_that_is_not_there_is_told(desk):
    """Without a copy, or with a wrong number, one hears which copies there are."""
    with pytest.raises(WorkspaceError, match="copies: none yet"):
        desk.bring_back()
    desk.start_over("all")
    with pytest.raises(WorkspaceError, match="no copy 7 .* copies: 1"):
        desk.bring_back(7)


@pytest.mark.parametrize("words", [("confirm-tokn",), ("lesson", "42")])
def test_what_does_not_exist_is_not_emptied(desk, words):
    """An unknown id or lesson is answered with what there is, and nothing happens."""
    with pytest.raises(CourseError, match="There are: "):
        desk.start_over(*words)
    assert not (desk.folder / ".confirmlab" / "history" / "start-over").exists()
