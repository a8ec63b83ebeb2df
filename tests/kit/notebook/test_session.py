"""Facts about a session: workspace, inbox and site together."""

import shutil
import socket

import pytest

from confirmlab.base.errors import CommandFailed, KitError, SiteError, WorkspaceError
from confirmlab.course import lessons, solutions
from confirmlab.course.results import TestResult
from confirmlab.notebook import exercise_commands
from confirmlab.notebook.lesson_opening import open_lesson
from confirmlab.notebook.source_map import SourceMap
from confirmlab.site import app_commands

COLUMN, TOKEN, CONFIRM = "confirmed-column", "generate-token", "confirm-token"
MAKES = "def generate_confirmation_token(self, expiration_sec=3600):\n"
ADDRESS = {"name": "Ada", "email": "ada@example.com", "password": "a coop of one's own"}


def fill_reference(session, *exercise_ids):
    for exercise_id in exercise_ids:
        exercise_commands.fill(session, exercise_id, solutions.fill(exercise_id))


def test_the_first_lesson_makes_the_folder(session):
    """Opening a lesson creates a missing folder, and says so."""
    shutil.rmtree(session.folder)
    opened = open_lesson(session, "0")

    assert opened.notes == ("Your app is ready in my_app.",)
    assert (session.folder / "app" / "models.py").exists()


def test_missing_files_come_back(session):
    """Opening a lesson restores a deleted template, and names it."""
    (session.folder / "app/templates/auth/email/confirm.txt").unlink()
    with pytest.raises(WorkspaceError, match=r"confirm\.txt' is missing; run the %lesson cell"):
        exercise_commands.check(session, "confirm-txt")

    (note,) = open_lesson(session, "0").notes
    assert "app/templates/auth/email/confirm.txt" in note


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["--debug", "run", "--port", "5001"],
        ["--app", "app", "run", "--debug"],
        ["-A", "app", "-e", ".env", "run"],
    ],
)
def test_a_server_in_a_cell_is_refused(session, monkeypatch, arguments):
    """%flask run would keep its cell waiting, so it is refused, and site.start() is named."""
    monkeypatch.setattr(app_commands, "run_flask", lambda *_: pytest.fail("it was started"))

    with pytest.raises(KitError, match=r"site\.start\(\) serves your app"):
        session.run_flask(arguments)


def test_open_blanks_of_earlier_lessons_are_covered(session):
    """Opening a later lesson fills open earlier blanks from the reference, and lists them."""
    opened = open_lesson(session, "5")

    assert f"The reference fills in welcome-line, {COLUMN}, {TOKEN}" in opened.notes[-1]
    assert session.workspace.text(TOKEN) == solutions.fill(TOKEN).strip("\n")
    assert session.workspace.is_open("confirm-view")


def test_the_reference_is_named_each_time(session):
    """Opening a lesson again lists again where the reference is used."""
    first = open_lesson(session, "5")

    assert open_lesson(session, "5").notes == first.notes != ()


def test_failing_fills_are_covered_and_come_back(session):
    """A later lesson covers a failing fill; going back to its lesson restores the fill."""
    own = f"{MAKES}    return 'mine'"
    exercise_commands.fill(session, TOKEN, own)
    open_lesson(session, "5")
    assert session.workspace.state(TOKEN) == "covered"

    opened = open_lesson(session, "3")
    assert session.workspace.text(TOKEN) == own
    assert any(f"Your own text is back in {TOKEN}." in note for note in opened.notes)


def test_an_open_blank_is_not_called_restored(session):
    """Going back to a lesson with an open blank does not mention a restored text."""
    open_lesson(session, "5")

    assert not any("Your own text" in note for note in open_lesson(session, "3").notes)


def test_passing_fills_are_not_covered(session):
    """A passing fill of an earlier lesson is not covered, whether it was checked or not."""
    own = '<p class="lead">Welcome, {{ current_user.name or "stranger" }}.</p>'
    exercise_commands.fill(session, "welcome-line", own)
    opened = open_lesson(session, "3")

    assert opened.notes == ()
    assert session.workspace.text("welcome-line") == own


