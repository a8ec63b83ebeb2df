"""Facts about the fresh shells in which a learner's lines run."""

import pytest

from confirmlab.course import solutions
from confirmlab.notebook.workspace import Workspace
from confirmlab.site import app_commands

COLUMN = "confirmed-column"
TOKEN = "generate-token"


def run(folder, source, seconds=20):
    return app_commands.run_shell(folder, source, mail_port=8025, seconds=seconds)


def traced(finished):
    return next(message["trace"] for message in finished.messages if "trace" in message)


def test_expressions_are_shown(folder):
    """Each expression of a cell is shown as in a shell, and None is not."""
    assert run(folder, "1 + 1\nNone\n'coo'").output == "2\n'coo'\n"


def test_the_app_is_at_hand(folder):
    """The shell has the database, the User class and the app context, as flask shell does."""
    source = "from flask import current_app\ncurrent_app.name, User.__name__, db.__class__.__name__"

    assert run(folder, source).output == "('app', 'User', 'SQLAlchemy')\n"


def test_the_latest_fill_counts(folder):
    """If two fills are made in the same second, the shell sees the second."""
    workspace = Workspace(folder)
    seen = []
    for word in ("one", "two"):
        workspace.fill(TOKEN, f"def generate_confirmation_token(self):\n    return {word!r}")
        seen.append(run(folder, "print(User().generate_confirmation_token())").output)

    assert seen == ["one\n", "two\n"]


def test_an_error_shows_own_lines_only(folder):
    """A traceback has lines of the cell and the app, none of the kit or its libraries."""
    fill = "def generate_confirmation_token(self):\n    return jwt.decode(1)"
    Workspace(folder).fill(TOKEN, fill)
    shown = traced(run(folder, "user = User()\nuser.generate_confirmation_token()"))

    assert '  File "<shell>", line 2, in <module>\n    user.generate' in shown
    assert "return jwt.decode(1)" in shown
    assert "site-packages" not in shown and "shell.py" not in shown


def test_a_slip_in_the_cell_shows_its_line(folder):
    """A cell that does not compile is not run, and its line is shown."""
    finished = run(folder, "print('before')\nx = (")

    assert 'File "<shell>", line 2' in traced(finished)
    assert finished.output == ""


def test_an_app_that_does_not_load_says_why(folder):
    """If the app cannot be imported, the shell shows that traceback."""
    Workspace(folder).fill(TOKEN, "unheard_of")

    assert traced(run(folder, "1")).endswith("NameError: name 'unheard_of' is not defined")


def test_an_app_that_exits_says_so(folder):
    """If importing the app ends in sys.exit(), the shell says so."""
    Workspace(folder).fill(TOKEN, "import sys\nsys.exit('no')")

    assert traced(run(folder, "1")).endswith("SystemExit: no")


@pytest.mark.parametrize("source", ["exit()", "", "# nothing\n", "\n\n"])
def test_leaving_a_shell_is_no_failure(folder, source):
    """A cell that exits the shell, or is empty, succeeds without output."""
    finished = run(folder, source)

    assert (finished.output, app_commands.failed(finished)) == ("", "")


@pytest.mark.parametrize(
    ("source", "seconds", "said"),
    [
        ("while True: pass", 0.5, "still running"),
        ("import os; os._exit(0)", 20, "does something call exit"),
    ],
)
def test_a_shell_that_breaks_off_says_so(folder, source, seconds, said):
    """An endless loop and a hard exit are reported in one sentence."""
    assert said in app_commands.failed(run(folder, source, seconds))


def test_the_app_mails_to_the_inbox(folder):
    """In the shell, the app's mail port is the inbox's."""
    source = "from flask import current_app\ncurrent_app.config['MAIL_PORT']"

    assert run(folder, source).output == "8025\n"


def test_flask_runs_in_the_folder(folder):
    """The flask command needs no --app."""
    finished = app_commands.run_flask(folder, ["routes"], mail_port=0)

    assert "auth.register" in finished.output
    assert app_commands.failed(finished) == ""


def test_a_wrong_flask_command_has_a_status(folder):
    """An unknown flask command ends with its exit status and Flask's message."""
    finished = app_commands.run_flask(folder, ["fly"], mail_port=0)

    assert app_commands.failed(finished) == "It ended with status 2."
    assert "No such command 'fly'" in finished.output


def test_a_migration_that_breaks_shows_its_line(folder):
    """A migration that raises ends with an exit status and its own lines."""
    version = folder / "migrations" / "versions" / "0001_users.py"
    (folder / "instance" / "app.sqlite").unlink()
    version.write_text(version.read_text().replace("def upgrade():", "def upgrade():\n    1 / 0"))
    finished = app_commands.run_flask(folder, ["db", "upgrade"], mail_port=0)

    assert app_commands.failed(finished) == "It ended with status 1."
    assert finished.output.count("ZeroDivisionError") == 1


def test_own_tests_run(folder):
    """The learner's own tests run in the folder; a failing one sets the exit status."""
    (folder / "tests" / "test_more.py").write_text("def test():\n    assert False\n")
    finished = app_commands.run_pytest(folder, ["tests/test_more.py"])

    assert "1 failed" in finished.output
    assert app_commands.failed(finished) == "It ended with status 1."


def test_a_fresh_database_lags_in_nothing(folder):
    """A new database has all columns of the models."""
    assert app_commands.missing_column(folder) == ""


def test_a_new_column_makes_the_database_lag(folder):
    """A column that only the model has is named, with the commands that add it."""
    Workspace(folder).fill(COLUMN, solutions.fill(COLUMN))

    assert app_commands.missing_column(folder) == (
        "The database lags behind the model: it has no user.confirmed yet. "
        "Run %flask db migrate, then %flask db upgrade."
    )


def test_a_command_leaves_no_bytecode(folder):
    """A flask command leaves no bytecode, which could be stale after a quick fill."""
    app_commands.run_flask(folder, ["routes"], mail_port=8025)

    assert list((folder / "app").rglob("*.pyc")) == []
