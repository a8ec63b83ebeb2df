"""Run the migrations: Alembic loads this file for every `flask db` command."""

import logging
import re
from logging.config import fileConfig

from alembic import context
from alembic.script import ScriptDirectory
from flask import current_app

config = context.config
fileConfig(config.config_file_name, disable_existing_loggers=False)
logger = logging.getLogger("flask_migrate")
db = current_app.extensions["migrate"].db


def name_revision(migration_context, revision, directives):
    """Number the revisions 0002, 0003 ...; make none where nothing has changed."""
    script = directives[0]
    if getattr(config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives[:] = []
        logger.info("No changes in schema detected.")
    elif re.fullmatch("[0-9a-f]{12}", script.rev_id):  # random; one given with --rev-id stays
        known = ScriptDirectory.from_config(config).walk_revisions()
        numbers = [int(r.revision[:4]) for r in known if r.revision[:4].isdecimal()]
        script.rev_id = f"{max(numbers, default=0) + 1:04}"


def run_offline():
    """Print the SQL of the migrations (`flask db upgrade --sql`)."""
    url = db.engine.url.render_as_string(hide_password=False)
    context.configure(
        url=url, target_metadata=db.metadata, literal_binds=True, render_as_batch=False
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online():
    """Run the migrations on the database of the app."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            # A batch would copy the table without its AUTOINCREMENT, and give numbers of deleted
            # members again. SQLite adds and drops columns by itself.
            render_as_batch=False,
            compare_type=True,
            process_revision_directives=name_revision,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
