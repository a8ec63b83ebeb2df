"""Facts about requests that reach an app without a network."""

import threading

import pytest
from werkzeug.wrappers import Request as Asked

from confirmlab.site.driver.in_process_server import Request, ThreadedWSGIServer, passed_on


@pytest.fixture
def answered():
    """Send a request to an app and return it with the answer."""

    def answered(app, method="GET", body=""):
        request = Request(method, "/a%20b?c=d", "pigeons.example", [["Accept", "text/html"]], body)
        server.answer(app, request)
        return request

    with ThreadedWSGIServer() as server:
        yield answered


def test_what_the_app_is_asked(answered):
    """The app gets the request with its path, query, headers and body."""
    seen = []

    def app(environ, start_response):
        asked = Asked(environ)
        seen.append((asked.method, asked.path, asked.args["c"], asked.host, asked.get_data()))
        start_response("201 CREATED", [("X-One", "1"), ("X-One", "2")])
        return [b"yes"]

    request = answered(app, "POST", "x=y")

    assert seen == [("POST", "/a b", "d", "pigeons.example", b"x=y")]
    assert (request.status, request.answer) == (201, b"yes")
    assert request.answered.count(("X-One", "1")) == request.answered.count(("X-One", "2")) == 1


def test_it_runs_in_a_thread_of_the_server(answered):
    """The thread has the name that threads of Werkzeug's server have."""
    names = []

    def app(_, start_response):
        names.append(threading.current_thread().name)
        start_response("204 NO CONTENT", [])
        return []

    answered(passed_on(app))

    assert "process_request_thread" in names[0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [ValueError, ConnectionResetError, SystemExit])
def test_what_the_app_raises(answered, error):
    """What the app raises comes to the caller, whatever it is."""

    def app(*_):
        raise error("no")

    with pytest.raises(error):
        answered(app)


def test_the_connection_is_real(answered):
    """The request's input and the server's port are those of a connection to the app's process."""
    seen = []

    def app(environ, start_response):
        there = environ["werkzeug.socket"]
        seen.append((there.getsockname()[1], environ["SERVER_PORT"]))
        seen.append((there.getpeername()[1], environ["REMOTE_PORT"]))
        seen.append((environ["wsgi.input"].raw, there.makefile("rb").raw))
        start_response("204 NO CONTENT", [])
        return []

    answered(app)

    assert seen[0][0] == int(seen[0][1])
    assert seen[1][0] == int(seen[1][1])
    assert type(seen[2][0]) is type(seen[2][1])


def test_a_large_body_arrives(answered):
    """The app gets a body that is larger than what a connection holds."""
    seen = []

    def app(environ, start_response):
        seen.append(len(Asked(environ).get_data()))
        start_response("204 NO CONTENT", [])
        return []

    answered(app, "POST", "x" * 9_000_000)

    assert seen == [9_000_000]
