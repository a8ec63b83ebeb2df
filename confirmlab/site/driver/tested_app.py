"""The learner's app for the graded tests: imported, with its tables and filled caches."""

import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from confirmlab.site import app_process, template_cache
from confirmlab.site.driver import quick_hashes


def make(folder: Path, settings: dict[str, Any]) -> Any:
    """Import the app in a folder and make it; HOST and PAGES in the settings are for the tests."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import configure_mappers

    app_process.make_importable(folder)
    quick_hashes.hash_quickly()
    event.listen(Engine, "connect", _no_waiting_for_the_disk)
    app = _imported(settings)
    with app.app_context():
        db = app.extensions["sqlalchemy"]
        db.create_all()
        configure_mappers()
        _fill_caches(app, db)
        db.engine.dispose()  # connections cannot be shared between processes
    return app


def make_again(folder: Path, settings: dict[str, Any]) -> Any:
    """Import the app again, so that it forgets what it has drawn or counted so far."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
            del sys.modules[name]
    return _imported(settings)


def _imported(settings: dict[str, Any]) -> Any:
    own = {name: value for name, value in settings.items() if name not in ("HOST", "PAGES")}
    host, pages = settings["HOST"], settings["PAGES"]
    app = importlib.import_module("app").create_app(own)
    app.jinja_env.bytecode_cache = template_cache.compiled
    app_process.pin(app, host)
    for path, endpoint in pages.items():
        app.add_url_rule(path, endpoint, _page(endpoint), methods=["GET", "POST"])
    return app


def _fill_caches(app: Any, db: Any) -> None:
    """Load the templates and compile the usual queries, for all processes of the app."""
    for name in app.jinja_env.list_templates():
        with suppress(Exception):  # the test that needs a broken template sees the error
            app.jinja_env.get_template(name)
    with suppress(Exception):
        user_class = importlib.import_module("app.models").User
        user = user_class(name="", email="")
        user.set_password("")
        db.session.add(user)
        db.session.flush()
        number = user.id
        db.session.expunge_all()
        db.session.get(user_class, number)
        db.session.scalars(db.select(user_class).filter_by(email="")).first()
    db.session.rollback()


def _page(endpoint: str) -> Any:
    """Return a view as a developer would add it: to the blueprint `auth`, or in a new module."""
    blueprint, _, name = endpoint.rpartition(".")
    views = importlib.import_module("app.auth.views")
    names: dict[str, Any] = {"__name__": views.__name__ if blueprint else f"app.{name}"}
    code = compile(f"def {name}(): return {name!r}", str(views.__file__), "exec")
    exec(code, names)
    return names[name]


def _no_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    # A database that lives for one run need not survive a power cut; nor is there room for a
    # journal beside it.
    with suppress(Exception):
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")
