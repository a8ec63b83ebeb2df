"""Import what a learner's tests need, and the app that they test, once and before any fork.

No thread is started here, since a fork would not carry it over.
"""
# ruff: noqa: E402

from confirmlab.checks.preload import preload_app  # noqa: F401  isort: skip  (pytest comes after it)

import gc

gc.disable()  # imported objects stay, so collecting garbage only takes time

import os

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import code  # noqa: F401

import _pytest.config  # noqa: F401
import pytest  # noqa: F401

from confirmlab.checks.mutation import mutation_forks  # noqa: F401
from confirmlab.checks.sandbox import tasks  # noqa: F401
from confirmlab.course import skeleton
from confirmlab.site.driver import plain_process

skeleton.contents()
plain_process.record_modules()
gc.freeze()  # the children then leave these pages alone, and their collections stay short
gc.enable()
