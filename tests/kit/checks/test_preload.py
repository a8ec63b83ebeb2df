"""Facts about the warm parents of child processes."""

import gc
import os
import subprocess
import sys
import threading

import pytest

from confirmlab.processes import jobs
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.jobs import Job

APPS = ("flask_login", "flask_mail", "flask_migrate", "flask_wtf", "jwt", "time_machine")
NEEDED = {
    Parent.APP: APPS,
    Parent.TESTS: ("aiosmtpd.controller", "bs4", "httpx", "jwt", "pytest"),
    Parent.SUITES: (*APPS, "pytest"),
}
UNWANTED = ("IPython", "nbformat", "nbclient", "confirmlab.notebook.magics", "app")


def looks(task, send):
    found = [name for name in (*task["needed"], *UNWANTED) if name in sys.modules]
    send({"found": found, "threads": threading.active_count(), "frozen": gc.get_freeze_count()})


@pytest.fixture(scope="module", params=Parent, ids=lambda parent: parent.name)
def parent(request):
    if not hasattr(os, "fork"):
        pytest.skip("children are not forked here")
    return request.param


@pytest.fixture(scope="module")
def report(parent, tmp_path_factory):
    task = {"needed": NEEDED[parent]}
    (message,) = jobs.run(Job(looks, task, tmp_path_factory.mktemp("warm"), parent=parent)).messages
    return message


def test_a_child_finds_everything_imported(parent, report):
    """A child has all modules that a check needs from its start, and none of the notebook."""
    assert report["found"] == list(NEEDED[parent])


def test_a_warm_parent_has_no_threads(report):
    """A warm parent starts no thread, since a fork does not copy threads."""
    assert report["threads"] == 1


def test_a_warm_parent_freezes_its_objects(report):
    """The garbage collector of the children skips the objects of a warm parent."""
    assert report["frozen"] > 10_000


def test_the_warm_parent_has_read_a_page_with_an_entity():
    """The warm parent has built Beautiful Soup's table of entities already."""
    see = """
import confirmlab.checks.preload.preload_tests
from bs4.dammit import EntitySubstitution as tables
assert "_HTML_ENTITY_TO_CHARACTER" in vars(tables)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_the_processes_of_the_tests_do_not_load_the_app():
    """The warm parent of the tests does not load the app, so it stays small."""
    see = """
import sys
import confirmlab.checks.preload.preload_tests
assert "httpx" in sys.modules and not {"sqlalchemy", "alembic"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_an_apps_process_does_not_load_pytest():
    """During a check the app's process has neither pytest nor the tests loaded."""
    see = """
import sys
import confirmlab.checks.preload.preload_app
assert not {"pytest", "_pytest", "httpx"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_a_failed_test_of_a_learner_loads_nothing():
    """To explain a learner's failed test the sandbox loads nothing of the graded tests."""
    see = """
import sys
import confirmlab.checks.preload.preload_suites
assert "confirmlab.checks.explanations" in sys.modules
assert not {"httpx", "confirmlab.checks.app.learner_app"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_the_grading_process_does_not_load_pytest():
    """The grading process does not import pytest; the children inherit it from their parent."""
    see = """
import sys
import confirmlab.grading.exports.gradescope
assert "pytest" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", see], check=True)
