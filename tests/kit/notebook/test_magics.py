"""Facts about the commands of the notebook."""

import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from confirmlab.base.errors import (
    BlankError,
    CheckFailed,
    CommandFailed,
    CourseError,
    KitError,
    SubmissionError,
)
from confirmlab.course import lessons, solutions
from confirmlab.notebook import exercise_commands
from confirmlab.processes import fork_server

COLUMN, TOKEN = "confirmed-column", "generate-token"
MAKES = "def generate_confirmation_token(self, expiration_sec=3600):\n"


@pytest.fixture(scope="module")
def ipython(tmp_path_factory):
    """Create one IPython for all tests, without confirmations and history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        shell = InteractiveShell.instance()
        shell.history_manager.enabled = False
        yield shell
        InteractiveShell.clear_instance()


@pytest.fixture
def notebook(ipython, folder, monkeypatch):
    """Load the extension into a kernel with a fresh workspace."""
    monkeypatch.setenv("CONFIRMLAB_WORKSPACE", str(folder))
    monkeypatch.delenv("CONFIRMLAB_STRICT", raising=False)
    ipython.reset(new_session=False)
    ipython.extension_manager.loaded.discard("confirmlab")
    ipython.extension_manager.load_extension("confirmlab")
    yield ipython
    ipython.user_ns["site"].stop()
    ipython.user_ns["inbox"].close()


def run(notebook, cell):
    """Run a cell; return what it printed and displayed as text, or raise its error."""
    with capture_output() as seen:
        result = notebook.run_cell(cell)
    run.seen = seen.stdout + "".join(o.data["text/plain"] for o in seen.outputs)
    result.raise_error()
    return run.seen


def fill(notebook, exercise_id, text=None):
    text = solutions.fill(exercise_id) if text is None else text
    return run(notebook, f"%%fill {exercise_id}\n{text}")


def test_a_kernel_starts_light():
    """Loading the commands imports nothing that only checks, servers or tools need."""
    heavy = ("pytest", "flask", "werkzeug", "aiosmtpd", "httpx", "nbformat", "nbclient", "jwt")
    code = (
        f"import sys, confirmlab.notebook.magics; print([m for m in {heavy} if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert shown.strip() == "[]"


def test_learners_get_their_names(notebook):
    """Loading the extension defines the objects that the notebooks use."""
    assert {"site", "inbox", "take_apart", "examine"} <= notebook.user_ns.keys()


def test_every_command_is_there(notebook):
    """Loading the extension defines the commands that the notebooks use."""
    commands = notebook.magics_manager.magics

    wanted = {"lesson", "check", "hint", "solution", "restore", "progress", "flask", "pytest"}
    wanted |= {"refill", "submit", "next", "start_over", "certificate"}
    assert wanted <= commands["line"].keys()
    assert {"fill", "shell"} <= commands["cell"].keys()


def test_a_lesson_is_opened(notebook):
    """%lesson shows the title, the notes and the blanks to fill."""
    shown = run(notebook, "%lesson 3")

    assert shown.startswith("Lesson 03: The user model")
    assert "The reference fills in welcome-line" in shown
    assert f"{TOKEN}: A token for this user" in shown


def test_a_fill_is_shown(notebook):
    """%%fill says which lines of which file it wrote."""
    assert fill(notebook, COLUMN).startswith(f"Filled {COLUMN}: my_app/app/models.py, line")


@pytest.mark.parametrize(
    "cell",
    ["%check confirm-tokn", "%hint confirm-tokn", "%solution confirm-tokn", "%restore confirm-tokn"]
    + ["%%fill confirm-tokn\nx = 1"],
)
def test_an_unknown_id_names_the_nearest(notebook, cell):
    """The error for an unknown id names the nearest one."""
    with pytest.raises(CourseError, match="No exercise named 'confirm-tokn'. Did you mean"):
        run(notebook, cell)


def test_a_raised_digit_is_no_version(notebook):
    """%restore with a raised digit, which Python counts among digits, lists the ids."""
    with pytest.raises(KitError, match="its number or --passed, and got"):
        run(notebook, f"%restore {TOKEN} ²")


@pytest.mark.parametrize(
    "cell", ["%check", "%check a b", "%hint", "%solution --anyway", "%lesson", "%%fill\nx = 1"]
)
def test_a_missing_id_is_asked_for(notebook, cell):
    """A command without its argument says which one it takes."""
    with pytest.raises(KitError, match=rf"^{cell.split()[0]} takes the "):
        run(notebook, cell)


@pytest.mark.parametrize(
    ("cell", "option"),
    [
        ("%restore gate two", "--passed"),
        ("%solution gate anyway", "--anyway"),
        ("%lesson 3 short", "--short"),
    ],
)
def test_an_error_names_the_options(notebook, cell, option):
    """The error for a word too many names the option that the command takes."""
    with pytest.raises(KitError, match=f"takes the .*{option}.* and got"):
        run(notebook, cell)


def test_a_missing_number_names_the_lessons(notebook):
    """%lesson without a number lists the lessons, also once one is open."""
    with pytest.raises(KitError, match=r"got ''\. There are: 00, 01, .*, 09\.$"):
        run(notebook, "%lesson")
    run(notebook, "%lesson 3")
    with pytest.raises(KitError, match=r"got '3 4'\. There are: 00, 01, .*, 09\.$"):
        run(notebook, "%lesson 3 4")


def test_a_diff_takes_nothing(notebook):
    """%diff with words says how to run it."""
    with pytest.raises(KitError, match=r"^%diff takes nothing, and got 'x'\. Run %diff alone"):
        run(notebook, "%diff x")


def test_an_unknown_lesson_names_those_there_are(notebook):
    """The error for an unknown lesson lists the lessons."""
    with pytest.raises(CourseError, match="No lesson named '42'.*There are: 00, "):
        run(notebook, "%lesson 42")


def test_an_error_is_one_sentence(notebook):
    """An error is shown as its sentence, without frames of the kit."""
    with pytest.raises(CourseError):
        run(notebook, "%hint nothing-like-it")

    assert "CourseError: No exercise named 'nothing-like-it'." in run.seen
    assert "Traceback" not in run.seen and "magics.py" not in run.seen


def test_a_slip_in_a_fill_names_its_line(notebook):
    """A fill that does not compile changes nothing; the error shows the line of the cell."""
    before = run(notebook, "%%shell\nUser().generate_confirmation_token()")
    with pytest.raises(BlankError, match="in line 3 of the cell"):
        fill(notebook, TOKEN, f"{MAKES}    return (")

    assert run(notebook, "%%shell\nUser().generate_confirmation_token()") == before


def test_a_refill_brings_the_own_text(notebook, monkeypatch):
    """%refill puts the present text of a blank into the cell, and changes nothing."""
    asked = []
    monkeypatch.setattr(
        notebook, "set_next_input", lambda text, replace=False: asked.append((text, replace))
    )
    fill(notebook, TOKEN, f"{MAKES}    return 'mine'")

    assert run(notebook, f"%refill {TOKEN}") == ""
    assert asked == [(f"%%fill {TOKEN}\n{MAKES}    return 'mine'", True)]


def test_an_untouched_blank_is_no_error(notebook):
    """%check of a stub says "not yet", and lets the notebook continue."""
    assert run(notebook, f"%check {TOKEN}").startswith("Not yet")


def test_a_strict_check_fails_a_stub(notebook, monkeypatch):
    """With CONFIRMLAB_STRICT=1, a stub raises an error."""
    monkeypatch.setenv("CONFIRMLAB_STRICT", "1")

    with pytest.raises(CheckFailed, match=f"^{TOKEN}: This blank is as it was at the start."):
        run(notebook, f"%check {TOKEN}")


def test_a_wrong_fill_is_an_error_with_its_card(notebook):
    """%check of a wrong fill shows the card, and raises its first failure."""
    fill(notebook, COLUMN)
    fill(notebook, TOKEN, f"{MAKES}    return ''")
    with pytest.raises(CheckFailed) as caught:
        run(notebook, f"%check {TOKEN}")

    first = "A saved user gets a token whose claim confirm_id holds the user's id."
    assert str(caught.value).startswith(f"{TOKEN}: {first}")
    assert first in run.seen and "to go: A token for this user" in run.seen


def test_a_right_fill_passes(notebook):
    """%check of a correct fill shows that it passed."""
    fill(notebook, COLUMN)

    assert run(notebook, f"%check {COLUMN}").startswith("Passed: ")


def test_hints_are_printed(notebook):
    """%hint prints a hint, the next one each time."""
    first, second = run(notebook, f"%hint {TOKEN}"), run(notebook, f"%hint {TOKEN}")

    assert first.startswith("Hint 1 of 3. ") and second.startswith("Hint 2 of 3. ")


def test_the_solution_opens_on_request(notebook):
    """%solution is refused before success; --anyway, at any position, shows it."""
    with pytest.raises(KitError, match="--anyway"):
        run(notebook, f"%solution {TOKEN}")

    wanted = solutions.fill(TOKEN).strip()
    assert run(notebook, f"%solution --anyway {TOKEN}").strip() == wanted
    assert run(notebook, f"%solution {TOKEN} --anyway").strip() == wanted


def test_a_version_comes_back(notebook):
    """%restore with a number restores that version; 0 is the stub."""
    fill(notebook, TOKEN, f"{MAKES}    return 'one'")
    fill(notebook, TOKEN, f"{MAKES}    return 'two'")
    run(notebook, f"%restore {TOKEN} 1")
    assert run(notebook, "%%shell\nUser().generate_confirmation_token()") == "'one'\n"

    run(notebook, f"%restore {TOKEN} 0")
    assert run(notebook, f"%check {TOKEN}").startswith("Not yet")


def test_progress_is_shown(notebook):
    """%progress shows the state of each lesson in words."""
    shown = run(notebook, "%progress")

    assert all(lesson.title in shown for lesson in lessons.load().lessons)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (f"# mine\n%%fill {COLUMN}\nif x", "%%fill is in line 2"),
        ("x = 1\n\n%%shell\nUser.query.all()", "%%shell is in line 3"),
        (f"%fill {COLUMN}\nif x", "Begin the first line of the cell with %%fill"),
        (f"  %%fill {COLUMN}\nif x", "Delete the spaces before %%fill"),
    ],
)
def test_a_cell_command_belongs_in_the_first_line(notebook, cell, says):
    """A cell command below other lines, or with one sign, is explained; nothing is run."""
    with pytest.raises(KitError, match=says):
        run(notebook, cell)

    assert "x" not in notebook.user_ns
    assert run(notebook, "%%capture kept\n%%shell\n1") == ""
    assert run(notebook, "\n\n%%shell\n1") == "1\n"


def test_code_beside_a_cell_command_is_refused(notebook):
    """Code in the line of %%shell would not run, so the error says where to begin it."""
    with pytest.raises(KitError, match="Begin the code in the line below"):
        run(notebook, "%%shell x = 1\nprint('ran')")


def test_a_shell_prints_before_it_fails(notebook):
    """The output of a %%shell cell is shown before its error."""
    with pytest.raises(CommandFailed, match="ZeroDivisionError"):
        run(notebook, "%%shell\nprint('before')\n1 / 0")

    assert run.seen.startswith("before\n")


def test_a_shell_counts_lines_as_its_cell_does(notebook):
    """A traceback of a %%shell cell counts the line with %%shell, and shows the right code."""
    with pytest.raises(CommandFailed, match=r'"<shell>", line 3, in <module>\n    1 / 0'):
        run(notebook, "%%shell\n1 + 1\n1 / 0")
    with pytest.raises(CommandFailed, match=r'"<shell>", line 2\n    one two'):
        run(notebook, "%%shell\none two")


def test_after_an_exit_the_next_cell_works(notebook):
    """If a fill ends its process, that is reported, and the next cell runs."""
    fill(notebook, TOKEN, f"{MAKES}    import os; os._exit(0)")
    with pytest.raises(CommandFailed, match=r"does something call exit\(\)"):
        run(notebook, "%%shell\nUser().generate_confirmation_token()")

    assert run(notebook, "%%shell\n1 + 1") == "2\n"


def test_flask_and_pytest_take_words(notebook, folder):
    """%flask and %pytest take arguments as a shell does, with quotes."""
    (folder / "tests" / "test_more.py").write_text("def test_one(): pass\ndef test_two(): pass\n")

    assert "auth.login" in run(notebook, "%flask routes")
    chosen = run(notebook, "%pytest -v -k 'one or three' tests/test_more.py")
    assert "test_one PASSED" in chosen and "test_two" not in chosen


@pytest.mark.parametrize("command", ["%flask db migrate -m", "%pytest -k", "%submit --out"])
def test_a_quote_without_its_end_is_a_sentence(notebook, command):
    """A line whose quote is not closed is shown, with a way to write it."""
    with pytest.raises(KitError) as caught:
        run(notebook, f"{command} don't")

    name, _, words = command.partition(" ")
    assert str(caught.value).startswith(f'{name} cannot read "{words} don\'t": no closing quot')
    assert "the other kind of quotes" in str(caught.value)


def test_work_is_packed(notebook, folder):
    """%submit packs into the folder of my_app, and lists what is filled and what is open."""
    fill(notebook, COLUMN)
    shown = run(notebook, "%submit")

    assert shown.splitlines()[0].endswith("submission.zip:")
    assert f"Filled: 1 of {len(lessons.load().exercises)} exercises." in shown
    assert f"Open: welcome-line, {TOKEN}, " in shown
    assert (folder.parent / "submission.zip").exists()


def test_work_is_packed_under_another_name(notebook, folder):
    """A foreign file is not overwritten; --out sets another name for the zip."""
    (folder.parent / "submission.zip").write_bytes(b"my thesis")
    with pytest.raises(SubmissionError, match="give another name with --out"):
        run(notebook, "%submit")
    run(notebook, "%submit --out 'my work.zip'")

    assert (folder.parent / "submission.zip").read_bytes() == b"my thesis"
    assert (folder.parent / "my work.zip").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("now", "%submit takes nothing, or --out NAME.zip, and got 'now'."),
        ("--out", "%submit takes nothing, or --out NAME.zip, and got '--out'."),
        ("--out a.tar", "'a.tar' is no name for a zip; give one such as 'submission.zip'."),
        ("--out ../a.zip", "'../a.zip' is no name for a zip"),
    ],
)
def test_slips_in_packing_are_sentences(notebook, folder, line, said):
    """A bad name for the zip is reported, and nothing is written."""
    with pytest.raises(KitError) as caught:
        run(notebook, f"%submit {line}")

    assert str(caught.value).startswith(said)
    assert list(folder.parent.glob("*.zip")) == []


def test_a_damaged_record_is_reported(notebook, folder):
    """The first command that meets a damaged record says where it is kept, once."""
    record = folder / ".confirmlab" / "record.json"
    record.parent.mkdir(exist_ok=True)
    record.write_text("<<<<<<< HEAD")
    run(notebook, "%progress")

    assert "kept as 'my_app/.confirmlab/record.damaged.json'" in run.seen
    assert "record.damaged" not in run(notebook, "%progress")


def test_values_show_themselves(notebook):
    """The site and the inbox have a text and an HTML display."""
    notebook.user_ns["site"].start()
    data, _ = notebook.display_formatter.format(notebook.user_ns["site"])

    assert data["text/plain"].startswith("Site: running at http://127.0.0.1:")
    assert "<" in data["text/html"]
    assert "Inbox: empty." in run(notebook, "inbox")


def test_a_second_load_takes_over(notebook):
    """%reload_ext makes a new session on the same folder, which takes over the site."""
    old = notebook.user_ns["site"].start()
    notebook.extension_manager.reload_extension("confirmlab")
    new = notebook.user_ns["site"]
    new.start()

    assert not old.running
    assert (new.port, "taken it over" in new.notice) == (old.port, True)


def test_the_first_cell_does_not_wait_for_the_tests(notebook, monkeypatch):
    """The graded tests' modules are loaded once, after the first cell."""
    asked = []
    run(notebook, "1 + 1")
    monkeypatch.setattr(fork_server, "warm_up", lambda *parents: asked.append(parents))
    notebook.extension_manager.reload_extension("confirmlab")

    assert asked == [(fork_server.Parent.APP,)]
    run(notebook, "1 + 1")
    run(notebook, "1 + 1")
    assert asked[1:] == [()]


