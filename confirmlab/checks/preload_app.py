"""Rehearse, once and before any fork, what the apps of a class do first."""

import gc
from typing import Any

import flask_migrate.cli  # noqa: F401
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

import confirmlab.checks.preload_forkserver  # noqa: F401
from confirmlab.checks.sandbox import tasks  # noqa: F401
from confirmlab.course import skeleton
from confirmlab.site import page


def rehearse() -> None:
    """Touch what is slow the first time: the database dialect, the mappers, the templates."""
    app = Flask("ready")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db: Any = SQLAlchemy(app)

    class Thing(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    with app.app_context():
        db.create_all()
        db.session.add(Thing())
        db.session.commit()
        db.session.query(Thing).all()
        app.jinja_env.from_string("{{ 1 }}").render()
    page.read("<p>&amp; <form><input name=a><button>b</button></form>", "/")
    with app.test_client() as client:
        client.get("/")


rehearse()
skeleton.contents()
gc.collect()
gc.freeze()
