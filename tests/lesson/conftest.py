"""What the graded tests share: the app that is judged, its members, its visitors, its mails."""

import contextlib
import secrets
import sys
import threading

import jwt
import pytest
from flask import template_rendered
from flask_login import FlaskLoginClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from confirmlab.mail.inbox import Inbox
from confirmlab.site import app_process
from confirmlab.site.visitor import Visitor

PASSWORD = "a coop of one's own"


@pytest.fixture(scope="session")
def mails(tmp_path_factory):
    with Inbox(tmp_path_factory.mktemp("mails")) as inbox:
        yield inbox


@pytest.fixture(scope="session")
def app(app_folder, mails, tmp_path_factory):
    if str(app_folder) not in sys.path:
        sys.path.insert(0, str(app_folder))
    app_process.hash_quickly()  # nobody attacks a password here
    from app import create_app

    database = tmp_path_factory.mktemp("database") / "app.sqlite"
    app = create_app(
        {
            "SECRET_KEY": secrets.token_hex(64),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
            "MAIL_PORT": mails.port,
            "PROPAGATE_EXCEPTIONS": True,
        }
    )
    app_process.pin(app, "localhost")
    # Pages that somebody adds later, one of them with a path that looks open.
    for path, endpoint in [("/authors", "authors"), ("/auth/password", "auth.password")]:
        app.add_url_rule(path, endpoint, lambda: "a page added later", methods=["GET", "POST"])
    app.test_client_class = FlaskLoginClient
    event.listen(Engine, "connect", _no_waiting_for_the_disk)
    with app.app_context():
        app.extensions["sqlalchemy"].create_all()
    return app


@pytest.fixture
def password():
    return PASSWORD


@pytest.fixture
def db(app):
    return app.extensions["sqlalchemy"]


@pytest.fixture
def User(app):
    from app.models import User

    return User


@pytest.fixture(autouse=True)
def clean(app, mails):
    """Leave no row and no mail to the next test."""
    yield
    mails.behave()
    settle(app)
    db = app.extensions["sqlalchemy"]
    # Written out, since SQLAlchemy would take longer over these than most tests take.
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(db.metadata.sorted_tables):
            name = db.engine.dialect.identifier_preparer.format_table(table)
            connection.exec_driver_sql(f"DELETE FROM {name}")
    mails.clear()


@pytest.fixture
def inbox(app, mails):
    """Show the mails when the app has sent them all; `mails` shows those that came so far."""
    return Settled(app, mails)


@pytest.fixture(name="left")
def fixture_left():
    """Count the letters that wait in an app's outbox."""
    return left


@pytest.fixture(name="settle")
def fixture_settle():
    """Wait until an app's outbox is empty."""
    return settle


@pytest.fixture
def context(app):
    """Stay in the app's context: for tests of the model, which make no request."""
    with app.app_context():
        yield


@pytest.fixture
def add(app, db, User):
    """Save a new member, and return the user object."""

    def add(name="Ada", confirmed=False, **more):
        email = more.pop("email", f"{name.lower()}@example.com")
        user = User(name=name, email=email, **more)
        user.set_password(PASSWORD)
        if confirmed and hasattr(User, "confirmed"):
            user.confirmed = True
        db.session.add(user)
        db.session.commit()
        return user

    return add


@pytest.fixture
def member(app, add):
    """Save a new member from outside the app's context, and return the address and the id."""

    def member(name="Ada", confirmed=False):
        with app.app_context():
            user = add(name, confirmed)
            return Member(user.id, user.name, user.email)

    return member


@pytest.fixture
def visitor(app):
    """Make a browser that knows nothing of the others."""
    made = []

    def visitor(logged_in_as=None):
        made.append(Visitor("http://localhost", app=app.wsgi_app))
        if logged_in_as is not None:
            page = made[-1].log_in(logged_in_as.email, PASSWORD)
            assert page.status == 200, f"logging in ended with status {page.status}"
        return made[-1]

    yield visitor
    for one in made:
        one.close()


