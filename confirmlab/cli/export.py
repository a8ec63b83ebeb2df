"""The commands that export grades, or the grader itself, to other platforms."""

import json
import os
from pathlib import Path

import click

from confirmlab.cli.shared import (
    FILE,
    FOLDER,
    NEW_FILE,
    NEW_FOLDER,
    hidden_option,
    sentences,
    settings_option,
)


@click.group()
def export() -> None:
    """Export grades, or the grader itself, to another platform."""


@export.command()
@hidden_option
@click.option(
    "--out",
    type=NEW_FILE,
    default="autograder.zip",
    show_default=True,
    metavar="FILE.zip",
    help="The zip to write.",
)
@settings_option
@sentences
def gradescope(hidden: Path | None, out: Path, settings: Path | None) -> None:
    """Pack an autograder to upload to Gradescope."""
    from confirmlab.grading.exports import gradescope as autograder

    names = autograder.pack(out, hidden, settings)
    click.echo(f"Packed {len(names)} files into {out}; upload it to Gradescope as it is.")


@export.command()
@click.argument("graded", type=FOLDER)
@click.option("--learner", metavar="NAME", help="Whose grade, if GRADED holds more than one.")
@click.option(
    "--out",
    type=NEW_FILE,
    default="result.json",
    show_default=True,
    metavar="FILE.json",
    help="The file to write.",
)
@sentences
def classroom50(graded: Path, learner: str | None, out: Path) -> None:
    """Write a grade as Classroom 50 reads it.

    Run this in its workflow. GRADED is the folder that confirmlab grade wrote.
    """
    from datetime import datetime, timezone

    from confirmlab.base import files
    from confirmlab.base.errors import ExportError
    from confirmlab.grading import class_record
    from confirmlab.grading.exports import classroom50 as exports

    grade = exports.grade_of(learner, class_record.grades(graded))
    result = exports.result_json(grade, os.environ, datetime.now(timezone.utc))
    try:
        with files.replacing_text(out) as file:
            file.write(json.dumps(result, indent=1) + "\n")
    except OSError as error:
        raise ExportError(
            f"Could not write {str(out)!r} ({error.strerror}); give another file with --out."
        ) from None
    click.echo(f"Wrote {out}: {result['score']} of {result['max-score']}.")


def _gradebook_command(platform: str, title: str) -> None:
    """Add a command that writes what a learning platform imports."""

    @export.command(name=platform, help=f"Write grades as {title} imports them.\n\n{_EXPORTED}")
    @click.argument("graded", type=FOLDER)
    @click.option("--assignment", default="ConfirmLab", show_default=True, metavar="NAME",
                  help="Name of the assignment's column in the gradebook.")  # fmt: skip
    @click.option("--out-of", type=click.FloatRange(min=0, min_open=True), metavar="POINTS",
                  help="Maximum points on the platform; grades are scaled to it.")  # fmt: skip
    @click.option("--roster", type=FILE,
                  metavar="FILE", help="The gradebook as the platform exports it.")  # fmt: skip
    @click.option("--out", type=NEW_FOLDER, metavar="FOLDER",
                  help=f"Where the files go. [default: GRADED/{platform}]")  # fmt: skip
    @sentences
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
    type=NEW_FOLDER,
    required=True,
    metavar="FOLDER",
    help="The root of the nbgrader course, with its source/ folder.",
)
@settings_option
@sentences
def nbgrader(out: Path, settings: Path | None) -> None:
    """Write the course as an assignment for nbgrader."""
    from confirmlab.grading.exports.nbgrader import assignment

    names = assignment.write(out, settings)
    click.echo(f"Wrote {', '.join(names)}.")
    if assignment.CONFIG not in names:
        click.echo(f"{assignment.CONFIG} exists already; add this to it:\n\n{assignment.config()}")
