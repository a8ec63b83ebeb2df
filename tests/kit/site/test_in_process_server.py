"""Facts about requests that reach an app without a network."""

import threading

import pytest
from werkzeug.wrappers import Request as Asked

from confirmlab.site.in_process_server import Request, ThreadedWSGIServer, passed_on


def answered(app, method="GET", body=""):
    request = Request(method, "/a%20b?c=d", "pigeons.example", [["Accept", "text/html"]], body)
    ThreadedWSGIServer(app).answer(request)
    return request


def test_what_the_app_is_asked():
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


def test_it_runs_in_a_thread_of_the_server():
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
def test_what_the_app_raises(error):
    """What the app raises comes to the caller, whatever it is."""

    def app(*_):
        raise error("no")

    with pytest.raises(error):
        answered(app)
