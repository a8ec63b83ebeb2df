"""What several commands share: error sentences, and types and options of click."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from confirmlab.base.errors import KitError

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False)

hidden_option = click.option(
    "--hidden",
    type=FOLDER,
    metavar="FOLDER",
    help="More graded tests; learners see their sentences and outcomes, not their code.",
)
settings_option = click.option(
    "--settings", type=FILE, metavar="class.toml", help="Lessons and points of this class."
)


def sentences(command: Callable[..., Any]) -> Callable[..., Any]:
    """Make a command print the sentence of a KitError and exit with status 1."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except KitError as error:
            click.echo(f"confirmlab: {error}", err=True)
            sys.exit(1)

    return wrapped
