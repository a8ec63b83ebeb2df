"""Facts about the desk: workspace, inbox and site put together."""

import shutil
import socket

import pytest

from confirmlab.base.errors import CommandFailed, KitError, SiteError, WorkspaceError
from confirmlab.course import solutions

COLUMN, TOKEN, CONFIRM = "confirmed-column", "generate-token", "confirm-token"
MAKES = "def generate_confirmation_token(self, expiration_sec=3600):\n"
ADDRESS = {"name": "Ada", "email": "ada@example.com", "password": "a coop of one's own"}


def fill_reference(desk, *exercise_ids):
    for exercise_id in exercise_ids:
        desk.fill(exercise_id, solutions.fill(exercise_id))


def test_the_first_lesson_makes_the_folder(desk):
    """Opening a lesson without a folder makes it, and says so."""
    shutil.rmtree(desk.folder)
    opened = desk.open_lesson("0")

    assert opened.notes == ("Your app is ready in my_app.",)
    assert (desk.folder / "app" / "models.py").exists()


def test_missing_files_come_back(desk):
    """A template that was deleted is put back when a lesson is opened, and named."""
    (desk.folder / "app/templates/auth/email/confirm.txt").unlink()
    with pytest.raises(WorkspaceError, match=r"confirm\.txt' is missing; run the %lesson cell"):
        desk.check("confirm-txt")

    (note,) = desk.open_lesson("0").notes
    assert "app/templates/auth/email/confirm.txt" in note


def test_open_blanks_of_earlier_lessons_are_covered(desk):
    """A later lesson puts the reference into earlier blanks, and says into which."""
    opened = desk.open_lesson("5")

    assert f"The reference fills in welcome-line, {COLUMN}, {TOKEN}" in opened.notes[-1]
    assert desk.workspace.text(TOKEN) == solutions.fill(TOKEN).strip("\n")
    assert desk.workspace.is_open("confirm-view")


def test_a_cover_is_said_each_time(desk):
    """Opening a lesson again, as after a kernel restart, says again what the reference covers."""
    first = desk.open_lesson("5")

    assert desk.open_lesson("5").notes == first.notes != ()


def test_failing_fills_are_covered_and_come_back(desk):
    """A fill that fails is covered by a later lesson, kept, and back when one goes back."""
    own = f"{MAKES}    return 'mine'"
    desk.fill(TOKEN, own)
    desk.open_lesson("5")
    assert desk.workspace.state(TOKEN) == "covered"

    opened = desk.open_lesson("3")
    assert desk.workspace.text(TOKEN) == own
    assert any(f"Your own text is back in {COLUMN}, {TOKEN}" in note for note in opened.notes)


def test_what_passes_stays(desk):
    """A fill of an earlier lesson that passes, checked or not, is not covered."""
    own = '<p class="lead">Welcome, {{ current_user.name or "stranger" }}.</p>'
    desk.fill("welcome-line", own)
    opened = desk.open_lesson("3")

    assert opened.notes == ()
    assert desk.workspace.text("welcome-line") == own


def test_a_hand_made_text_survives_the_cover(desk):
    """What was written into the file by hand is back after a cover, too."""
    models = desk.folder / "app" / "models.py"
    models.write_text(models.read_text().replace('return ""', 'return "by hand"'))
    desk.open_lesson("5")
    desk.open_lesson("3")

    assert 'return "by hand"' in models.read_text()


def test_lesson_8_starts_from_the_finished_app(desk):
    """The lesson that hardens the app finds the finished one, and its own blanks are open."""
    desk.open_lesson("8")

    assert desk.workspace.text(CONFIRM) == solutions.fills("07")[CONFIRM].strip("\n")
    assert desk.workspace.is_open("token-key")


def test_lesson_9_starts_from_the_hardened_app(desk):
    """An open answer that fills blanks anew is covered with them, and they come back with it."""
    own = '<p class="lead">Welcome, {{ current_user.name or "stranger" }}.</p>'
    desk.open_lesson("8")
    desk.fill("welcome-line", own)
    desk.open_lesson("9")
    hardened = desk.workspace.text(CONFIRM)
    desk.open_lesson("8")

    assert hardened == solutions.fills()[CONFIRM].strip("\n")
    assert desk.workspace.text(CONFIRM) == solutions.fills("07")[CONFIRM].strip("\n")
    assert desk.workspace.text("welcome-line") == own
    assert desk.workspace.is_open("token-key")