def test_a_token_can_be_laid_on_the_bench(notebook):
    """bench() shows a token that can be changed."""
    shown = run(notebook, "import jwt\nbench(jwt.encode({'confirm_id': 14}, 'k' * 64, 'HS512'))")

    assert "confirm_id = 14" in shown and "run this cell in JupyterLab" in shown


def test_the_next_step_is_named(notebook):
    """%next lists what is open in the lesson that this kernel opened, and the next lesson."""
    run(notebook, "%lesson 3")
    shown = run(notebook, "%next")

    assert "Still open in lesson 03:" in shown and "Then: lesson 04" in shown


def test_a_blank_is_started_over(notebook):
    """%start_over empties a blank, and %restore restores it."""
    fill(notebook, COLUMN)
    assert f"Empty now: {COLUMN}." in run(notebook, f"%start_over {COLUMN}")
    assert f"Restored {COLUMN}" in run(notebook, f"%restore {COLUMN}")


def test_all_is_started_over(notebook):
    """%start_over resets a lesson or all, and %restore start-over undoes that."""
    fill(notebook, COLUMN)
    assert "Started over: lesson 03" in run(notebook, "%start_over lesson 3")
    assert "Started over: all lessons" in run(notebook, "%start_over all")
    assert "Back to 0002-all" in run(notebook, "%restore start-over")
    assert "Back to 0001-lesson-03" in run(notebook, "%restore start-over 1")
    assert "Mapped[bool]" in run(notebook, "%%shell\nprint(open('app/models.py').read())")


