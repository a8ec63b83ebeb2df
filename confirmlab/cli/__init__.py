"""The commands of the terminal; the only package that prints and exits."""

import sys

import click

from confirmlab.cli import export, grade, learner, maintain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="confirmlab")
def main() -> None:
    """Open the course, check exercises, and grade what a class handed in."""
    for stream in (sys.stdout, sys.stderr):  # a cp1252 console or pipe lacks some of our signs
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


for _command in (
    *(learner.lab, learner.start, learner.update, learner.check, learner.submit),
    *(grade.grade, export.export, maintain.release, maintain.doctor),
):
    main.add_command(_command)