def test_what_was_filled_anew_keeps_its_first_check(desk):
    """A check asks the check of each blank that was filled anew, too, and remembers it."""
    desk.open_lesson("8")
    for blank_id, text in solutions.answer("confirm-page").items():
        desk.fill(blank_id, text)
    good = desk.check("confirm-page")
    desk.fill(
        "confirm-view", solutions.answer("confirm-page")["confirm-view"].replace("flash(", "print(")
    )
    bad = desk.check("confirm-page")

    assert (good.status, bad.status) == ("passed", "failed")
    assert bad.tests[-1].sentence == "The check of confirm-view, from lesson 05, still passes."
    assert "shows no message" in bad.tests[-1].message
    assert desk.workspace.state("confirm-view") == "failing"


def test_filling_a_covered_blank_ends_the_cover(desk):
    """Who fills a covered blank has a fill of one's own there, and loses nothing by it."""
    first, second = f"{MAKES}    return 'first'", f"{MAKES}    return 'second'"
    desk.fill(TOKEN, first)
    desk.open_lesson("5")
    desk.fill(TOKEN, second)
    desk.open_lesson("3")

    assert desk.workspace.text(TOKEN) == second
    assert first in [path.read_text() for path in desk.workspace.versions(TOKEN)]


def test_covering_brings_the_database_along(desk):
    """Where the reference adds a column the database gets it before the site starts."""
    desk.open_lesson("5")
    desk.site.start()

    assert "lags" not in desk.site.notice


def test_an_own_column_is_the_learners_part(desk):
    """A column of the learner's own is said to be missing, in the site and in the shell."""
    fill_reference(desk, COLUMN)
    desk.site.start()
    with pytest.raises(CommandFailed) as caught:
        desk.terminal.run_shell("User.query.all()")

    lag = "it has no user.confirmed yet. Run %flask db migrate, then %flask db upgrade."
    assert lag in desk.site.notice
    assert lag in str(caught.value)


def test_a_migration_ends_the_lag(desk):
    """After the two commands that the sentence names, it is gone."""
    fill_reference(desk, COLUMN)
    desk.site.start()
    desk.run_flask(["db", "migrate", "-m", "confirmed"])
    desk.run_flask(["db", "upgrade"])

    assert desk.site.notice == ""
    assert desk.terminal.run_shell("User.query.all()") == "[]\n"


def test_an_untouched_blank_is_not_yet(desk):
    """Checking a stub runs nothing, and points at the first hint."""
    result = desk.check(TOKEN)

    assert (result.status, result.tests) == ("not-yet", ())
    assert f"%hint {TOKEN}" in result.note


def test_a_wrong_line_is_named_in_the_cell(desk):
    """A fill that raises is told with the line of the cell, counted from %%fill."""
    fill_reference(desk, COLUMN)
    desk.fill(TOKEN, f"{MAKES}    x = 1\n    return x / 0")
    failure = desk.check(TOKEN).first_failure

    assert failure.where.startswith(f"line 4 of the cell of {TOKEN} (app/models.py, line ")


def test_a_blank_as_it_came_has_no_cell(desk):
    """A line of a blank that nobody has filled yet is told by its file alone."""
    desk.open_lesson("6")
    name = "send-confirmation"
    desk.fill(name, solutions.fill(name).replace("email/confirm", "email/confirm.txt"))
    failure = desk.check(name).first_failure

    assert "confirm.txt.txt" in failure.message
    assert failure.where.startswith("app/email.py, line ")


def test_a_blank_broken_elsewhere_passes_with_a_note(desk):
    """A good fill in an app that another blank breaks passes, and the note quotes the trouble."""
    fill_reference(desk, COLUMN, CONFIRM)
    desk.fill("confirm-view", "1 / 0")
    result = desk.check(CONFIRM)

    assert result.status == "passed"
    assert "because of another blank" in result.note and "ZeroDivisionError" in result.note


def test_a_check_is_remembered(desk):
    """A passed check shows on the map, and says what comes next."""
    fill_reference(desk, COLUMN)
    result = desk.check(COLUMN)

    assert (result.status, desk.workspace.state(COLUMN)) == ("passed", "passed")
    assert result.next == "Next: A token for this user."


def test_what_comes_next_is_really_open(desk):
    """A check names the next blank that has not passed, and the end of the lesson when none has."""
    fill_reference(desk, COLUMN, TOKEN, CONFIRM)
    for exercise_id in (COLUMN, CONFIRM):
        desk.workspace.judged(exercise_id, passed=True)
    assert desk.check(COLUMN).next == "Next: A token for this user."

    assert desk.check(TOKEN).next == "Lesson 03 is done. %next shows where to go from here."


