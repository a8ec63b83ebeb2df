"""Serve the learner's app in its own process: its factory, called with the kit's settings."""

import importlib
import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from confirmlab.base.tracebacks import trace
from confirmlab.processes.jobs import send_output_to
from confirmlab.site import freshness, template_cache
from confirmlab.site.app_server import Address, make_servers


def make_importable(folder: Path) -> None:
    """Make the app of a folder importable in this process, in its present version."""
    # Python detects stale bytecode by whole seconds; fills can come faster.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()


def load_app(folder: Path, settings: dict[str, Any]) -> Any:
    """Import the app from its folder and call its factory."""
    make_importable(folder)
    if os.environ.get("CONFIRMLAB_QUICK_HASHES") == "1":
        make_quick_hashes()
    from app import create_app

    app = create_app(settings)
    app.jinja_env.bytecode_cache = template_cache.compiled
    return app


def make_quick_hashes() -> None:
    """Make this process create fast password hashes; for the kit's own tests only.

    Unlike those of `quick_hashes`, they can be checked in any process.
    """
    from werkzeug.security import generate_password_hash

    generate_password_hash.__defaults__ = ("pbkdf2:sha256:1", 16)


def pin(app: Any, host: str) -> bool:
    """Add a host to the app's SERVER_NAME and TRUSTED_HOSTS; return whether it has them."""
    if app.config["SERVER_NAME"]:
        app.config["SERVER_NAME"] = host
    if app.config["TRUSTED_HOSTS"]:
        app.config["TRUSTED_HOSTS"] = [*app.config["TRUSTED_HOSTS"], host]
    return has_fixed_name(app)


def has_fixed_name(app: Any) -> bool:
    """Return whether the app's own settings fix the name of its host."""
    return bool(app.config["SERVER_NAME"] or app.config["TRUSTED_HOSTS"])


def missing_in_database(app: Any) -> str:
    """Return a sentence on the first column of the models that the database lacks, or ""."""
    import sqlalchemy

    db = app.extensions["sqlalchemy"]
    with app.app_context():
        seen = sqlalchemy.inspect(db.engine)
        for table in db.metadata.sorted_tables:
            there = seen.has_table(table.name)
            columns = {column["name"] for column in seen.get_columns(table.name)} if there else ()
            for column in table.columns:
                if column.name not in columns:
                    return (
                        f"The database lags behind the model: it has no {table.name}.{column.name} "
                        "yet. Run %flask db migrate, then %flask db upgrade."
                    )
    return ""


def serve(folder: str, address: Address, settings: dict[str, Any], log: str, send: Any) -> None:
    """Serve the app until this process ends; first send the port, or why it did not start."""
    os.umask(0o077)  # the database holds addresses, and a host may have many users
    os.chdir(folder)
    send_output_to(log)
    servers: list[Any] = []
    try:
        seen = freshness.newest(Path(folder))
        app = load_app(Path(folder), settings)
        app.wsgi_app = freshness.StaleBar(app.wsgi_app, Path(folder), seen)
        lag = missing_in_database(app)
        servers = make_servers(app, address, pin)
        message = {"port": servers[0].port, "lag": lag} if servers else {"taken": address.port}
    except BaseException as error:
        traceback.print_exc()
        message = {"crash": f"{type(error).__name__}: {error}", "trace": trace(error, folder)}
    send.send_bytes(json.dumps(message).encode())
    send.close()
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    for server in servers[:1]:
        server.serve_forever(poll_interval=0.05)
