"""Facts about the servers of an app: who reaches them, and under which host names."""

import os
import socket
from pathlib import Path

import pytest
from flask import Flask, request, url_for
from werkzeug.test import Client

from confirmlab.base import ports
from confirmlab.base.jupyter_proxy import Prefixed
from confirmlab.site.app_process import pin
from confirmlab.site.app_server import OWNER, OwnUserOnly

PORT = "5000"
ALICE = "/user/al%20ice/"
SHOWN = f"{ALICE}proxy/absolute/{PORT}"
STRANGER = 54_321
PEER = {"REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": 50_000}


def ask(client, path, **headers):
    return client.get(path, base_url=f"http://127.0.0.1:{PORT}", headers=headers)


@pytest.fixture
def pinned():
    """Serve an app that trusts and names one host, as the kit serves it."""
    app = Flask("pigeons")
    app.config.update(SERVER_NAME="pigeons.example", TRUSTED_HOSTS=["pigeons.example"])
    app.add_url_rule("/", "home", lambda: f"{url_for('home', _external=True)} {request.is_secure}")
    host = f"127.0.0.1:{PORT}"
    assert pin(app, host)
    return Client(Prefixed(app.wsgi_app, SHOWN, host))


def test_a_pinned_app_is_told_where_it_is(pinned):
    """An app with a fixed host answers at the port where it is served, and links there."""
    assert ask(pinned, "/").text == f"http://127.0.0.1:{PORT}/ False"


def test_a_pinned_app_answers_through_the_proxy(pinned):
    """Behind the proxy, under any host name, links lead to the port, below the prefix."""
    hub = {"Host": "hub.example", "X-Forwarded-Proto": "https"}

    assert ask(pinned, f"{SHOWN}/", **hub).text == f"http://127.0.0.1:{PORT}{SHOWN}/ False"


def test_a_pinned_app_refuses_other_names(pinned):
    """At the bare port the app refuses a foreign host name."""
    assert ask(pinned, "/", Host="evil.example").status_code == 400


def test_an_app_without_a_host_is_left_as_it_is():
    """The settings of an app without a fixed host are not changed."""
    app = Flask("pigeons")

    assert not pin(app, "127.0.0.1:5000")
    assert (app.config["SERVER_NAME"], app.config["TRUSTED_HOSTS"]) == (None, None)


# Who reaches the port of an app


def table(path, *rows):
    """Write what Linux lists of connections: both ends, and the user of each."""
    lines = ["  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"]
    for local, remote, user in rows:
        lines.append(f"   0: {local} {remote} 01 00:00 00:00 00 {user} 0 1 1 0")
    path.write_text("\n".join(lines) + "\n")


OURS, THEIRS = "0100007F:1388", "0100007F:C350"  # ports 5000 and 50000
MAPPED = "0000000000000000FFFF0000"


@pytest.mark.parametrize(
    ("rows", "user"),
    [
        ([(OURS, THEIRS, 7), (THEIRS, OURS, 8)], 8),
        ([(MAPPED + THEIRS, MAPPED + OURS, 8)], 8),
        ([("0200007F:C350", OURS, 7), (THEIRS, OURS, 8)], 8),
        ([(OURS, THEIRS, 7)], -1),
        ([(THEIRS, "0100007F:1389", 7)], None),
        ([], None),
    ],
)
def test_linux_knows_who_connects(monkeypatch, tmp_path, rows, user):
    """The user at the other end of a connection is read from the system's table."""
    table(tmp_path / "tcp", *rows)
    monkeypatch.setattr(ports, "_TABLES", (str(tmp_path / "none"), str(tmp_path / "tcp")))

    assert ports.user_of(("127.0.0.1", 50_000), 5000) == user


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux has this table")
def test_a_connection_of_ones_own_is_known():
    """The system's own table can be parsed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            assert ports.user_of(client.getsockname(), server.getsockname()[1]) == os.getuid()


def app(environ, start_response):
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


@pytest.fixture
def guarded(monkeypatch):
    """Serve an app at its port, below no prefix; the test sets who connects."""
    client = Client(OwnUserOnly(app, int(PORT), ""))
    client.user = None
    monkeypatch.setattr(ports, "user_of", lambda *_: client.user)
    get = client.get
    client.get = lambda *a, **k: get(*a, environ_overrides=PEER, **k)
    return client


@pytest.mark.parametrize(
    ("user", "status"), [(None, 200), (0, 200), ("own", 200), (STRANGER, 403), (-1, 403)]
)
def test_other_users_of_the_machine_are_refused(guarded, user, status):
    """The port answers only its own user, root, and clients that the system does not name."""
    guarded.user = os.getuid() if user == "own" else user

    assert ask(guarded, "/").status_code == status


def test_the_owners_key_is_enough(guarded):
    """A request with the owner's key is answered; an app without a key accepts none."""
    guarded.user = STRANGER
    assert ask(guarded, "/", **{OWNER: ""}).status_code == 403

    guarded.application.owner_key = "coo"
    assert [ask(guarded, "/", **{OWNER: key}).status_code for key in ("coo", "cöo", "")] == [
        *(200, 403, 403),
    ]


def test_the_app_does_not_see_the_owners_key(guarded):
    """The key's header is removed before the app gets the request, whoever sent it."""
    seen = []
    guarded.application.owner_key = "coo"
    guarded.application.app = lambda environ, start: seen.append(environ) or app(environ, start)
    for user, key in ((STRANGER, "coo"), (os.getuid(), "wrong")):
        guarded.user = user
        assert ask(guarded, "/", **{OWNER: key}).status_code == 200

    assert len(seen) == 2
    assert not any("OWNER" in name for environ in seen for name in environ)


@pytest.mark.parametrize("path", ["/proxy/absolute/5000/", f"{SHOWN}/x"])
def test_no_proxy_leads_around_the_prefix(guarded, path):
    """At a proxy address that the kit did not show, the answer is a sentence."""
    answer = ask(guarded, path)
    assert (answer.status_code, "has another address" in answer.text) == (403, True)

    assert ask(guarded, "/", **{"X-ProxyContextPath": "/user/ben/proxy/5000"}).status_code == 403


def test_without_the_relay_the_port_is_shown(guarded):
    """Without a relay, the proxy leads to the port, below the prefix that is shown."""
    guarded.application.shown = SHOWN

    assert ask(guarded, f"{SHOWN}/x").status_code == 200
    assert ask(guarded, f"/user/ben/proxy/absolute/{PORT}/x").status_code == 403
