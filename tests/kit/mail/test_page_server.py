"""Facts about the place where the inbox's page is served."""

import http.client
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from confirmlab.base import paths
from confirmlab.mail.web import page_server
from confirmlab.mail.web.page_server import Host


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]


@pytest.fixture
def open_host(tmp_path):
    opened = []

    def open_host(base=None, make_app=lambda: app):
        opened.append(Host(make_app, tmp_path / "page.json", base))
        return opened[-1].start()

    yield open_host
    for host in opened:
        host.close()


def ask(host, path, method="GET", port=None, **headers):
    call = http.client.HTTPConnection("127.0.0.1", port or host.port, timeout=10)
    try:
        call.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = call.getresponse()
        return answer.status, answer.read().decode()
    finally:
        call.close()


def test_who_has_the_key_gets_in(open_host):
    """Below the key the app answers, and knows where it lives."""
    host = open_host()

    assert ask(host, f"/{host.key}/x/y") == (200, f"GET /{host.key}|/x/y")


@pytest.mark.parametrize("path", ["/", "/mails", "/{no}/", "/{key}", "/{key}x/", "/%C3%A9/"])
def test_without_the_key_there_is_nothing(open_host, path):
    """Any user of the machine reaches the port; without the key nothing is there."""
    host = open_host()

    assert ask(host, path.format(key=host.key, no="A" * 32)) == (404, "Not Found.\n")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_the_key_is_noted_for_this_user_alone(open_host, tmp_path):
    """The note with the key cannot be read by other users of the machine."""
    host = open_host()

    assert (tmp_path / "page.json").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "page.json").read_text())["key"] == host.key
    assert host.key not in repr(host)


def test_the_address_lives_on(open_host):
    """After a restart the page is where it was, so that what was left open goes on."""
    first = open_host()
    first.close()
    first.close()
    second = open_host()

    assert (second.port, second.key) == (first.port, first.key)


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:{port}", "127.0.0.1", "[::1]:{port}"]
)
def test_other_names_of_the_host_are_refused(open_host, name):
    """A page that gave its own name the address of this machine is not answered."""
    host = open_host()

    assert ask(host, f"/{host.key}/", Host=name.format(port=host.port))[0] == 404
    assert ask(host, f"/{host.key}/", Host=f"localhost:{host.port}")[0] == 200


def test_behind_the_proxy_any_name_may_stand(open_host):
    """Through Jupyter's proxy the page has its prefix, under whatever name the hub is known."""
    host = open_host(base="/user/ann/")
    path = f"/user/ann/proxy/absolute/{host.port}/{host.key}"

    assert ask(host, f"{path}/x", Host="hub.example") == (200, f"GET {path}|/x")
    assert ask(host, "/user/ann/proxy/absolute/1/x", Host="hub.example")[0] == 404


def test_without_a_server_no_prefix_counts(open_host):
    """Where there is no Jupyter server, a path of its proxy opens nothing."""
    host = open_host()

    assert ask(host, f"/proxy/absolute/{host.port}/{host.key}/", Host="evil.example")[0] == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "OPTIONS"])
def test_only_its_own_page_changes_anything(open_host, method):
    """A request that changes something needs a header that no other page can send."""
    host = open_host()
    path = f"/{host.key}/x"

    assert ask(host, path, method)[0] == 403
    assert ask(host, path, method, X_ConfirmLab="1")[0] == 200
    for site in ("cross-site", "same-site", "none"):
        assert ask(host, path, method, X_ConfirmLab="1", Sec_Fetch_Site=site)[0] == 403


def test_the_newest_kernel_takes_over(open_host):
    """A second kernel gets the address, the first makes room, and may take it back."""
    first = open_host()
    second = open_host()
    assert (second.port, second.key) == (first.port, first.key)
    assert (first.running, second.running) == (False, True)

    first.start()
    assert (first.running, second.running) == (True, False)
    assert ask(first, f"/{first.key}/")[0] == 200


def test_nobody_else_makes_it_leave(open_host):
    """Without the word that proves the key, nobody is shown out."""
    host = open_host()
    for word in ("", "0" * 64, host.key):
        assert ask(host, "/leave", "POST", X_Leave=word)[0] == 404

    assert host.running


def test_a_stranger_at_the_old_port_learns_no_key(open_host):
    """If another program has the port by now, port and key are new, and it was told neither."""
    first = open_host()
    first.close()
    with socket.socket() as stranger, ThreadPoolExecutor() as pool:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", first.port))
        stranger.listen()
        heard = pool.submit(lambda: _refuse(stranger.accept()[0]))
        second = open_host()

    assert second.port != first.port and second.key != first.key
    assert first.key.encode() not in heard.result()


def _refuse(client):
    with client:
        heard = client.recv(10_000)
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    return heard


def test_a_spoilt_note_is_made_anew(open_host, tmp_path):
    """A note that says nothing sensible is replaced."""
    for text in ("", "{}", '{"port": -1, "key": "x"}', '{"port": 80, "key": ""}', "[]"):
        (tmp_path / "page.json").write_text(text)
        host = open_host()
        assert len(host.key) >= 32 and host.port > 1000
        host.close()


def test_a_failing_app_is_quiet(open_host, capfd):
    """An app that fails answers 500, and nothing is printed below anybody's cell."""

    def broken(environ, start_response):
        raise RuntimeError("secret")

    host = open_host(make_app=lambda: broken)
    status, text = ask(host, f"/{host.key}/")

    assert status == 500 and "secret" not in text
    assert capfd.readouterr() == ("", "")


def test_clients_that_leave_are_no_trouble(open_host, capfd):
    """A client that hangs up early says nothing to anybody."""
    host = open_host()
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", host.port)) as client:
            client.sendall(b"GET / HT")
    ask(host, f"/{host.key}/")

    assert capfd.readouterr() == ("", "")


def test_it_starts_light():
    """To be served, a page needs nothing that takes long to import."""
    heavy = ("werkzeug", "flask", "confirmlab.mail.web.api", "confirmlab.notebook.views.display")
    wanted = f"print([m for m in {heavy} if m in sys.modules])"
    code = f"import sys, confirmlab.mail.web.page_server; {wanted}"

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


def test_the_header_is_the_one_that_the_script_sends():
    """Page and place agree on the header."""
    script = paths.in_package("mail", "web", "static") / "inbox_ask.js"

    assert f'"{page_server.HEADER}"' in script.read_text()
