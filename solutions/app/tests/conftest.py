"""What the tests have in common: an app of their own, and two users."""

import secrets

import pytest
from app import create_app
from app.extensions import db
from app.models import User
from werkzeug.security import generate_password_hash

# A good hash is slow on purpose, to make guessing slow. Nobody guesses here, so the
# tests use a cheap one, and make it only once.
PASSWORD = "correct horse"
CHEAP_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")


@pytest.fixture(scope="session")
def app():
    app = create_app(
        {
            "TESTING": True,
            "SECRET_KEY": secrets.token_hex(64),
            "SQLALCHEMY_DATABASE_URI": "sqlite://",  # in memory
            "MAIL_SUPPRESS_SEND": True,
            "WTF_CSRF_ENABLED": False,
        }
    )
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture(autouse=True)
def empty_database(app):
    with app.app_context():
        yield
        db.session.rollback()
        db.session.execute(db.delete(User))
        db.session.commit()


@pytest.fixture
def user(app):
    return saved_user("Ada", "ada@example.com")


@pytest.fixture
def other(app):
    return saved_user("Grace", "grace@example.com")


def saved_user(name, email):
    user = User(name=name, email=email, password_hash=CHEAP_HASH)
    db.session.add(user)
    db.session.commit()
    return user
