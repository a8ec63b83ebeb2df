"""Facts about the parents that are warmed up once."""

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
def seen(parent, tmp_path_factory):
    task = {"needed": NEEDED[parent]}
    (message,) = jobs.run(Job(looks, task, tmp_path_factory.mktemp("warm"), parent=parent)).messages
    return message


def test_a_child_finds_everything_imported(parent, seen):
    """What a check needs is there before the child's first line, and nothing of the notebook."""
    assert seen["found"] == list(NEEDED[parent])


def test_a_warm_parent_has_no_threads(seen):
    """A warm parent starts no thread, which a fork would leave behind half-way."""
    assert seen["threads"] == 1


def test_a_warm_parent_freezes_its_objects(seen):
    """The objects of a warm parent are kept out of the collections of its children."""
    assert seen["frozen"] > 10_000


def test_the_warm_parent_has_read_a_page_with_an_entity():
    """A child that reads an entity finds Beautiful Soup's tables of entities built."""
    see = """
import confirmlab.checks.preload_tests
from bs4.dammit import EntitySubstitution as tables
assert "_HTML_ENTITY_TO_CHARACTER" in vars(tables)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_the_processes_of_the_tests_do_not_load_the_app():
    """Where tests and app have a warm parent each, that of the tests stays small."""
    see = """
import sys
import confirmlab.checks.preload_tests
assert "httpx" in sys.modules and not {"sqlalchemy", "alembic"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_an_apps_process_does_not_load_pytest():
    """Where an app is checked, its process holds nothing of pytest and of the tests."""
    see = """
import sys
import confirmlab.checks.preload_app
assert not {"pytest", "_pytest", "httpx"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_a_failed_test_of_a_learner_loads_nothing():
    """The sandbox explains a failed test of a learner's without what only graded tests need."""
    see = """
import sys
import confirmlab.checks.preload_suites
assert "confirmlab.checks.explanations" in sys.modules
assert not {"httpx", "confirmlab.checks.learner_app"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", see], check=True)


def test_who_sends_learners_tests_does_not_load_pytest():
    """The process that grades leaves pytest to the children, which find it in their parent."""
    see = """
import sys
import confirmlab.grading.exports.gradescope
assert "pytest" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", see], check=True)
