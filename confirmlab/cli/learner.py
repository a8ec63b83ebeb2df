"""The commands for learners: lab, start, update, check, submit."""

import os
import sys
from pathlib import Path

import click

from confirmlab.base import paths
from confirmlab.base.errors import KitError, WorkspaceError
from confirmlab.cli.shared import NEW_FILE, NEW_FOLDER, sentences

_port_option = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8888,
    show_default=True,
    help="The first port to try.",
)
_browser_option = click.option(
    "--browser/--no-browser", default=True, help="Open JupyterLab in a browser, or only serve it."
)


@click.command()
@_port_option
@_browser_option
@sentences
def lab(port: int, browser: bool) -> None:
    """Open JupyterLab on the first notebook."""
    from confirmlab import lab as jupyter

    sys.exit(jupyter.serve(port, browser))


@click.command()
@click.argument("folder", type=NEW_FOLDER)
@_port_option
@_browser_option
@click.option("--lab/--no-lab", "opens", default=True, help="Open JupyterLab afterwards, or not.")
@sentences
def start(folder: Path, port: int, browser: bool, opens: bool) -> None:
    """Copy the notebooks to FOLDER, and open JupyterLab there.

    Notebooks that are there already stay as they are.
    """
    from confirmlab import lab as jupyter
    from confirmlab.notebook import learner_folder

    made = learner_folder.start(folder)
    click.echo(f"{len(made)} notebooks are new in {str(folder)!r}." if made else "Nothing is new.")
    if opens:
        sys.exit(jupyter.serve(port, browser, folder.resolve()))


@click.command()
@click.argument("folder", type=NEW_FOLDER, default=".")
@sentences
def update(folder: Path) -> None:
    """Update notebooks and my_app in FOLDER to this version.

    Filled cells and blanks stay; what is replaced is kept in a folder.
    """
    from confirmlab.notebook import app_update, learner_folder
    from confirmlab.notebook.workspace import Workspace

    names, kept = learner_folder.update(folder)
    if not names:
        click.echo("The notebooks are up to date.")
    else:
        click.echo(f"Updated {', '.join(names)}; the versions before are in {str(kept)!r}.")
    workspace = Workspace(folder.resolve() / "my_app")
    if workspace.folder.is_dir():
        workspace.ensure()
        for note in app_update.apply(workspace):
            click.echo(note)
    _print_notice(workspace.record.take_notice())


@click.command()
@click.argument("exercises", nargs=-1)
@sentences
def check(exercises: tuple[str, ...]) -> None:
    """Check EXERCISES of my_app, by default all.

    With CONFIRMLAB_STRICT=1, open blanks count as failed.
    """
    from confirmlab.course import lessons
    from confirmlab.processes import fork_server

    course = lessons.load()  # first: with a faulty course each process would print a traceback
    chosen = [course.exercise(name) for name in exercises] or course.exercises
    _require_app(paths.workspace_folder())
    fork_server.warm_up()  # early, so that it imports in parallel with this process
    from confirmlab.notebook import exercise_commands
    from confirmlab.notebook.session import LessonSession
    from confirmlab.notebook.views.registry import as_text

    session = LessonSession()
    bad = {"failed", "not-yet"} if os.environ.get("CONFIRMLAB_STRICT") == "1" else {"failed"}
    failed = False
    for exercise in chosen:
        try:
            result = exercise_commands.check(session, exercise.id)
        except KitError as error:  # one damaged blank does not stop the checks of the others
            failed = True
            click.echo(f"{exercise.id}: {error}\n", err=True)
            continue
        failed = failed or result.status in bad
        click.echo(f"{as_text(result)}\n")
    _print_notice(session.workspace.record.take_notice())
    sys.exit(failed)


@click.command()
@click.option(
    "--out",
    type=NEW_FILE,
    default="submission.zip",
    show_default=True,
    metavar="FILE.zip",
    help="The zip to write.",
)
@sentences
def submit(out: Path) -> None:
    """Pack your saved notebooks and your app into a zip to hand in."""
    if out.suffix.lower() != ".zip":
        raise click.UsageError(f"{out.name!r} is not a name for a zip; let it end in .zip.")
    from confirmlab.notebook import submission_zip
    from confirmlab.notebook.views.registry import as_text
    from confirmlab.notebook.workspace import Workspace

    workspace = Workspace()
    click.echo(as_text(submission_zip.hand_in(out, workspace)))
    _print_notice(workspace.record.take_notice())


def _require_app(folder: Path) -> None:
    if not (folder / "app").is_dir():
        raise WorkspaceError(
            f"There is no app in {str(folder)!r}. Run this in the folder of your course, "
            "which holds notebooks and my_app; the %lesson cell of a notebook makes my_app."
        )


def _print_notice(notice: str) -> None:
    if notice:
        click.echo(notice, err=True)
