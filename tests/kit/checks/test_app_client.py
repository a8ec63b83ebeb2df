"""Facts about the trusted side's connection to the learner's app."""

import os
import socket
import sqlite3

import pytest
from open_files import count_open_files

from confirmlab.checks.app import app_settings
from confirmlab.checks.app.app_client import Host, Process
from confirmlab.checks.app.app_database import Database
from confirmlab.checks.app.app_errors import AppError, AppTimeout, InvalidAnswer
from confirmlab.checks.app.learner_app import LearnerApp
from confirmlab.processes import frames


@pytest.fixture
def started(tmp_path):
    """Start a host whose app answers that it is ready, and wait for it."""
    opened = []

    def started(**answer):
        ours, theirs = socket.socketpair()
        host = Host(ours, app_settings.draw(), tmp_path / "app.sqlite")
        with socket.create_server(("127.0.0.1", 0)) as mails:
            frames.send(theirs, {"ready": True} | answer, mails.fileno())
            host.wait()
        opened.extend((host, theirs))
        return host

    yield started
    for one in opened:
        one.close()


def test_the_site_gets_another_name(started):
    """A site can be renamed, so that an app cannot recognise a test by its host name."""
    host = started()
    before = host.name
    host.rename()
    assert host.name != before


def test_a_fixed_name_is_kept(started):
    """A site whose settings fix its name keeps that name, since it would refuse all others."""
    host = started(name_is_fixed=True)
    before = host.name
    host.rename()
    assert host.name == before


@pytest.fixture
def channel(tmp_path):
    """Open a host, and the app's end of its channel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Host(ours, app_settings.draw(), tmp_path / "app.sqlite"), theirs


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"late": 4}, AppTimeout),
        ({"raised": {}}, AppError),
        ({"raised": 1}, InvalidAnswer),
        ([], InvalidAnswer),
        ({"ready": True}, InvalidAnswer),
    ],
    ids=["late", "raised", "garbled-error", "list", "no-socket"],
)
def test_files_of_a_failed_start_are_closed(channel, message, error):
    """A file that comes with the message of a failed start does not stay open."""
    host, theirs = channel
    with open(os.devnull) as no_socket:
        frames.send(theirs, message, no_socket.fileno())
    before = count_open_files()
    with pytest.raises(error):
        host.wait()

    assert count_open_files() == before


def test_files_of_an_end_are_closed(channel):
    """A file that comes with the status of an ended process does not stay open."""
    host, theirs = channel
    frames.send(theirs, {"status": 9}, theirs.fileno())
    before = count_open_files()

    assert host.end(1) == 9
    assert count_open_files() == before


def test_files_of_an_answer_are_closed(started):
    """A file that comes with an answer does not stay open, not even with a bad one."""
    process = Process(started())
    process._talk, theirs = socket.socketpair()
    with theirs:
        frames.send(theirs, [], theirs.fileno())
        before = count_open_files()
        with pytest.raises(InvalidAnswer):
            process.order("look")
        assert count_open_files() == before
    process.close()


@pytest.mark.parametrize("mails", [False, True], ids=["no-mails", "mails"])
def test_a_closed_app_leaves_nothing_open(started, mails):
    """Closing an app closes its host, its mails and all its processes, also those of a test."""
    before = count_open_files()
    host = started()
    app = LearnerApp(host)
    if mails:
        app.start_mail_server()
    for process in (app.process, app.another()):
        process._number, process._talk = host.start({})
    app.close()
    app.close()

    assert count_open_files() == before + 1  # the app's end of the channel


def test_rows_are_deleted_once_the_lock_on_them_is_gone(started, monkeypatch):
    """Rows in a database that a process of the app locks are deleted when it has ended."""
    app = LearnerApp(started())
    app.database.ask("CREATE TABLE letter (id INTEGER PRIMARY KEY)")
    app.database.ask("INSERT INTO letter DEFAULT VALUES")
    holder = sqlite3.connect(app.host.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(app._running, "end_processes", holder.rollback)
    app.reset()
    left = app.database.ask("SELECT count(*) FROM letter")
    holder.close()
    app.close()

    assert left == [(0,)]


def test_rows_can_be_put_aside_after_a_failed_try(tmp_path):
    """A lock that keeps rows from being put aside does not affect the next test that does so."""
    database = Database(tmp_path / "app.sqlite")
    database.ask("CREATE TABLE user (id INTEGER PRIMARY KEY)")
    database.ask("INSERT INTO user VALUES (1), (2)")
    holder = sqlite3.connect(tmp_path / "app.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(AppError):
        database.put_aside("user", but=2)
    holder.close()
    database.bring_back()
    database.put_aside("user", but=2)
    left = database.ask("SELECT id FROM user")
    database.bring_back()
    restored = database.ask("SELECT id FROM user")
    database.close()

    assert (left, restored) == ([(2,)], [(1,), (2,)])
