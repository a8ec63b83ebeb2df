"""Facts about visits of the app under test."""

import time
from types import SimpleNamespace

import httpx
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login import decode_cookie
from werkzeug.http import parse_cookie

from confirmlab.checks.app.app_database import Database
from confirmlab.checks.app.app_requests import transport
from confirmlab.checks.app.app_values import Member
from confirmlab.checks.app.app_visits import Visits
from confirmlab.checks.app.cookie_signer import Signer

KEY = "a key"
MEMBERS = [Member(number, "Ada", "ada@example.org") for number in (7, 12)]


@pytest.fixture
def marks(tmp_path):
    """Store a session mark for each member, and return the database."""
    database = Database(tmp_path / "app.sqlite")
    database.ask("CREATE TABLE user (id INTEGER PRIMARY KEY, session_mark TEXT)")
    for member in MEMBERS:
        database.insert("user", {"id": member.id, "session_mark": f"2.{member.id}"})
    yield database
    database.close()


def in_the_cookie(cookie):
    """Return the session that Flask reads from a cookie."""
    app = Flask(__name__)
    app.secret_key = KEY
    return SecureCookieSessionInterface().get_signing_serializer(app).loads(cookie)


@pytest.mark.parametrize(
    ("get_id", "most"),
    [
        (lambda number, _: str(number), 1),
        (lambda number, mark: f"{number} {mark}", 1),
        (lambda number, mark: f"{number}:{mark}", 1),
        (lambda number, mark: f"{mark} {number}", 4),
        (lambda number, mark: f"{number} of {mark}", 4),
    ],
)
def test_the_app_is_asked_once_for_an_id(marks, get_id, most):
    """A cookie holds what get_id() returns; if that is the plain number, the app is asked once."""
    asked = []

    def returned(number):
        ((mark,),) = marks.ask("SELECT session_mark FROM user WHERE id = ?", number)
        return get_id(number, mark)

    def order(_verb, what, on):
        asked.append(what)
        return {"returned": returned(on)}

    host = SimpleNamespace(secret_key=KEY, visitor_at=lambda _: "127.0.0.1")
    process = SimpleNamespace(order=order)
    running = SimpleNamespace(host=host, now=time.time, process=process, database=marks)
    visits = Visits(running, None)

    for _ in range(2):
        for member in MEMBERS:
            cookie = visits.cookie(member, {"User-Agent": "a browser"})
            assert in_the_cookie(cookie)["_user_id"] == returned(member.id)
        marks.ask("UPDATE user SET session_mark = '3.' || id")
    assert len(asked) == most


def test_flask_login_remembers_a_member():
    """Flask-Login takes the remember cookie of a member as its own."""
    cookie = Signer(KEY).remember("7 2.7")

    sent = parse_cookie(f"session=a; remember_token={cookie}")
    assert decode_cookie(sent["remember_token"], KEY) == "7 2.7"


def test_a_header_beyond_ascii_reaches_the_browser():
    """A header with letters beyond ASCII reaches the browser, as on a real site."""
    seen = {"status": 200, "headers": [["X-Greeting", "Grüße"]], "body": ""}
    host = SimpleNamespace(visitor_at=lambda name: "127.0.0.1")
    process = SimpleNamespace(host=host, order=lambda verb, **given: seen)
    with httpx.Client(transport=transport(process)) as client:
        assert client.get("http://site.example/").headers["X-Greeting"] == "Grüße"