def test_a_hand_made_text_survives_the_reference(session):
    """Text that was written into the file by hand is restored after the reference, too."""
    models = session.folder / "app" / "models.py"
    models.write_text(models.read_text().replace('return ""', 'return "by hand"'))
    open_lesson(session, "5")
    open_lesson(session, "3")

    assert 'return "by hand"' in models.read_text()


@pytest.mark.needs_lessons("08")
def test_lesson_8_starts_from_the_finished_app(session):
    """The lesson that hardens the app begins with the finished one and its own open blanks."""
    open_lesson(session, "8")

    assert session.workspace.text(CONFIRM) == solutions.finished()[CONFIRM].strip("\n")
    assert session.workspace.is_open("token-key")


@pytest.mark.needs_lessons("08", "09")
def test_lesson_9_starts_from_the_hardened_app(session):
    """An open exercise and the blanks it refills get, and lose, the reference together."""
    own = '<p class="lead">Welcome, {{ current_user.name or "stranger" }}.</p>'
    open_lesson(session, "8")
    exercise_commands.fill(session, "welcome-line", own)
    open_lesson(session, "9")
    hardened = session.workspace.text(CONFIRM)
    open_lesson(session, "8")

    assert hardened == solutions.fills()[CONFIRM].strip("\n")
    assert session.workspace.text(CONFIRM) == solutions.finished()[CONFIRM].strip("\n")
    assert session.workspace.text("welcome-line") == own
    assert session.workspace.is_open("token-key")


@pytest.mark.needs_lessons("08")
def test_refilled_blanks_keep_their_check(session):
    """A check also runs the checks of refilled blanks, and stores their results."""
    open_lesson(session, "8")
    for blank_id, text in solutions.answer("confirm-page").items():
        exercise_commands.fill(session, blank_id, text)
    good = exercise_commands.check(session, "confirm-page")
    exercise_commands.fill(
        session,
        "confirm-view",
        solutions.answer("confirm-page")["confirm-view"].replace("flash(", "print("),
    )
    bad = exercise_commands.check(session, "confirm-page")

    assert (good.status, bad.status) == ("passed", "failed")
    assert bad.tests[-1].sentence == "The check of confirm-view, from lesson 05, still passes."
    assert "shows no message" in bad.tests[-1].message
    assert session.workspace.state("confirm-view") == "failing"


def test_a_fill_replaces_the_reference(session):
    """The fill of a covered blank becomes the learner's own text; the old one is kept."""
    first, second = f"{MAKES}    return 'first'", f"{MAKES}    return 'second'"
    exercise_commands.fill(session, TOKEN, first)
    open_lesson(session, "5")
    exercise_commands.fill(session, TOKEN, second)
    open_lesson(session, "3")

    assert session.workspace.text(TOKEN) == second
    assert first in [path.read_text() for path in session.workspace.history.versions(TOKEN)]


def test_covering_brings_the_database_along(session):
    """If the reference adds a column, the database gets it before the site starts."""
    open_lesson(session, "5")
    session.site.start()

    assert "lags" not in session.site.notice


def test_an_own_column_is_the_learners_part(session):
    """A column that only the model has is reported as missing, by the site and the shell."""
    fill_reference(session, COLUMN)
    session.site.start()
    with pytest.raises(CommandFailed) as caught:
        session.terminal.run_shell("User.query.all()")

    lag = "it has no user.confirmed yet. Run %flask db migrate, then %flask db upgrade."
    assert lag in session.site.notice
    assert lag in str(caught.value)


def test_a_migration_ends_the_lag(session):
    """After the two commands that the sentence names, no column is missing."""
    fill_reference(session, COLUMN)
    session.site.start()
    session.run_flask(["db", "migrate", "-m", "confirmed"])
    session.run_flask(["db", "upgrade"])

    assert session.site.notice == ""
    assert session.terminal.run_shell("User.query.all()") == "[]\n"


