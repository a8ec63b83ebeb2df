"""Import, once and before any fork, what checks and shells of the learner's app need.

The fork server imports this module; it starts no thread, since a fork would not carry it over.
"""

import asyncio  # noqa: F401
import code  # noqa: F401
import gc
import os

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import _pytest.config
import aiosmtpd.controller  # noqa: F401
import alembic  # noqa: F401
import bs4  # noqa: F401
import email_validator  # noqa: F401
import flask_login  # noqa: F401
import flask_mail  # noqa: F401
import flask_migrate  # noqa: F401
import flask_wtf  # noqa: F401
import httpx  # noqa: F401
import jwt  # noqa: F401
import pytest  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401
import time_machine  # noqa: F401
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.serving import make_server  # noqa: F401

import confirmlab.judging
import confirmlab.mailbox
import confirmlab.visitor  # noqa: F401
from confirmlab import checks, pages


def rehearse() -> None:
    """Touch what is slow the first time: the database dialect, the mappers, the templates."""
    app = Flask("warm")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db = SQLAlchemy(app)

    class Thing(db.Model):
        id = db.Column(db.Integer, primary_key=True)

    with app.app_context():
        db.create_all()
        db.session.add(Thing())
        db.session.commit()
        db.session.query(Thing).all()
        app.jinja_env.from_string("{{ 1 }}").render()
    pages.read("<p>&amp; <form><input name=a><button>b</button></form>", "/")
    with app.test_client() as client:
        client.get("/")
    _pytest.config.get_config(["-p", "no:cacheprovider"])


checks.compile_tests()
rehearse()
gc.collect()
gc.freeze()  # the children then leave these pages alone, and their collections stay short
