"""Facts about the trusted side's connection to the learner's app."""

import socket

import pytest

from confirmlab.checks import app_settings
from confirmlab.checks.app_client import Host
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