HALF = {
    "no default for old rows": "confirmed: Mapped[bool] = mapped_column(default=False)",
    "may be empty": "confirmed: Mapped[bool | None] = mapped_column(default=False)",
}


def drafted(session, half):
    """Write a migration for a half-finished column, then finish the column."""
    insert = "db.session.add(User(name='A', email='a@b.example', password_hash='x'))"
    session.terminal.run_shell(f"{insert}; db.session.commit()")
    exercise_commands.fill(session, COLUMN, HALF[half])
    session.run_flask(["db", "migrate", "-m", "half"])


def delete_newest_migration(session):
    max((session.folder / "migrations" / "versions").glob("0*.py")).unlink()


def refused(session, *command):
    with pytest.raises(CommandFailed) as caught:
        session.run_flask(["db", *command])
    return str(caught.value)


def migrate(session):
    session.run_flask(["db", "migrate", "-m", "whole"])
    session.run_flask(["db", "upgrade"])
    return session.terminal.run_shell("[user.confirmed for user in User.query.all()]")


def test_a_migration_of_half_a_column_names_the_way_out(session):
    """Where old rows have no value, both commands say to delete the file and to draft it anew."""
    drafted(session, "no default for old rows")
    said = refused(session, "upgrade")
    fill_reference(session, COLUMN)
    again = refused(session, "migrate", "-m", "whole")

    assert "no server_default" in said
    for each in (said, again):
        assert "delete the newest file in my_app/migrations/versions" in each
    delete_newest_migration(session)
    assert migrate(session) == "[False]\n"


def test_a_column_that_sqlite_cannot_change_can_be_removed(session):
    """For a column that was changed after its migration, the message names commands that work."""
    drafted(session, "may be empty")
    session.run_flask(["db", "upgrade"])
    fill_reference(session, COLUMN)
    session.run_flask(["db", "migrate", "-m", "changed"])

    assert "run %flask db downgrade, which removes the column" in refused(session, "upgrade")
    delete_newest_migration(session)
    session.run_flask(["db", "downgrade"])
    delete_newest_migration(session)
    assert migrate(session) == "[False]\n"


def test_an_untouched_blank_is_not_yet(session):
    """A check of a stub runs no tests, and names the first hint."""
    result = exercise_commands.check(session, TOKEN)

    assert (result.status, result.tests) == ("not-yet", ())
    assert f"%hint {TOKEN}" in result.note


def test_a_wrong_line_is_named_in_the_cell(session):
    """If a fill raises, the line of the cell is named, counted from %%fill."""
    fill_reference(session, COLUMN)
    exercise_commands.fill(session, TOKEN, f"{MAKES}    x = 1\n    return x / 0")
    failure = exercise_commands.check(session, TOKEN).first_failure

    assert failure.where.startswith(f"line 4 of the cell of {TOKEN} (app/models.py, line ")


def test_the_line_of_the_exercise_is_named(session):
    """If an error went through the exercise's own cell, its line there is named."""
    open_lesson(session, "6")
    name = "send-confirmation"
    exercise_commands.fill(
        session, name, solutions.fill(name).replace("email/confirm", "email/confirm.txt")
    )
    failure = exercise_commands.check(session, name).first_failure

    assert "confirm.txt.txt" in failure.message
    assert failure.where.startswith("line 5 of the cell of send-confirmation (app/auth/views.py, ")


def test_an_unfilled_blank_has_no_cell(session):
    """A line of a blank that is not filled yet is named by its file alone."""
    open_lesson(session, "6")
    blank = session.workspace.blank_of(lessons.load().exercise("send-in-background"))
    failure = TestResult("x", "x", "error", where=f"app/email.py, line {blank.first}: x")

    assert SourceMap(session.workspace).in_test(failure) == failure


