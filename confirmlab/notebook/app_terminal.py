"""Run commands in the learner's app as in a terminal, with database and inbox ready."""

from collections.abc import Callable

from confirmlab.base.errors import CommandFailed, KitError, WorkspaceError
from confirmlab.notebook.source_map import SourceMap
from confirmlab.notebook.workspace import Workspace
from confirmlab.processes.jobs import End
from confirmlab.site import app_commands

_DRAFT_AGAIN = (
    "delete the newest file in my_app/migrations/versions, and run %flask db migrate again."
)
# What a command printed, and what to do then: Alembic's own words leave a learner stuck.
_NEXT_STEPS = (
    (
        "Cannot add a NOT NULL column with default value NULL",
        "The table has rows already, and the column has no server_default to fill them with. "
        f"Once %check passes for the column, {_DRAFT_AGAIN}",
    ),
    (
        "Target database is not up to date",
        "The last migration was written, and has not run: run %flask db upgrade. If it was "
        f"written for a column that you have changed since, {_DRAFT_AGAIN}",
    ),
    (
        'near "ALTER": syntax error',
        "SQLite cannot change a column that is there. Delete the newest file in "
        "my_app/migrations/versions, and run %flask db downgrade, which removes the column. "
        f"Then {_DRAFT_AGAIN}",
    ),
)
_WITH_VALUE = ("-A", "--app", "-e", "--env-file")  # options of flask before its command


class AppTerminal:
    """Runs shell, flask and pytest commands in a workspace."""

    def __init__(
        self, workspace: Workspace, source_map: SourceMap, mail_port: Callable[[], int]
    ) -> None:
        self.workspace = workspace
        self.folder = workspace.folder
        self.source_map = source_map
        self.mail_port = mail_port  # function that starts the inbox and returns its port
        self._database_ready = False

    def __repr__(self) -> str:
        return f"<AppTerminal of {self.folder.name}>"

    def run_shell(self, source: str) -> str:
        """Run lines in a fresh shell of the app; return the output."""
        self.make_ready()
        finished = app_commands.run_shell(self.folder, source, self.mail_port())
        for message in finished.messages:
            if "trace" in message:
                # SQLAlchemy's error only names a table; this sentence says what to run.
                outdated = "OperationalError" in message["trace"]
                lag = app_commands.missing_column(self.folder) if outdated else ""
                problem = f"{self.source_map.in_trace(message['trace'])}\n\n{lag}".rstrip()
                raise CommandFailed(problem, self.source_map.local(finished.output))
        return self._output(finished)

    def run_flask(self, arguments: list[str]) -> str:
        """Run a flask command in the workspace; return the output.

        Raises:
            KitError: the command serves the app, so it would not end by itself.
        """
        if _serves(arguments):
            raise KitError(
                "%flask run was not started: it serves the app until it is stopped, and this cell "
                "would wait for that. site.start() serves your app beside the notebook; flask run "
                "works in a terminal, in the folder my_app."
            )
        self.make_ready()
        return self._command(arguments)

    def run_pytest(self, arguments: list[str]) -> str:
        """Run pytest in the workspace and return its output, even if tests fail."""
        self._require_app()
        finished = app_commands.run_pytest(self.folder, arguments)
        if finished.end != End.DONE:
            raise KitError(f"pytest stopped. {app_commands.failed(finished)}\n\n{finished.output}")
        return self.source_map.local(finished.output)

    def make_ready(self) -> None:
        """Prepare for a command: start the inbox and update the database.

        Raises:
            WorkspaceError: the app's files are missing.
        """
        self._require_app()
        self.mail_port()
        self.prepare_database()

    def forget_database(self) -> None:
        """Forget that the database is ready: the next `prepare_database` examines it again."""
        self._database_ready = False

    def prepare_database(self, also_own: bool = False) -> None:
        """Create or migrate the database; do nothing until `forget_database` if that succeeded.

        Where the reference fills blanks, the migration for its columns is made here. Learners make
        the migrations of their own columns; with `also_own` a new database gets those here, too.
        """
        if self._database_ready:
            return
        path = self.folder / "instance" / "app.sqlite"
        new = not path.exists() or path.stat().st_size == 0
        covered = bool(self.workspace.record.read()["covered"])
        try:
            if new:
                self._command(["db", "upgrade"])
            if (covered or (new and also_own)) and app_commands.missing_column(self.folder):
                self._command(["db", "upgrade"])
                self._command(["db", "migrate", "-m", "what the reference needs"])
                self._command(["db", "upgrade"])
        except CommandFailed:
            return  # the app is broken: its next use reports why, and the next call tries again
        except BaseException:  # includes an interrupt of the cell
            if new:
                path.unlink(missing_ok=True)  # incomplete; the next call creates it again
            raise
        self._database_ready = True

    def _require_app(self) -> None:
        if not (self.folder / "app" / "__init__.py").exists():
            raise WorkspaceError(
                f"There is no app in {self.folder.name!r}: its files are missing; "
                "run the %lesson cell at the top to put them back."
            )

    def _command(self, arguments: list[str]) -> str:
        return self._output(app_commands.run_flask(self.folder, arguments, self.mail_port()))

    def _output(self, finished: app_commands.Finished) -> str:
        problem = app_commands.failed(finished)
        output = self.source_map.in_trace(finished.output)
        if problem:
            steps = [step for printed, step in _NEXT_STEPS if printed in output]
            raise CommandFailed(" ".join([problem, *steps]), output)
        return output


def _serves(arguments: list[str]) -> bool:
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, "")
        elif not word.startswith("-"):
            return word == "run" and "--help" not in arguments
    return False
