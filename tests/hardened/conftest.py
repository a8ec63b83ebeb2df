"""Fixtures of the tests of the finished app: the app, its members, visitors and mails."""

import importlib
import json
import secrets
import sys
from types import SimpleNamespace

import jwt
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.security import generate_password_hash

from confirmlab.base import paths
from confirmlab.course import lessons
from confirmlab.mail.inbox import Inbox
from confirmlab.site import app_process
from confirmlab.site.visitor import Visitor

# All of these tests are about the app as extra lessons leave it.
collect_ignore_glob = [] if {"08", "09"} <= {le.number for le in lessons.load().lessons} else ["*"]

PASSWORD = "a coop of one's own"
HOST = "127.0.0.1:5000"


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    with Inbox(tmp_path_factory.mktemp("mails")) as inbox:
        yield inbox


@pytest.fixture(scope="module")
def package():
    """Import the finished app, and unload it afterwards: every copy is called `app`."""
    folder = str(paths.in_kit("solutions", "app"))
    sys.path.insert(0, folder)
    try:
        app = importlib.import_module("app")
        models = importlib.import_module("app.models")
        reset = importlib.import_module("app.auth.reset")
        outbox = importlib.import_module("app.outbox")
        names = {"models": models, "reset": reset, "outbox": outbox}
        yield SimpleNamespace(create_app=app.create_app, **names)
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if name.split(".")[0] == "app"]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def app(package, mails, tmp_path_factory):
    database = tmp_path_factory.mktemp("database") / "app.sqlite"
    usual = generate_password_hash.__defaults__
    app_process.make_quick_hashes()
    event.listen(Engine, "connect", _no_waiting_for_the_disk)
    app = package.create_app(
        {
            "TESTING": True,
            "PROPAGATE_EXCEPTIONS": False,  # an error is a page with status 500, as for a visitor
            "SECRET_KEY": secrets.token_hex(64),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{database}",
            "SERVER_NAME": HOST,
            "MAIL_SUPPRESS_SEND": False,
            "MAIL_PORT": mails.port,
        }
    )
    with app.app_context():
        app.extensions["sqlalchemy"].create_all()
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    generate_password_hash.__defaults__ = usual
    event.remove(Engine, "connect", _no_waiting_for_the_disk)


@pytest.fixture
def club(app, mails, package):
    """Return the app without members and mails."""
    club = FinishedApp(app, mails, package)
    club.empty()
    yield club
    club.close()


class Guest(Visitor):
    """A visitor who can also request a password reset."""

    def forget(self, address):
        return self.submit(self.open("/auth/forgotten"), email=address)


class FinishedApp:
    """The finished app, with actions of tests from outside and inside."""

    password = PASSWORD

    def __init__(self, app, inbox, package):
        self.app, self.inbox = app, inbox
        self.models, self.User, self.db = package.models, package.models.User, package.models.db
        self.Letter = package.outbox.Letter
        self.reset_token = package.reset.reset_token
        self.opened = []

    def empty(self):
        with self.app.app_context():
            for table in reversed(self.db.metadata.sorted_tables):
                self.db.session.execute(table.delete())
            self.db.session.commit()
        self.inbox.clear()

    def close(self):
        for visitor in self.opened:
            visitor.close()

    def visitor(self, **headers):
        """Return a new browser, with its own cookies."""
        self.opened.append(Guest(f"http://{HOST}", app=self.app.wsgi_app, headers=headers))
        return self.opened[-1]

    def add(self, name="Ada", confirmed=False):
        """Save a member whose address is made from the name, and return the id."""
        with self.app.app_context():
            user = self.User(name=name, email=f"{name.lower()}@example.com", confirmed=confirmed)
            user.set_password(PASSWORD)
            self.db.session.add(user)
            self.db.session.commit()
            return user.id

    def add_once(self, name="Ada"):
        """Save a member if there is none waiting, and return the id."""
        number = self.find(f"{name.lower()}@example.com") or self.add(name)
        self.unconfirm(number)
        return number

    def unconfirm(self, number):
        """Mark a member as unconfirmed, and change nothing else."""
        with self.app.app_context():
            self.db.session.get(self.User, number).confirmed = False
            self.db.session.commit()

    def move(self, number, address):
        """Change a member's address."""
        with self.app.app_context():
            self.models.move(self.db.session.get(self.User, number), address)
            self.db.session.commit()

    def log_in(self, name="Ada"):
        """Return a browser in which this member is logged in."""
        visitor = self.visitor()
        visitor.log_in(f"{name.lower()}@example.com", PASSWORD)
        return visitor

    def join(self, name="Ada"):
        """Register, and return a browser that is logged in and the mailed link."""
        address = f"{name.lower()}@example.com"
        self.visitor().register(name, address, PASSWORD)
        return self.log_in(name), self.link(address)

    def link(self, address, subject="Confirm"):
        """Return the link in the newest mail of this kind to an address."""
        return self.inbox.wait(to=address, subject=subject).links[0]

    def letters(self, address, subject="Confirm"):
        """Return the number of mails of a kind to an address."""
        return sum(address in m.to and subject in m.subject for m in self.inbox)

    def user(self, number):
        """Return a member's values from the database, detached from any session."""
        with self.app.app_context():
            user = self.db.session.get(self.User, number)
            return user and SimpleNamespace(
                name=user.name,
                email=user.email,
                confirmed=user.confirmed,
                password_hash=user.password_hash,
            )

    def find(self, address):
        """Return the id of the member with this address, or None."""
        with self.app.app_context():
            user = self.User.by_email(address)
            return user and user.id

    def spent(self):
        """Return the number of used tokens."""
        with self.app.app_context():
            return self.db.session.query(self.models.SpentToken).count()

    def confirmed(self, number):
        """Return whether a member is confirmed in the database."""
        return self.user(number).confirmed

    def token(self, number, **lifetime):
        """Return a token that the app makes for a member."""
        with self.app.app_context():
            user = self.db.session.get(self.User, number)
            return user.generate_confirmation_token(**lifetime)

    def key(self):
        """Return the key that signs confirmation tokens."""
        with self.app.app_context():
            return self.models.token_keys()[0]

    def claims(self, number, without=(), **changes):
        """Return the claims of a good token for a member, with some changed."""
        claims = jwt.decode(self.token(number), options={"verify_signature": False}) | changes
        return {name: value for name, value in claims.items() if name not in without}

    def signed(self, number, without=(), **changes):
        """Sign these claims with the app's own key, so that the token is odd in one thing only."""
        return jwt.encode(self.claims(number, without, **changes), self.key(), algorithm="HS512")

    def signed_anyhow(self, claims):
        """Sign claims that PyJWT itself might refuse to sign."""
        return jwt.PyJWS().encode(json.dumps(claims).encode(), self.key(), algorithm="HS512")

    def confirms(self, number, token):
        """Return whether confirm() accepts a token for a member; changes are committed."""
        with self.app.app_context():
            user = self.db.session.get(self.User, number)
            accepted = user.confirm(token)
            self.db.session.commit()
            return accepted


def _no_waiting_for_the_disk(connection, _record):
    connection.execute("PRAGMA synchronous=OFF")