def test_a_blank_broken_elsewhere_passes_with_a_note(session):
    """A correct fill in a broken app passes, with a note that quotes the error."""
    fill_reference(session, COLUMN, CONFIRM)
    exercise_commands.fill(session, "confirm-view", "1 / 0")
    result = exercise_commands.check(session, CONFIRM)

    assert result.status == "passed"
    assert "because of another blank" in result.note and "ZeroDivisionError" in result.note


def test_a_check_is_remembered(session):
    """A passed check appears in the progress, and the result names the next blank."""
    fill_reference(session, COLUMN)
    result = exercise_commands.check(session, COLUMN)

    assert (result.status, session.workspace.state(COLUMN)) == ("passed", "passed")
    assert result.next == "Next: A token for this user."


def test_what_comes_next_is_really_open(session):
    """A check names the next blank that has not passed, or the end of the lesson."""
    fill_reference(session, COLUMN, TOKEN, CONFIRM)
    for exercise_id in (COLUMN, CONFIRM):
        session.workspace.store_result(exercise_id, passed=True)
    assert exercise_commands.check(session, COLUMN).next == "Next: A token for this user."

    assert (
        exercise_commands.check(session, TOKEN).next
        == "Lesson 03 is done. %next shows where to go from here."
    )


def test_the_note_lists_only_written_texts(session):
    """The note lists only the blanks in which the learner had a text."""
    assert not any("is kept" in note for note in open_lesson(session, "5").notes)
    open_lesson(session, "3")
    exercise_commands.fill(session, TOKEN, f"{MAKES}    return 'mine'")

    assert f"What you had in {TOKEN} is kept" in open_lesson(session, "5").notes[-1]


def test_a_covered_blank_earns_nothing(session):
    """A check of a blank that uses the reference says so, and is not stored as passed."""
    open_lesson(session, "5")

    assert (
        exercise_commands.check(session, TOKEN).note == "This is the reference, not your own fill."
    )
    assert session.workspace.state(TOKEN) == "covered"


def test_a_crash_after_a_fill_names_the_cell(session):
    """A fill that breaks the running site is kept, and its line of the cell is named."""
    session.site.start()
    with pytest.raises(SiteError) as caught:
        exercise_commands.fill(session, TOKEN, "x = 1\nunheard_of")

    message = str(caught.value)
    assert message.startswith(f"{TOKEN} is filled, but now: The app does not start: NameError")
    assert f"(line 3 of the cell of {TOKEN})" in message
    assert str(session.folder.parent) not in message


def test_the_next_fill_mends_the_site(session):
    """After a crash, a correct fill restarts the site on its old port."""
    port = session.site.start().port
    with pytest.raises(SiteError):
        exercise_commands.fill(session, TOKEN, "unheard_of")
    fill_reference(session, TOKEN)

    assert session.site.url == f"http://127.0.0.1:{port}"


def test_a_crash_in_a_later_cell_names_the_cell(session):
    """site.start(), %%shell and %flask also name the line of the cell that broke the app."""
    exercise_commands.fill(session, TOKEN, "\n\nunheard_of")
    for use in (session.site.start, lambda: session.terminal.run_shell("1")):
        with pytest.raises(KitError, match=rf"\(line 4 of the cell of {TOKEN}\)"):
            use()
    with pytest.raises(CommandFailed) as caught:
        session.run_flask(["db", "upgrade"])

    assert f"of the cell of {TOKEN})" in caught.value.output


def test_an_empty_database_is_created_again(session):
    """A database without tables, as an interrupt may leave it, counts as missing."""
    (session.folder / "instance" / "app.sqlite").write_bytes(b"")

    assert session.terminal.run_shell("User.query.all()") == "[]\n"


