"""The commands of the terminal; the only module that prints and exits."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from confirmlab.base.errors import KitError


def _sentences(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a KitError into its sentence and exit status 1."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except KitError as error:
            click.echo(f"confirmlab: {error}", err=True)
            sys.exit(1)

    return wrapped


_hidden_option = click.option(
    "--hidden",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="More graded tests, which learners never see.",
)


def _file_option(name: str, default: str, about: str) -> Callable[..., Any]:
    return click.option(
        name,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="FILE",
        help=f"{about} Without it, {default} in SUBMISSIONS or beside it counts.",
    )


_settings_option = click.option(
    "--settings",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="class.toml",
    help="Lessons and points of this class.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="confirmlab")
def main() -> None:
    """Work with the lesson on confirming e-mail addresses."""
    for stream in (sys.stdout, sys.stderr):  # a cp1252 console or pipe lacks some of our signs
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@main.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8888,
    show_default=True,
    help="The first port to try.",
)
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
@_sentences
def lab(port: int, browser: bool) -> None:
    """Open JupyterLab on the first notebook."""
    from confirmlab import lab as jupyter

    sys.exit(jupyter.serve(port, browser))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True)
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
@click.option("--lab/--no-lab", "opens", default=True, help="Open JupyterLab afterwards.")
@_sentences
def start(folder: Path, port: int, browser: bool, opens: bool) -> None:
    """Copy the notebooks to FOLDER and open JupyterLab there; a second time just open it."""
    from confirmlab import lab as jupyter
    from confirmlab.notebook import learner_folder

    made = learner_folder.start(folder)
    click.echo(f"{len(made)} notebooks are new in {str(folder)!r}." if made else "Nothing is new.")
    if opens:
        sys.exit(jupyter.serve(port, browser, folder.resolve()))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@_sentences
def update(folder: Path) -> None:
    """Bring newer notebooks to FOLDER; filled cells and my_app stay, old notebooks are kept."""
    from confirmlab.notebook import learner_folder

    names, kept = learner_folder.update(folder)
    if not names:
        click.echo("The notebooks are up to date.")
    else:
        click.echo(f"Updated {', '.join(names)}; the versions before are in {str(kept)!r}.")


@main.command()
@click.argument("exercises", nargs=-1)
@_sentences
def check(exercises: tuple[str, ...]) -> None:
    """Check exercises of my_app in the terminal; all of them without a name.

    With CONFIRMLAB_STRICT=1 a blank that is still open counts as failed.
    """
    from confirmlab.course import lessons as course
    from confirmlab.notebook import exercise_commands
    from confirmlab.notebook.session import LessonSession
    from confirmlab.notebook.views.registry import as_text

    known = course.load()
    chosen = [known.exercise(name) for name in exercises] or known.exercises
    session = LessonSession()
    bad = {"failed", "not-yet"} if os.environ.get("CONFIRMLAB_STRICT") == "1" else {"failed"}
    failed = False
    for exercise in chosen:
        try:
            result = exercise_commands.check(session, exercise.id)
        except KitError as error:  # one damaged blank must not hide how the others stand
            failed = True
            click.echo(f"{exercise.id}: {error}\n", err=True)
            continue
        failed = failed or result.status in bad
        click.echo(f"{as_text(result)}\n")
    sys.exit(failed)


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="submission.zip",
    show_default=True,
    metavar="FILE.zip",
    help="The zip to write.",
)
@_sentences
def submit(out: Path) -> None:
    """Pack your notebooks and your app into one zip to hand in.

    Save the notebooks first.
    """
    if out.suffix.lower() != ".zip":
        raise click.UsageError(f"{out.name!r} is no name for a zip; let it end in .zip.")
    from confirmlab.notebook import submission_zip
    from confirmlab.notebook.views.registry import as_text
    from confirmlab.notebook.workspace import Workspace

    click.echo(as_text(submission_zip.hand_in(out, Workspace())))


@main.command()
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where the grades go; a second run grades only what is new.",
)
@_hidden_option
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=os.cpu_count() or 1,
    show_default="one a processor",
    help="How many submissions are graded at once.",
)
@click.option(
    "--lesson",
    "lessons",
    multiple=True,
    metavar="NUMBER",
    help="Grade these lessons only, such as 03 or 00-07; may be given several times.",
)
@click.option(
    "--layout",
    metavar="NAME",
    default="",
    help="Read names as this platform writes them; --layout help lists all.",
)
@click.option("--dry-run", is_flag=True, help="Show which files belong to whom, and grade nothing.")
@click.option("--only-given", is_flag=True, hidden=True)
@_file_option("--settings", "class.toml", "Lessons, points and dates.")
@_file_option("--overrides", "overrides.csv", "Points by hand: learner,exercise,points,comment.")
@_file_option("--roster", "roster.csv", "The class, as the platform exports it.")
@click.option("--dask", metavar="ADDRESS", help="Grade on the Dask cluster at this address.")
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "bwrap", "limits"]),
    default="auto",
    show_default=True,
    help="Isolation for learners' code.",
)
@_sentences
def grade(
    submissions: Path,
    out: Path | None,
    hidden: Path | None,
    workers: int,
    lessons: tuple[str, ...],
    layout: str,
    dry_run: bool,
    only_given: bool,
    settings: Path | None,
    overrides: Path | None,
    roster: Path | None,
    dask: str | None,
    sandbox: str,
) -> None:
    """Grade a class: a folder of what learners handed in.

    SUBMISSIONS holds a folder, a zip or a notebook for each learner, or the download of a
    learning platform, zipped or not.
    """
    from confirmlab.grading import grade_class, pool
    from confirmlab.submissions import discovery, reading_view

    if layout and layout not in discovery.names():
        rows = "\n".join(reading_view.table())
        raise click.UsageError(f"No layout is named {layout!r}. There are:\n\n{rows}")
    wishes = grade_class.Wishes(lessons, layout, settings, overrides, roster, only_given)
    if dry_run:
        with discovery.opened(submissions, layout) as reading:
            record = wishes.read(submissions, reading)
            used = wishes.used(submissions, reading)
            click.echo("\n".join([*reading_view.lines(reading), *used, *record.notes()]))
        return
    if out is None:
        raise click.UsageError("Say where the grades go: --out FOLDER.")

    def team(handed: Sequence[Any], terms: Any, warm: Any) -> Iterator[Any]:
        if dask:
            return pool.dask(handed, terms, dask)
        return pool.threads(handed, terms, workers, warm)

    marked = grade_class.mark(submissions, out, hidden, sandbox, team, _with_progress, wishes)
    for note in marked.notes:
        click.echo(note, err=True)
    told = ", ".join(f"{count} {status}" for status, count in sorted(marked.statuses.items()))
    click.echo(f"Graded {marked.fresh} now, behind {marked.sandbox}; in all {told}.")
    if marked.sandbox == "limits":
        click.echo(
            "Limits hold time, memory and processes; they do not keep learners' code from reading "
            "your files or using the network: install bubblewrap for that."
        )
    click.echo(f"Open {out / 'overview.html'}; the table is {out / 'grades.csv'}.")


def _with_progress(grades: Iterator[Any], count: int) -> Iterator[Any]:
    """Show a progress bar with the rate and the remaining time."""
    began = time.monotonic()

    def rate(_: Any) -> str:
        return f"{60 * bar.pos / max(time.monotonic() - began, 0.1):.0f} a minute"

    with click.progressbar(
        grades, length=count, label="Grading", show_pos=True, item_show_func=rate
    ) as bar:
        yield from bar


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; list out-of-date files and exit 1.")
@click.option("--run", is_flag=True, help="Run the solved notebooks first, and keep their outputs.")
@click.argument("lessons", nargs=-1)
@_sentences
def release(check: bool, run: bool, lessons: tuple[str, ...]) -> None:
    """Make notebooks/ and solutions/app/ from the solved notebooks and the skeleton.

    LESSONS, such as 03, lets --run keep the outputs of these only.
    """
    if check and run:
        raise click.UsageError("--check writes nothing and --run writes; give one of them.")
    if lessons and not run:
        raise click.UsageError(f"{' '.join(lessons)} limits --run; give --run too.")
    from confirmlab import release as releasing

    if run:
        click.echo(f"Ran {', '.join(releasing.run(lessons))}.")
    if check:
        names = releasing.drift()
        if names:
            raise KitError(f"Out of date: {', '.join(names)}. Run make release.")
        click.echo("Everything generated is up to date.")
    else:
        names = releasing.write()
        click.echo(f"Wrote {', '.join(names)}." if names else "Nothing had changed.")


@main.command()
@_sentences
def doctor() -> None:
    """List what this machine lacks."""
    from confirmlab import doctor as doctoring

    findings = doctoring.examine()
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'FAIL'}  {finding.sentence}")
    sys.exit(not all(finding.good for finding in findings))


@main.group()
def export() -> None:
    """Export grades, or the grader itself, to another platform."""


@export.command()
@_hidden_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="autograder.zip",
    show_default=True,
    metavar="FILE.zip",
    help="The zip to write.",
)
@_settings_option
@_sentences
def gradescope(hidden: Path | None, out: Path, settings: Path | None) -> None:
    """Pack an autograder to upload to Gradescope."""
    from confirmlab.grading.exports import gradescope as autograder

    names = autograder.pack(out, hidden, settings)
    click.echo(f"Packed {len(names)} files into {out}; upload it to Gradescope as it is.")


@export.command()
@click.argument("graded", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--learner", metavar="NAME", help="Whose grade, if GRADED holds more than one.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="result.json",
    show_default=True,
    metavar="FILE.json",
    help="The file to write.",
)
@_sentences
def classroom50(graded: Path, learner: str | None, out: Path) -> None:
    """Write a grade as Classroom 50's result.json, in its workflow.

    GRADED is the folder that confirmlab grade wrote.
    """
    from datetime import datetime, timezone

    from confirmlab.base import files
    from confirmlab.grading import class_record
    from confirmlab.grading.exports import classroom50 as exports

    grade = exports.chosen(class_record.grades(graded), learner)
    result = exports.classroom50(grade, os.environ, datetime.now(timezone.utc))
    files.write(out, json.dumps(result, indent=1) + "\n")
    click.echo(f"Wrote {out}: {result['score']} of {result['max-score']}.")


def _gradebook_command(platform: str, title: str) -> None:
    """Add a command that writes what a learning platform imports."""

    @export.command(name=platform, help=f"Write grades as {title} imports them.\n\n{_EXPORTED}")
    @click.argument("graded", type=click.Path(path_type=Path, exists=True, file_okay=False))
    @click.option("--assignment", default="ConfirmLab", show_default=True, metavar="NAME",
                  help="The assignment as the gradebook names it.")  # fmt: skip
    @click.option("--out-of", type=click.FloatRange(min=0, min_open=True), metavar="POINTS",
                  help="What the assignment is worth there; points are scaled.")  # fmt: skip
    @click.option("--roster", type=click.Path(path_type=Path, exists=True, dir_okay=False),
                  metavar="FILE", help="The platform's own export of its gradebook.")  # fmt: skip
    @click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
                  help=f"Where the files go. [default: GRADED/{platform}]")  # fmt: skip
    @_sentences
    def command(
        graded: Path, assignment: str, out_of: float | None, roster: Path | None, out: Path | None
    ) -> None:
        from confirmlab.grading.exports import to_platform

        for sentence in to_platform.write(
            platform, graded, out or graded / platform, assignment, out_of, roster
        ):
            click.echo(sentence)


_EXPORTED = "GRADED is the folder that confirmlab grade wrote."
for _platform in ("Canvas", "Moodle", "Blackboard", "Brightspace"):
    _gradebook_command(_platform.lower(), _platform)


@export.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="FOLDER",
    help="The root of the course, to which source/ belongs.",
)
@_settings_option
@_sentences
def nbgrader(out: Path, settings: Path | None) -> None:
    """Write the course as an assignment into nbgrader's source folder."""
    from confirmlab.grading.exports.nbgrader import assignment

    names = assignment.write(out, settings)
    click.echo(f"Wrote {', '.join(names)}.")
    if assignment.CONFIG not in names:
        click.echo(f"{assignment.CONFIG} was there; let it say this, too:\n\n{assignment.config()}")
