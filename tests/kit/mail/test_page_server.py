"""Facts about the server of the inbox page."""

import http.client
import socket
import subprocess
import sys
import time
from http.server import HTTPServer

import pytest
from werkzeug.serving import BaseWSGIServer

from confirmlab.base import jupyter_proxy, paths
from confirmlab.mail.web import page_server
from confirmlab.mail.web.page_server import PageServer

INBOX = "inbox-0123abcd"


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]


@pytest.fixture(autouse=True)
def no_jupyter(monkeypatch, tmp_path):
    """Remove the variables of a Jupyter server that may run these tests."""
    for name in ("JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


@pytest.fixture
def open_server():
    opened = []

    def open_server(make_app=lambda: app):
        opened.append(PageServer(make_app, INBOX))
        return opened[-1].start()

    yield open_server
    for server in opened:
        server.close()


def ask(server, path, method="GET", **headers):
    return talk(
        http.client.HTTPConnection("127.0.0.1", server.port, timeout=10), path, method, headers
    )


def talk(call, path, method, headers):
    try:
        call.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = call.getresponse()
        return answer.status, answer.read().decode()
    finally:
        call.close()


def through(folder, path, method="GET", socket_name=jupyter_proxy.RELAY, **headers):
    """Send a request to the relay's socket, as jupyter-server-proxy does."""
    call = http.client.HTTPConnection("hub.example", timeout=10)
    call.sock = socket.socket(socket.AF_UNIX)
    call.sock.connect(str(folder / socket_name))
    return talk(call, path, method, headers)


def test_requests_with_the_key_are_answered(open_server):
    """Below the key the app answers, and knows its prefix."""
    server = open_server()

    assert ask(server, f"/{server.key}/x/y") == (200, f"GET /{server.key}|/x/y")
    assert server.link == f"http://127.0.0.1:{server.port}/{server.key}/"


@pytest.mark.parametrize("path", ["/", "/mails", "/{no}/", "/{key}", "/{key}x/", "/%C3%A9/"])
def test_without_the_key_there_is_nothing(open_server, path):
    """Without the key the port answers 404, since any user of the machine can reach it."""
    server = open_server()

    assert ask(server, path.format(key=server.key, no="A" * 32)) == (404, "Not Found.\n")


def test_each_start_has_a_key_of_its_own(open_server):
    """Each start makes a new key, so that a key that leaked is useless afterwards."""
    first = open_server()
    first.close()
    first.close()
    second = open_server()

    assert second.key != first.key and len(second.key) >= 32
    assert second.key not in repr(second)


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:{port}", "127.0.0.1", "[::1]:{port}"]
)
def test_other_names_of_the_host_are_refused(open_server, name):
    """A request under another host name for this address is refused (DNS rebinding)."""
    server = open_server()

    assert ask(server, f"/{server.key}/", Host=name.format(port=server.port))[0] == 404
    assert ask(server, f"/{server.key}/", Host=f"localhost:{server.port}")[0] == 200


def test_behind_the_proxy_any_host_is_accepted(open_server, monkeypatch):
    """Behind Jupyter's proxy the page has its prefix, under any host name."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    server = open_server()
    path = f"/user/ann/proxy/absolute/{server.port}/{server.key}"

    assert server.link == f"{path}/"
    assert ask(server, f"{path}/x", Host="hub.example") == (200, f"GET {path}|/x")
    assert ask(server, "/user/ann/proxy/absolute/1/x", Host="hub.example")[0] == 404


def test_without_a_server_no_prefix_counts(open_server):
    """Without a Jupyter server, a path with the proxy's prefix gets a 404."""
    server = open_server()
    path = f"/proxy/absolute/{server.port}/{server.key}/"

    assert ask(server, path, Host="evil.example")[0] == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "OPTIONS"])
def test_only_its_own_page_changes_anything(open_server, method):
    """A request that changes something needs a header that no other site can send."""
    server = open_server()
    path = f"/{server.key}/x"

    assert ask(server, path, method)[0] == 403
    assert ask(server, path, method, X_ConfirmLab="1")[0] == 200
    for site in ("cross-site", "same-site", "none"):
        assert ask(server, path, method, X_ConfirmLab="1", Sec_Fetch_Site=site)[0] == 403