def test_an_interrupted_new_database_is_deleted(session, monkeypatch):
    """If creating the database is interrupted, no part of it stays, and the next command works."""
    database = session.folder / "instance" / "app.sqlite"
    database.unlink()

    def interrupted(*_args):
        database.write_bytes(b"a part")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(app_commands, "run_flask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            session.terminal.make_ready()
    assert not database.exists()

    assert session.terminal.run_shell("User.query.all()") == "[]\n"


def test_an_interrupt_deletes_no_earlier_database(session, monkeypatch):
    """A database that had tables before an interrupt is kept."""
    database = session.folder / "instance" / "app.sqlite"
    before = database.read_bytes()
    session.workspace.use_reference(["confirmed-column"])

    def interrupted(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(app_commands, "run_flask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.terminal.make_ready()

    assert database.read_bytes() == before


def test_a_broken_app_without_database_says_why(session):
    """If the app is broken and has no database yet, the crash is shown."""
    (session.folder / "instance" / "app.sqlite").unlink()
    exercise_commands.fill(session, TOKEN, "unheard_of")
    with pytest.raises(SiteError, match="NameError"):
        session.site.start()
    fill_reference(session, TOKEN)

    assert session.site.start().notice == ""
    assert session.terminal.run_shell("User.query.all()") == "[]\n"


@pytest.mark.parametrize(
    "use",
    [
        lambda session: session.site.start(),
        lambda session: session.terminal.run_shell("1"),
        lambda session: session.run_flask(["routes"]),
        lambda session: session.terminal.run_pytest([]),
        lambda session: exercise_commands.check(session, TOKEN),
        lambda session: exercise_commands.fill(session, TOKEN, "x = 1"),
    ],
    ids=["site", "shell", "flask", "pytest", "check", "fill"],
)
def test_a_deleted_app_is_reported(session, use):
    """If my_app was deleted, every command says that %lesson restores it."""
    shutil.rmtree(session.folder)

    with pytest.raises(WorkspaceError, match=r"missing; run the %lesson cell at the top"):
        use(session)


def test_after_a_deletion_the_lesson_goes_on(session):
    """If my_app was deleted while the site ran, %lesson restores both."""
    port = session.site.start().port
    shutil.rmtree(session.folder)
    open_lesson(session, "0")

    assert session.site.url == f"http://127.0.0.1:{port}"
    with session.site.visitor() as visitor:
        assert visitor.register(**ADDRESS).status == 200
    assert session.inbox.wait(to=ADDRESS["email"]).subject == "Welcome to Pigeon Post"


def test_two_sessions_see_the_same_mails(open_session):
    """With two notebooks open, the newer one runs the site, and both see its mails."""
    first, second = open_session(), open_session()
    first.site.start()
    second.site.start()
    with second.site.visitor() as visitor:
        visitor.register(**ADDRESS)

    assert second.inbox.port != first.inbox.port
    assert "taken it over" in second.site.notice
    assert first.inbox.wait(to=ADDRESS["email"]) == second.inbox.wait(to=ADDRESS["email"])


def test_a_kernel_restart_loses_nothing(open_session):
    """A new session on the folder has the ports, the mails and the record of the old one."""
    old = open_session()
    ports = old.site.start().port, old.inbox.port
    with old.site.visitor() as visitor:
        visitor.register(**ADDRESS)
    exercise_commands.hint(old, TOKEN)
    old.site.stop()
    old.inbox.close()

    new = open_session()
    assert (new.site.start().port, new.inbox.port) == ports
    assert len(new.inbox) == len(old.inbox) > 0
    assert exercise_commands.hint(new, TOKEN).startswith("Hint 2 of 3.")


def test_a_taken_inbox_port_is_replaced(open_session):
    """If the inbox's port is taken, a free one is used, and the app mails there."""
    old = open_session()
    old.start_inbox()
    old.inbox.close()
    with socket.create_server(("127.0.0.1", old.inbox.port)):
        new = open_session()
        new.site.start()
        with new.site.visitor() as visitor:
            visitor.register(**ADDRESS)

    assert new.inbox.port != old.inbox.port
    assert new.inbox.wait(to=ADDRESS["email"])


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"port": "x"}', '{"port": 99999}'])
def test_a_damaged_inbox_note_does_no_harm(open_session, folder, note):
    """An invalid file with the inbox's port is ignored."""
    (folder / ".confirmlab").mkdir()
    (folder / ".confirmlab" / "inbox.json").write_text(note)
    session = open_session()
    session.start_inbox()

    assert 0 < session.inbox.port < 65536


def test_hints_come_one_by_one(session):
    """Hints are shown from the first to the third; then the third is repeated."""
    heads = [exercise_commands.hint(session, TOKEN)[:12] for _ in range(4)]

    assert heads == ["Hint 1 of 3.", "Hint 2 of 3.", "Hint 3 of 3.", "Hint 3 of 3."]


def test_a_solution_waits_for_success(session):
    """Before success the solution is refused with advice; then it is shown and recorded."""
    fill_reference(session, COLUMN)
    with pytest.raises(KitError, match=f"%solution {COLUMN} --anyway"):
        exercise_commands.solution(session, COLUMN)
    exercise_commands.check(session, COLUMN)

    assert exercise_commands.solution(session, COLUMN) == solutions.fill(COLUMN)
    assert session.workspace.record.read()["solutions"] == {COLUMN: "after success"}


@pytest.mark.needs_lessons("08")
def test_a_solution_shows_refilled_blanks(session):
    """The solution of an exercise that refills blanks shows these fills below its own."""
    shown = exercise_commands.solution(session, "confirm-page", anyway=True)

    assert shown.startswith(solutions.fill("confirm-page"))
    assert "\n\n\n%%fill confirm-view\n@auth.route(" in shown


def test_a_solution_on_request_is_noted(session):
    """A solution shown on request is recorded as such, also after a later success."""
    exercise_commands.solution(session, COLUMN, anyway=True)
    fill_reference(session, COLUMN)
    exercise_commands.check(session, COLUMN)
    exercise_commands.solution(session, COLUMN)

    assert session.workspace.record.read()["solutions"] == {COLUMN: "on request"}


def test_own_tests_print_what_failed(session):
    """A failing test of the learner is printed, and the command does not fail."""
    (session.folder / "tests" / "test_more.py").write_text("def test():\n    assert 1 == 2\n")

    shown = session.terminal.run_pytest(["tests/test_more.py"])
    assert "assert 1 == 2" in shown
    assert str(session.folder.parent) not in shown


def test_own_tests_that_exit_are_reported(session):
    """If a learner's test ends the process, a sentence says so."""
    (session.folder / "tests" / "test_more.py").write_text(
        "def test():\n    __import__('os')._exit(0)"
    )

    with pytest.raises(KitError, match=r"does something call exit\(\)\?"):
        session.terminal.run_pytest(["tests/test_more.py"])


def test_the_site_brings_the_inbox_page_back(open_session, relay):
    """Another kernel that starts the site serves the open inbox page at its address again."""
    first, second = open_session(), open_session()
    page = first.inbox.page
    assert not second.inbox.page_served
    second.site.start()

    assert second.inbox.page_served
    assert (second.inbox.page, second.inbox.opens) == (page, second.link)


def test_a_verdict_is_shown_on_a_full_disk(session, monkeypatch):
    """If the record cannot be written, the card shows the result and says why."""
    fill_reference(session, COLUMN)

    def full(*_args, **_kwargs):
        raise WorkspaceError("The disk that holds 'my_app' is full.")

    monkeypatch.setattr(session.workspace, "store_result", full)
    result = exercise_commands.check(session, COLUMN)

    assert result.status == "passed"
    assert result.note == (
        "This result could not be recorded. The disk that holds 'my_app' is full."
    )


@pytest.mark.needs_lessons("08")
def test_a_check_stores_nothing_for_the_reference(session):
    """A check stores no result and no attempt for a refilled blank that uses the reference."""
    open_lesson(session, "8")
    page = solutions.answer("confirm-page")["confirm-page"]
    exercise_commands.fill(session, "confirm-page", page)
    exercise_commands.check(session, "confirm-page")
    record = session.workspace.record.read()

    assert "confirm-view" not in record["attempts"] | record["passed"] | record["failed"]
    assert exercise_commands.restore_passed(session, "confirm-view").done == "emptied"
