"""Import what the graded tests need and collect them, once and before any fork.

No thread is started here, since a fork would not carry it over.
"""
# ruff: noqa: E402

import gc

gc.disable()  # imported objects stay, so collecting garbage only takes time

import os

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import aiosmtpd.controller  # noqa: F401
import flask.sessions  # noqa: F401
import httpx  # noqa: F401
import jwt  # noqa: F401
import werkzeug.security  # noqa: F401

from confirmlab.checks import pytest_collection, runner
from confirmlab.course import lessons, mutants
from confirmlab.site.pages.html_text import parse_html

parse_html("<p>&amp;")  # the first entity makes Beautiful Soup build tables of all entities
pytest_collection.collect_ahead(
    runner.test_files(mutants.graded_by_tests(lessons.load().exercises))
)
gc.freeze()  # the children then leave these pages alone, and their collections stay short
gc.enable()