@pytest.mark.parametrize("cell", ["%start_over", "%start_over lesson", "%start_over a b"])
def test_starting_over_asks_what(notebook, cell):
    """Without an argument nothing is emptied, and the error lists the arguments."""
    with pytest.raises(KitError, match="%start_over takes the id of a blank, or lesson and"):
        run(notebook, cell)


@pytest.mark.parametrize("line", ["%check {}", "  %hint {}", "%%fill {}", "%next"])
@pytest.mark.parametrize("blank", [COLUMN, "welcome-line"])
def test_a_command_is_no_part_of_a_fill(notebook, blank, line):
    """A fill that contains another command is refused, and the error names its line."""
    with pytest.raises(KitError, match=r"Nothing was filled: line 3 of the cell is the command %"):
        fill(notebook, blank, f"x = 1\n{line.format(COLUMN)}\n")


def test_a_percent_sign_is_no_command(notebook):
    """A fill may contain other lines that begin with a percent sign."""
    assert fill(notebook, "welcome-line", "<p>9\n%checked</p>\n").startswith("Filled")


def test_the_number_of_a_lesson_needs_a_word(notebook):
    """%start_over with a number alone names the command that empties that lesson."""
    with pytest.raises(KitError, match="%start_over lesson 3 empties that lesson"):
        run(notebook, "%start_over 3")


@pytest.mark.parametrize("line", ["Ada Lovelace", '"Ada Lovelace"'])
def test_a_certificate_is_written(notebook, folder, line):
    """%certificate writes a page with the name, quoted or not, and shows its path."""
    shown = run(notebook, f"%certificate {line}")

    assert "Your certificate: my_app/certificate.html" in shown
    assert "<bdi>Ada Lovelace</bdi>" in (folder / "certificate.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("can't start new thread"), BlockingIOError(11, "no fork")],
    ids=repr,
)
def test_a_machine_without_memory_is_one_sentence(notebook, monkeypatch, error):
    """If no thread or process can start, a command says so, and what helps, in a sentence."""

    def refuse(*_):
        raise error

    monkeypatch.setattr(exercise_commands, "check", refuse)

    with pytest.raises(KitError, match="no memory for another process or thread; close other"):
        run(notebook, f"%check {COLUMN}")
