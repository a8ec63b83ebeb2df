"""Do the minimum of a check in its own process: import what an app needs, run one test."""

import os
import sys
import tempfile
from pathlib import Path

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import flask  # noqa: F401
import flask_sqlalchemy  # noqa: F401
import pytest
import sqlalchemy  # noqa: F401

with tempfile.TemporaryDirectory() as name:
    path = Path(name, "test_one.py")
    path.write_text("def test_one():\n    assert True\n")
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", str(path)]))
