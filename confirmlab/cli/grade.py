"""The command that grades a class."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from confirmlab.cli.shared import FILE, NEW_FOLDER, hidden_option, sentences


def _class_file_option(name: str, default: str, about: str) -> Callable[..., Any]:
    where = f"[default: {default} in SUBMISSIONS or beside it]"
    return click.option(name, type=FILE, metavar="FILE", help=f"{about} {where}")


@click.command()
@click.argument(
    "submissions", metavar="SUBMISSIONS", required=False, type=click.Path(path_type=Path)
)
@click.option(
    "--out",
    type=NEW_FOLDER,
    metavar="FOLDER",
    help="Folder for the grades; a second run grades only what is new or changed. Required "
    "without --dry-run.",
)
@hidden_option
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=os.cpu_count() or 1,
    show_default="one per processor",
    help="How many submissions are graded at once.",
)
@click.option(
    "--lesson",
    "lessons",
    multiple=True,
    metavar="NUMBER",
    help="Grade only these lessons, such as 3 or 3,5 or 00-07, in place of those of class.toml; "
    "can be repeated.",
)
@click.option(
    "--layout",
    metavar="NAME",
    default="",
    help="Read file names as this platform writes them; --layout help lists all.",
)
@click.option("--dry-run", is_flag=True, help="Show which files belong to whom; grade nothing.")
@click.option(
    "--only-given",
    is_flag=True,
    help="Read only the files that these options name, none beside the submissions; use it where "
    "SUBMISSIONS is a learner's own repository.",
)
@_class_file_option("--settings", "class.toml", "Lessons, points and dates.")
@_class_file_option("--overrides", "overrides.csv", "Points that you set by hand.")
@_class_file_option("--roster", "roster.csv", "The class, as the platform exports it.")
@click.option("--dask", metavar="ADDRESS", help="Grade on the Dask cluster at this address.")
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "bwrap", "limits"]),
    default="auto",
    show_default=True,
    help="Isolation for learners' code.",
)
@sentences
def grade(
    submissions: Path | None,
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
    """Grade what a class handed in.

    SUBMISSIONS is the download of a learning platform, zipped or not, or a folder with a folder,
    a zip or a notebook for each learner.
    """
    from confirmlab.grading import grade_class, pool
    from confirmlab.submissions import discovery, reading_view

    if layout and layout not in discovery.layout_names():
        rows = "\n".join(reading_view.table())
        if layout == "help":
            click.echo(rows)
            return
        raise click.UsageError(f"No layout is named {layout!r}. There are:\n\n{rows}")
    if submissions is None:  # not required by click, so that --layout help works without it
        raise click.UsageError(
            "Name the folder or zip with the submissions: "
            "confirmlab grade SUBMISSIONS --out FOLDER."
        )
    options = grade_class.GradeOptions(lessons, layout, settings, overrides, roster, only_given)
    if dry_run:
        with discovery.open_class(submissions, layout) as found:
            record = options.read(submissions, found)
            files = options.files_read(submissions, found)
            click.echo("\n".join([*reading_view.lines(found), *files, *record.notes()]))
        return
    if out is None:
        raise click.UsageError("Name the folder for the grades: --out FOLDER.")

    def grade_all(sources: Sequence[Any], settings: Any, started: Any) -> Iterator[Any]:
        if dask:
            return pool.grade_on_dask(sources, settings, dask)
        return pool.grade_in_threads(sources, settings, workers, started)

    summary = grade_class.run(submissions, out, hidden, sandbox, grade_all, _with_progress, options)
    for note in summary.notes:
        click.echo(note, err=True)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.statuses.items()))
    click.echo(f"Graded {summary.fresh} now (sandbox: {summary.sandbox}). In total: {counts}.")
    if summary.sandbox == "limits":
        click.echo(
            "This sandbox limits time, memory and processes, but learners' code can read your "
            "files and use the network. To prevent that, install bubblewrap (Linux only) and grade "
            "into a new --out; what is graded already is not run again in this one."
        )
    click.echo(f"Open {out / 'overview.html'}; the table of grades is {out / 'grades.csv'}.")


def _with_progress(grades: Iterator[Any], count: int) -> Iterator[Any]:
    """Show a progress bar with the rate and the remaining time."""
    began = time.monotonic()

    def rate(_: Any) -> str:
        return f"{60 * bar.pos / max(time.monotonic() - began, 0.1):.0f} a minute"

    with click.progressbar(
        grades, length=count, label="Grading", show_pos=True, item_show_func=rate
    ) as bar:
        yield from bar
