"""Commands for the keeper of the site: `flask auth --help`."""

import click

from ..models import User
from .views import auth

auth.cli.short_help = "Look after the accounts."


@auth.cli.command("drop-stale")
@click.option(
    "--days", type=click.IntRange(0, 36500), default=7, show_default=True, help="How long we wait."
)
def drop_stale(days):
    """Delete the accounts that were never confirmed."""
    click.echo(f"Accounts deleted: {User.drop_stale(days)}")
