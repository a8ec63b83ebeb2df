"""Import what the learner's app needs, and fill caches, once and before any fork.

No thread is started here, since a fork would not carry it over.
"""
# ruff: noqa: E402

import gc

gc.disable()  # imported objects stay, so collecting garbage only takes time

import encodings.idna  # noqa: F401  for the first name of a host
import sqlite3  # noqa: F401
import sys

import alembic  # noqa: F401
import email_validator  # noqa: F401
import flask_login  # noqa: F401
import flask_mail  # noqa: F401
import flask_migrate.cli  # noqa: F401
import flask_sqlalchemy.cli  # noqa: F401
import flask_wtf  # noqa: F401
import jwt  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401
from werkzeug.serving import make_server  # noqa: F401

sys.modules["pytest"] = None  # type: ignore[assignment]  # time_machine would load it for a fixture
import time_machine  # noqa: F401

del sys.modules["pytest"]

from confirmlab.base import paths
from confirmlab.checks.app import app_beside  # noqa: F401
from confirmlab.site import template_cache  # noqa: F401
from confirmlab.site.driver import app_host, plain_process  # noqa: F401
from confirmlab.site.driver.in_process_server import ThreadedWSGIServer

for app in ("app_skeleton", "solutions/app"):
    template_cache.compile_ahead(paths.in_kit(app, "app", "templates"))
ThreadedWSGIServer().server_close()  # the first server looks up Werkzeug's version
plain_process.record_modules()
gc.freeze()  # the children then leave these pages alone, and their collections stay short
gc.enable()
