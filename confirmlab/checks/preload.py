"""Import, once and before any fork, what checks and shells of the learner's app need.

No thread is started here, since a fork would not carry it over.
"""
# ruff: noqa: E402

import gc

gc.disable()  # imported objects stay, so collecting garbage only takes time

import asyncio  # noqa: F401
import code  # noqa: F401
import os

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import _pytest.config  # noqa: F401
import aiosmtpd.controller  # noqa: F401
import alembic  # noqa: F401
import bs4  # noqa: F401
import email_validator  # noqa: F401
import flask_login  # noqa: F401
import flask_mail  # noqa: F401
import flask_migrate  # noqa: F401
import flask_sqlalchemy  # noqa: F401
import flask_wtf  # noqa: F401
import httpx  # noqa: F401
import jwt  # noqa: F401
import pytest  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401
import time_machine  # noqa: F401
from werkzeug.serving import make_server  # noqa: F401

import confirmlab.checks.mutation_forks  # noqa: F401
import confirmlab.checks.runner  # noqa: F401
import confirmlab.mail.inbox  # noqa: F401
import confirmlab.site.visitor  # noqa: F401

gc.freeze()  # the children then leave these pages alone, and their collections stay short
gc.enable()