def test_only_what_was_there_is_said_to_be_kept(desk):
    """A cover names the blanks in which the learner had something, and no others."""
    assert not any("is kept" in note for note in desk.open_lesson("5").notes)
    desk.open_lesson("3")
    desk.fill(TOKEN, f"{MAKES}    return 'mine'")

    assert f"What you had in {TOKEN} is kept" in desk.open_lesson("5").notes[-1]


def test_a_covered_blank_earns_nothing(desk):
    """Checking what the reference covers says so, and is not noted as passed."""
    desk.open_lesson("5")

    assert desk.check(TOKEN).note == "This is the reference, not your own fill."
    assert desk.workspace.state(TOKEN) == "covered"


def test_a_crash_after_a_fill_names_the_cell(desk):
    """A fill that breaks the running site is kept, and its line of the cell is named."""
    desk.site.start()
    with pytest.raises(SiteError) as caught:
        desk.fill(TOKEN, "x = 1\nunheard_of")

    said = str(caught.value)
    assert said.startswith(f"{TOKEN} is filled, but now: The app does not start: NameError")
    assert f"(line 3 of the cell of {TOKEN})" in said
    assert str(desk.folder.parent) not in said


def test_the_next_fill_mends_the_site(desk):
    """After a crash a better fill brings the site back at its old port."""
    port = desk.site.start().port
    with pytest.raises(SiteError):
        desk.fill(TOKEN, "unheard_of")
    fill_reference(desk, TOKEN)

    assert desk.site.url == f"http://127.0.0.1:{port}"


def test_a_crash_in_a_later_cell_names_the_cell(desk):
    """Also site.start(), %%shell and %flask name the line of the cell that broke the app."""
    desk.fill(TOKEN, "\n\nunheard_of")
    for use in (desk.site.start, lambda: desk.terminal.run_shell("1")):
        with pytest.raises(KitError, match=rf"\(line 4 of the cell of {TOKEN}\)"):
            use()
    with pytest.raises(CommandFailed) as caught:
        desk.run_flask(["db", "upgrade"])

    assert f"of the cell of {TOKEN})" in caught.value.output


def test_a_broken_app_without_database_says_why(desk):
    """When there is no database yet and the app is broken, the crash is what one reads."""
    (desk.folder / "instance" / "app.sqlite").unlink()
    desk.fill(TOKEN, "unheard_of")
    with pytest.raises(SiteError, match="NameError"):
        desk.site.start()
    fill_reference(desk, TOKEN)

    assert desk.site.start().notice == ""
    assert desk.terminal.run_shell("User.query.all()") == "[]\n"


@pytest.mark.parametrize(
    "use",
    [
        lambda desk: desk.site.start(),
        lambda desk: desk.terminal.run_shell("1"),
        lambda desk: desk.run_flask(["routes"]),
        lambda desk: desk.terminal.run_pytest([]),
        lambda desk: desk.check(TOKEN),
        lambda desk: desk.fill(TOKEN, "x = 1"),
    ],
    ids=["site", "shell", "flask", "pytest", "check", "fill"],
)
def test_a_deleted_app_is_told(desk, use):
    """When my_app was deleted, whatever one does says that %lesson puts it back."""
    shutil.rmtree(desk.folder)

    with pytest.raises(WorkspaceError, match=r"missing; run the %lesson cell at the top"):
        use(desk)


def test_after_a_deletion_the_lesson_goes_on(desk):
    """When my_app was deleted while the site ran, %lesson brings both back."""
    port = desk.site.start().port
    shutil.rmtree(desk.folder)
    desk.open_lesson("0")

    assert desk.site.url == f"http://127.0.0.1:{port}"
    with desk.site.visitor() as visitor:
        assert visitor.register(**ADDRESS).status == 200
    assert desk.inbox.wait(to=ADDRESS["email"]).subject == "Welcome to Pigeon Post"


def test_two_desks_see_the_same_mails(open_desk):
    """With two notebooks open the newest runs the site, and both see what it mails."""
    first, second = open_desk(), open_desk()
    first.site.start()
    second.site.start()
    with second.site.visitor() as visitor:
        visitor.register(**ADDRESS)

    assert second.inbox.port != first.inbox.port
    assert "taken it over" in second.site.notice
    assert first.inbox.wait(to=ADDRESS["email"]) == second.inbox.wait(to=ADDRESS["email"])


def test_a_kernel_restart_loses_nothing(open_desk):
    """A desk made anew on the folder has the ports, the mails and the record of the old one."""
    old = open_desk()
    ports = old.site.start().port, old.inbox.port
    with old.site.visitor() as visitor:
        visitor.register(**ADDRESS)
    old.hint(TOKEN)
    old.site.stop()
    old.inbox.close()

    new = open_desk()
    assert (new.site.start().port, new.inbox.port) == ports
    assert len(new.inbox) == len(old.inbox) > 0
    assert new.hint(TOKEN).startswith("Hint 2 of 3.")