@pytest.fixture
def client(app, db, User, monkeypatch):
    """Make a client that follows no redirects: it shows what the app answers at once."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)  # the gate is asked, not the form

    def client(member=None):
        if member is None:
            return app.test_client()
        with app.app_context():
            return app.test_client(user=db.session.get(User, member.id))

    return client


@pytest.fixture
def is_confirmed(app, db, User):
    """Ask the database, not the page, whether a member is confirmed."""

    def is_confirmed(member):
        with app.app_context():
            return db.session.get(User, member.id).confirmed

    return is_confirmed


@pytest.fixture
def token_for(app, db, User):
    """Let the app make a token for a member."""

    def token_for(member, **lifetime):
        with app.app_context():
            return db.session.get(User, member.id).generate_confirmation_token(**lifetime)

    return token_for


@pytest.fixture
def press(app, monkeypatch):
    """Make tokens that differ from the app's own in one point only."""
    return Press(app, monkeypatch)


@pytest.fixture
def rendered(app):
    """List the templates that the app renders, with what it gives to each."""
    seen = []

    def note(sender, template, context, **_):
        seen.append((template.name, dict(context)))

    with template_rendered.connected_to(note, app):
        yield seen


class Member:
    """Hold what a test knows of a member: no object that belongs to a database session."""

    def __init__(self, id, name, email):
        self.id, self.name, self.email = id, name, email


class Settled:
    """Look into an inbox only when no letter is on its way: they may come by a thread's hand."""

    def __init__(self, app, mails):
        self.app, self.mails = app, mails

    def __len__(self):
        settle(self.app)
        return len(self.mails)

    def __iter__(self):
        settle(self.app)
        return iter(self.mails)

    def __getitem__(self, index):
        settle(self.app)
        return self.mails[index]

    def __getattr__(self, name):
        settle(self.app)
        return getattr(self.mails, name)


class Press:
    """Watch how the app signs a token, and sign others in the same way.

    Key and algorithm come from the app's own call of jwt.encode, so that a token made here is
    refused for the one thing that is odd about it, and for nothing else.
    """

    def __init__(self, app, monkeypatch):
        self.app = app
        self.key = None
        self.encode = jwt.encode
        monkeypatch.setattr(jwt, "encode", self._watched)

    def _watched(self, payload, key, algorithm="HS256", *more, **named):
        self.key = key
        return self.encode(payload, key, algorithm, *more, **named)

    def token(self, user, **lifetime):
        """Let the app make a token."""
        return user.generate_confirmation_token(**lifetime)

    def claims(self, token):
        """Read the claims of a token, whoever signed it."""
        return jwt.decode(token, options={"verify_signature": False})

    def forged(self, user, key=None, algorithm="HS512", without=(), **changes):
        """Sign the claims of a good token again, with one thing changed."""
        claims = self.claims(self.token(user)) | changes
        for name in without:
            claims.pop(name, None)
        own = self.key or self.app.secret_key
        return self.encode(claims, own if key is None else key, algorithm)


def left(app):
    """Count the letters in the app's outbox that are neither sent nor given up."""
    outbox = sys.modules.get("app.outbox")
    if outbox is None:
        return 0
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        with db.engine.connect() as connection:  # the usual answer, and a quick one
            if not connection.exec_driver_sql(_any_letter(db, outbox)).first():
                return 0
        query = db.select(db.func.count()).select_from(outbox.Letter).where(*outbox.WAITING)
        return db.session.scalar(query)


def _any_letter(db, outbox):
    name = db.engine.dialect.identifier_preparer.format_table(outbox.Letter.__table__)
    return f"SELECT 1 FROM {name} LIMIT 1"


def settle(app):
    """Wait until the outbox is empty; after waiting once in vain, be brief."""
    for _ in range(_patience[0]):  # counted, since a test may have stopped the clock
        if not left(app):
            return
        threading.Event().wait(0.005)
    _patience[0] = 50


_patience = [600]


def _no_waiting_for_the_disk(connection, _record):
    # A database that lives for one run need not survive a power cut.
    with contextlib.suppress(Exception):
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")
