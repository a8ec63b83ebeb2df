"""Fixtures of the graded tests: the app under test, its members, visitors and mails.

The app runs in a process of its own; `confirmlab.checks.learner_app` is what tests hold of it.
"""

import pytest

from confirmlab.checks.token_forge import TokenForge


@pytest.fixture
def app(learner_app):
    """The app under test, emptied after each test."""
    learner_app.host.wait()
    yield learner_app
    learner_app.reset()


@pytest.fixture
def password(app):
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
def member(app):
    """Insert a new member into the app's database."""
    return app.member


@pytest.fixture
def visitor(app):
    """Return a browser with cookies of its own."""
    return app.visitor


@pytest.fixture
def is_confirmed(app):
    """Return whether the database has a member as confirmed."""
    return app.is_confirmed


@pytest.fixture
def token_for(app):
    """Return a token that the app makes for a member."""
    return app.token


@pytest.fixture
def forge(app):
    """Make tokens that differ from the app's own in one point only."""
    return TokenForge(app)


class SettledInbox:
    """The inbox, read only when no mail is on its way: a thread may still send them."""

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