def test_a_taken_inbox_port_is_replaced(open_desk):
    """When another program has the inbox's port, a free one serves, and the app mails there."""
    old = open_desk()
    old.start_inbox()
    old.inbox.close()
    with socket.create_server(("127.0.0.1", old.inbox.port)):
        new = open_desk()
        new.site.start()
        with new.site.visitor() as visitor:
            visitor.register(**ADDRESS)

    assert new.inbox.port != old.inbox.port
    assert new.inbox.wait(to=ADDRESS["email"])


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"port": "x"}', '{"port": 99999}'])
def test_a_damaged_inbox_note_does_no_harm(open_desk, folder, note):
    """A note of the inbox's port that makes no sense counts as none."""
    (folder / ".confirmlab").mkdir()
    (folder / ".confirmlab" / "inbox.json").write_text(note)
    desk = open_desk()
    desk.start_inbox()

    assert 0 < desk.inbox.port < 65536


def test_hints_come_one_by_one(desk):
    """Hints go from the first to the third, and the third stays."""
    heads = [desk.hint(TOKEN)[:12] for _ in range(4)]

    assert heads == ["Hint 1 of 3.", "Hint 2 of 3.", "Hint 3 of 3.", "Hint 3 of 3."]


def test_a_solution_waits_for_success(desk):
    """The solution is refused before success, with what to do; then it opens, and is noted."""
    fill_reference(desk, COLUMN)
    with pytest.raises(KitError, match=f"%solution {COLUMN} --anyway"):
        desk.solution(COLUMN)
    desk.check(COLUMN)

    assert desk.solution(COLUMN) == solutions.fill(COLUMN)
    assert desk.workspace.record.read()["solutions"] == {COLUMN: "after success"}


def test_a_solution_shows_what_is_filled_anew(desk):
    """The solution of an answer that fills blanks anew shows these fills below its own."""
    shown = desk.solution("confirm-page", anyway=True)

    assert shown.startswith(solutions.fill("confirm-page"))
    assert "\n\n\n%%fill confirm-view\n@auth.route(" in shown


def test_a_solution_on_request_is_noted(desk):
    """The solution opens on request, and the record keeps that, also after a later success."""
    desk.solution(COLUMN, anyway=True)
    fill_reference(desk, COLUMN)
    desk.check(COLUMN)
    desk.solution(COLUMN)

    assert desk.workspace.record.read()["solutions"] == {COLUMN: "on request"}


def test_own_tests_print_what_failed(desk):
    """A failing test of the learner's own is shown, and is no failure of the command."""
    (desk.folder / "tests" / "test_more.py").write_text("def test():\n    assert 1 == 2\n")

    shown = desk.terminal.run_pytest(["tests/test_more.py"])
    assert "assert 1 == 2" in shown
    assert str(desk.folder.parent) not in shown


def test_own_tests_that_exit_are_told(desk):
    """A test of the learner's own that ends the process is told in a sentence."""
    (desk.folder / "tests" / "test_more.py").write_text(
        "def test():\n    __import__('os')._exit(0)"
    )

    with pytest.raises(KitError, match=r"does something call exit\(\)\?"):
        desk.terminal.run_pytest(["tests/test_more.py"])


def test_pictures_come_from_the_own_site_only(desk):
    """For the picture of a page files are fetched from the site, and from nowhere else."""
    desk.site.start()

    assert "font" in desk.fetch(f"{desk.site.url}/static/style.css")
    assert desk.fetch(f"{desk.site.url}0/static/style.css") is None
    assert desk.fetch(f"{desk.site.url}/static/gone.css") is None


def test_the_site_brings_the_inbox_page_back(open_desk, relay):
    """Another kernel that starts the site serves the page that was left open, at its address."""
    first, second = open_desk(), open_desk()
    page = first.inbox.page
    assert not second.inbox.page_served
    second.site.start()

    assert second.inbox.page_served
    assert (second.inbox.page, second.inbox.opens) == (page, second.link)


def test_a_verdict_is_shown_on_a_full_disk(desk, monkeypatch):
    """Where the record cannot be written the card shows how the check ended, and says why."""
    fill_reference(desk, COLUMN)

    def full(*_args, **_kwargs):
        raise WorkspaceError("The disk that holds 'my_app' is full.")

    monkeypatch.setattr(desk.workspace, "judged", full)
    result = desk.check(COLUMN)

    assert result.status == "passed"
    assert result.note == (
        "This result could not be recorded. The disk that holds 'my_app' is full."
    )
