"""Fixtures of the graded tests: the app under test, its members, visitors and mails.

The app runs in a process of its own; `confirmlab.checks.app.learner_app` is their interface to it.
"""

import random
import secrets
from contextlib import suppress
from typing import NamedTuple

import pytest

from confirmlab.checks.app.app_errors import AppError
from confirmlab.checks.app.token_forge import TokenForge


@pytest.fixture
def app(learner_app):
    """The app under test, emptied after each test."""
    learner_app.host.wait()
    yield learner_app
    learner_app.reset()


@pytest.fixture
def password(app):
    """The password of all members."""
    return app.password


@pytest.fixture
def mails(app):
    """The mails received so far; `inbox` waits for those on their way."""
    return app.mails


@pytest.fixture
def inbox(app):
    """The mails, once the app has sent all of them."""
    return SettledInbox(app)


@pytest.fixture
def crowd(app):
    """Insert a member that no test uses; return a function that inserts one more.

    So an app must look for the member that a request is about, who is neither the only one, nor the
    first one or the newest.
    """

    def one_more():
        app.member(confirmed=random.random() < 0.5, watched=False)

    app.member(watched=False)
    return one_more


@pytest.fixture
def member(app, crowd):
    """Return a function that inserts a new member into the app's database."""

    def member(*args, **values):
        made = app.member(*args, **values)
        crowd()
        return made

    return member


@pytest.fixture
def varied_member(app, crowd, request):
    """Return a function that inserts a member of another kind than the one before.

    Name, number, mail host and time of joining vary. Five of them in the tests of an exercise are
    of all kinds, the site's first member among them.
    """
    exercise = request.node.get_closest_marker("exercise").args[0]

    def varied_member(**values):
        made = app.member_of_another_kind(exercise, **values)
        crowd()
        return made

    return varied_member


@pytest.fixture
def visitor(app):
    """Return a function that opens a browser with cookies of its own."""
    return app.visitor


@pytest.fixture
def own_sites(app):
    """Return the two names of a learner's own site, or twice the one that its settings fix."""
    return app.host.usual_names or (app.host.name, app.host.name)


@pytest.fixture
def is_confirmed(app):
    """Return a function that returns whether a member is confirmed in the database."""
    return app.is_confirmed


@pytest.fixture
def token_for(app):
    """Return a function that returns a token made by the app for a member."""
    return app.token


@pytest.fixture
def link_path(app, seen):
    """Return the path of the link that confirms, up to its token, as url_for builds it."""

    def link_path():
        token = "a.b.c"
        path = _path_of(app, "auth.confirm", token=token)
        return path.removesuffix(token) if path.endswith(f"/{token}") else "/auth/confirm/"

    return seen("link path", link_path)


@pytest.fixture
def room_path(app, seen):
    """Return the path of the waiting room, as url_for builds it."""
    return seen("room path", lambda: _path_of(app, "auth.unconfirmed") or "/auth/unconfirmed")


@pytest.fixture
def resend_path(app, seen):
    """Return the path where a member asks for another mail, as url_for builds it."""
    return seen("resend path", lambda: _path_of(app, "auth.resend") or "/auth/resend")


def _path_of(app, endpoint, **values):
    """Return the path that url_for builds, without a slash at its end; "" if it builds none.

    Other tests check whether it is the usual path.
    """
    with suppress(AppError):
        path = str(app.process.order("url", endpoint=endpoint, values=values)).rstrip("/")
        return path if path.startswith("/") else ""
    return ""


@pytest.fixture
def link_for(token_for, link_path):
    """Return a function that returns the path of a new link for a member."""
    return lambda member, **lifetime: f"{link_path}{token_for(member, **lifetime)}"


@pytest.fixture(scope="session")
def forge(learner_app):
    """Return a TokenForge, whose tokens differ from the app's own in one point only."""
    return TokenForge(learner_app)


@pytest.fixture(scope="session")
def seen():
    """Return a function that stores a call's result under a name for later tests.

    For visits that change nothing in the app, and whose result several tests examine.
    """
    known = {}

    def seen(name, call):
        if name not in known:
            known[name] = call()
        return known[name]

    return seen


@pytest.fixture
def confirmation_mails(app, inbox):
    """Return a function that lists the confirmation mails that arrived.

    The templates auth/email/confirm are replaced by ones that hold the token, and the address or
    the type of `user`: what templates make of them is another exercise.
    """
    mark = secrets.token_hex(8)
    token = (
        "{% if token is string %}{{ token }}{% elif token is defined %}"
        "{{ token.__class__.__name__ }} ?{% else %}?{% endif %}"
    )
    user = (
        "{% if user is defined and user.email is string %}{{ user.email }}"
        "{% elif user is defined %}{{ user.__class__.__name__ }}{% endif %}"
    )
    names = ("auth/email/confirm.txt", "auth/email/confirm.html")
    text = f"{mark} {token} {mark} {user} {mark}"
    app.process.order("templates", texts=dict.fromkeys(names, text))

    def confirmation_mails(member=None):
        found = []
        for mail in inbox if member is None else inbox.to(member.email):
            parts = [part.strip() for part in mail.text.split(mark)]
            if len(parts) == 4:
                found.insert(0, ConfirmationMail(mail.to, parts[1], parts[2]))
        return found

    return confirmation_mails


class ConfirmationMail(NamedTuple):
    """A mail's readers, and what its templates got as `token` and as `user`."""

    to: list[str]
    token: str
    user: str


@pytest.fixture
def tokens(confirmation_mails):
    """Return a function that lists the tokens in the confirmation mails that arrived."""

    def tokens(member=None):
        given = []
        for mail in confirmation_mails(member):
            token, mark, _ = mail.token.partition("?")
            _assert_token_is_text(token.strip(), mark)
            given.append(token.strip())
        return given

    return tokens


def _assert_token_is_text(text, problem):
    """Assert that the templates got a text as `token`; else `problem` is not empty."""
    assert text or not problem, "the templates see no `token`: was it passed by that name?"
    assert not problem, (
        f"what the templates get as `token` is of type {text} and no text: "
        "was the method called, with () behind its name?"
    )


class SettledInbox:
    """The inbox, read only when no mail is on its way, since a thread may still send some."""

    def __init__(self, app):
        self.app = app
        app.start_mail_server()

    def __len__(self):
        return len(self._settled())

    def __iter__(self):
        return iter(self._settled())

    def __getitem__(self, index):
        return self._settled()[index]

    def __getattr__(self, name):
        return getattr(self._settled(), name)

    def to(self, address):
        """List the mails to an address, the newest first."""
        return [mail for mail in self if address in mail.to]

    def _settled(self):
        mails = self.app.mails
        self.app.wait_for_outbox()
        return mails
