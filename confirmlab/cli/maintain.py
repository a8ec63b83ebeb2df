"""The commands for whoever maintains an installation or the kit: release, doctor."""

import sys

import click

from confirmlab.base.errors import KitError
from confirmlab.cli.shared import sentences


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; list out-of-date files and exit 1.")
@click.option("--run", is_flag=True, help="Run the solved notebooks first, and keep their outputs.")
@click.argument("lessons", nargs=-1)
@sentences
def release(check: bool, run: bool, lessons: tuple[str, ...]) -> None:
    """Generate notebooks/ and solutions/app/ from their sources.

    The sources are the solved notebooks and the skeleton. With LESSONS, such as 03, --run keeps
    the outputs of these only.
    """
    if check and run:
        raise click.UsageError("--check writes nothing and --run writes; give one of them.")
    if lessons and not run:
        raise click.UsageError(f"{' '.join(lessons)} limits --run; give --run too.")
    from confirmlab import release as releasing

    if run:
        click.echo(f"Ran {', '.join(releasing.run(lessons))}.")
    if check:
        names = releasing.out_of_date()
        if names:
            raise KitError(f"Out of date: {', '.join(names)}. Run make release.")
        click.echo("Everything generated is up to date.")
    else:
        names = releasing.write()
        click.echo(f"Wrote {', '.join(names)}." if names else "Nothing had changed.")


@click.command()
@sentences
def doctor() -> None:
    """Examine this machine and list what it lacks for the course."""
    from confirmlab import doctor as doctoring

    findings = doctoring.examine()
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'FAIL'}  {finding.sentence}")
    sys.exit(not all(finding.good for finding in findings))
