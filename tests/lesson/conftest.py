"""What the graded tests share: the app that is judged, its members, its visitors, its mails.

The app runs in a process of its own; `confirmlab.checks.learner_app` is what tests hold of it.
"""

import pytest

from confirmlab.checks.token_forge import TokenForge


@pytest.fixture
def app(learner_app):
    """Give the app that is judged, and leave nothing of a test to the next one."""
    learner_app.host.wait()
    yield learner_app
    learner_app.reset()


@pytest.fixture
def password(app):
    return app.password


@pytest.fixture
def mails(app):
    """Show the mails that came so far; `inbox` waits for those that are on their way."""
    return app.mails


@pytest.fixture
def inbox(app):
    """Show the mails when the app has sent them all."""
    return SettledInbox(app)


@pytest.fixture
def member(app):
    """Write a new member into the app's database."""
    return app.member


@pytest.fixture
def visitor(app):
    """Make a browser that knows nothing of the others."""
    return app.visitor


@pytest.fixture
def is_confirmed(app):
    """Ask the database, not the page, whether a member is confirmed."""
    return app.is_confirmed


@pytest.fixture
def token_for(app):
    """Let the app make a token for a member."""
    return app.token


@pytest.fixture
def forge(app):
    """Make tokens that differ from the app's own in one point only."""
    return TokenForge(app)


class SettledInbox:
    """Look into an inbox only when no letter is on its way: they may come by a thread's hand."""

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
