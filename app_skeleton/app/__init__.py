"""Pigeon Post, a club for people who still send letters by pigeon."""

from contextlib import suppress
from pathlib import Path

from flask import Flask

from .config import Config, kept_secret_key
from .extensions import csrf, db, login_manager, mail, migrate


def create_app(config=None):
    """Create the app; `config` holds settings that replace those of config.py."""
    instance = Path(__file__).resolve().parent.parent / "instance"
    app = Flask(__name__, instance_path=str(instance))
    with suppress(OSError):  # where nothing can be written, there is no database to protect
        instance.mkdir(mode=0o700, exist_ok=True)  # only for the owner of this process
    app.config.from_object(Config)
    app.config.from_mapping(config or {})
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = kept_secret_key(instance)

    db.init_app(app)
    migrate.init_app(app, db)
    login_manager.init_app(app)
    mail.init_app(app)
    csrf.init_app(app)

    from . import logs, outbox
    from .auth import auth
    from .main import main

    logs.init_app(app)
    outbox.init_app(app)
    app.register_blueprint(main)
    app.register_blueprint(auth)

    from .models import User

    app.shell_context_processor(lambda: {"db": db, "User": User, "Letter": outbox.Letter})
    return app