def test_at_the_relay_it_has_a_name_and_no_port(open_server, relay):
    """At Jupyter's relay the page has a short, stable address and uses no port."""
    server = open_server()
    path = f"/user/ann/confirmlab/{INBOX}"

    assert (server.link, server.port) == (f"{path}/", 0)
    assert through(relay, f"{path}/x") == (200, f"GET {path}|/x")
    assert through(relay, "/x", socket_name=INBOX)[0] == 404
    assert through(relay, f"{path}/x", "POST")[0] == 403


def test_the_newest_kernel_takes_over(open_server, relay):
    """A second kernel takes the relay's socket over; the first one can take it back."""
    path = f"/user/ann/confirmlab/{INBOX}/"
    first = open_server(lambda: lambda environ, start: (start("200 OK", []), [b"first"])[1])
    second = open_server(lambda: lambda environ, start: (start("200 OK", []), [b"second"])[1])
    assert through(relay, path)[1] == "second"

    second.close()
    assert first.was_served and through(relay, path)[0] == 502
    first.close()
    first.start()
    assert through(relay, path)[1] == "first"


def test_the_page_comes_back_after_another_kernel_has_ended(open_server, relay):
    """A start takes the relay's socket back if nobody answers there any more."""
    path = f"/user/ann/confirmlab/{INBOX}/"
    first = open_server()
    second = open_server(lambda: lambda environ, start: (start("200 OK", []), [b"second"])[1])
    first.start()
    assert through(relay, path)[1] == "second"

    second.close()
    while jupyter_proxy.is_listening(relay / INBOX):  # its thread may be closing the socket
        time.sleep(0.01)
    first.start()
    assert through(relay, path) == (200, f"GET {path[:-1]}|/")


def test_once_closed_it_takes_no_more_calls(open_server, relay, monkeypatch):
    """When `close` returns nothing listens any more, however late the server's thread ends."""
    monkeypatch.setattr(BaseWSGIServer, "serve_forever", HTTPServer.serve_forever)
    server = open_server()
    assert jupyter_proxy.is_listening(relay / INBOX)

    server.close()
    assert not jupyter_proxy.is_listening(relay / INBOX)


def test_a_failing_app_is_quiet(open_server, capfd):
    """An app that fails answers 500, and prints nothing below a cell."""

    def broken(environ, start_response):
        raise RuntimeError("secret")

    server = open_server(make_app=lambda: broken)
    status, text = ask(server, f"/{server.key}/")

    assert status == 500 and "secret" not in text
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_app_that_cannot_be_made_is_not_served(open_server):
    """If the app cannot be made, nothing listens or runs; a later start tries again."""
    made = []

    def make_app():
        made.append(app)
        if len(made) == 1:
            raise MemoryError
        return app

    server = open_server(make_app)
    assert isinstance(server._server.exception(timeout=10), MemoryError)
    server._thread.join()
    assert not server.running
    with pytest.raises(ConnectionRefusedError):
        ask(server, f"/{server.key}/")

    assert ask(server.start(), f"/{server.key}/")[0] == 200 and server.running


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_did_not_start_can_be_closed(open_server):
    """Closing a server whose app cannot be made raises nothing."""

    def make_app():
        raise MemoryError

    server = open_server(make_app)
    server.close()

    assert not server.running


def test_early_disconnects_are_silent(open_server, capfd):
    """A client that disconnects early causes no output."""
    server = open_server()
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET / HT")
    ask(server, f"/{server.key}/")

    assert capfd.readouterr() == ("", "")


def test_it_starts_light():
    """The page server imports no module that takes long to import."""
    heavy = ("werkzeug", "flask", "confirmlab.mail.web.api", "confirmlab.notebook.views")
    code = "import sys, confirmlab.mail.web.page_server as _; "
    code += f"print([m for m in {heavy} if m in sys.modules])"

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


def test_the_header_is_the_one_that_the_script_sends():
    """The page's script sends the header that the server requires."""
    script = paths.in_package("mail", "web", "static") / "inbox_ask.js"

    assert f'"{page_server.HEADER}"' in script.read_text()
