"""Facts about the relay between jupyter-server-proxy and the sockets of a learner's pages."""

import http.client
import os
import pkgutil
import socket
import tempfile
import threading
import tomllib
from pathlib import Path

import pytest

from confirmlab.base import jupyter_proxy, paths, proxy_relay

SITE = "site-0123abcd"
PATH = f"/user/zo%25C3%25AB/confirmlab/{SITE}"


@pytest.fixture
def service(relay):
    """Serve one request on a socket as a site would, and answer with what was received."""
    listening = jupyter_proxy.listen(relay / SITE)

    def serve():
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                asked = part = client.recv(65536)
                while part and b"the end" not in asked and b"POST" in asked:
                    part = client.recv(65536)
                    asked += part
                client.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + asked)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield relay
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)


def ask(folder, path, method="GET", body=None):
    call = http.client.HTTPConnection("hub.example", timeout=10)
    call.sock = socket.socket(socket.AF_UNIX)
    call.sock.connect(str(folder / jupyter_proxy.RELAY))
    try:
        call.request(method, path, body)
        answer = call.getresponse()
        return answer.status, answer.read().decode()
    finally:
        call.close()


@pytest.mark.parametrize("rest", ["", "/", "/a/b?c=/confirmlab/site-00000000/", "?a"])
def test_a_request_reaches_the_socket_it_names(service, rest):
    """The relay forwards a request and its answer unchanged."""
    status, asked = ask(service, PATH + rest)

    assert status == 200 and asked.startswith(f"GET {PATH}{rest} HTTP/1.1\r\n")


def test_a_long_body_is_forwarded(service):
    """The relay forwards a large upload completely."""
    _, asked = ask(service, PATH, "POST", "x" * 500_000 + "the end")

    assert len(asked) > 500_000 and asked.endswith("the end")


@pytest.mark.parametrize(
    "path", ["/", "/user/a/confirmlab/site-fedcba98/", "/confirmlab/relay-of-jupyter/", "/" * 500]
)
def test_a_missing_page_is_explained(service, path):
    """If no kernel serves a page, the answer says how to start it again."""
    status, text = ask(service, path)

    assert status == 502 and "site.start()" in text


def test_a_dead_socket_counts_as_missing(relay):
    """A socket whose process has ended is treated like a missing one."""
    jupyter_proxy.listen(relay / SITE).close()

    assert ask(relay, PATH)[0] == 502


def test_the_proxy_knows_the_entry_point(monkeypatch, tmp_path):
    """The package registers one entry with jupyter-server-proxy, without a launcher tile."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    project = tomllib.loads(paths.in_kit("pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = project["entry-points"]["jupyter_serverproxy_servers"]
    entry = pkgutil.resolve_name(named[jupyter_proxy.NAME])()

    assert entry["unix_socket"].endswith(jupyter_proxy.RELAY) and entry["absolute_url"]
    assert entry["launcher_entry"] == {"enabled": False}


@pytest.fixture
def short_path():
    """Return a new folder with a short path; pytest's own folders may be too deep for sockets."""
    with tempfile.TemporaryDirectory(prefix="c-") as name:
        yield Path(name)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no unix sockets here")
@pytest.mark.parametrize("length", [90, 95, 100, 105, 300])
def test_a_long_path_is_replaced_by_a_link(monkeypatch, short_path, length):
    """If the path is too long for sockets, they are elsewhere, and a link leads there."""
    socket_path = len(f"{short_path}//confirmlab-{os.getpid()}/")
    runtime = short_path / ("x" * max(1, min(length - socket_path, 200)))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    folder = proxy_relay.start()

    assert jupyter_proxy.sockets() == folder
    assert (runtime in folder.parents) == (length == 90)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_leftovers_of_killed_servers_are_removed(relay):
    """A starting server removes the socket folders of servers that were killed."""
    left = jupyter_proxy.folder_of(999_999_999)
    left.mkdir(0o700)
    foreign = jupyter_proxy.folder_of("notes")
    foreign.mkdir()
    foreign.chmod(0o755)  # whatever the umask is
    proxy_relay.start()

    assert not left.exists() and foreign.exists()
