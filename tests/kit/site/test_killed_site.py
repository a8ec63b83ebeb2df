"""The finished app with a real site, inbox and SIGKILL: no letter is lost."""

from collections import Counter

import pytest

from confirmlab.course import skeleton, solutions
from confirmlab.notebook.session import LessonSession

WHO = ("Grace", "Linus", "Ada")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Create the finished app with its database."""
    folder = skeleton.build(tmp_path_factory.mktemp("finished") / "my_app", solutions.fills())
    session = LessonSession(folder)
    session.terminal.prepare_database()
    session.run_flask(["db", "migrate", "-m", "finished"])
    session.run_flask(["db", "upgrade"])
    yield session
    session.site.stop()
    session.inbox.close()


@pytest.fixture
def session(finished):
    """Start the finished app's site, with an empty inbox and no members."""
    finished.inbox.behave()
    finished.terminal.run_shell("db.session.execute(db.delete(User))\ndb.session.commit()")
    finished.site.start()
    finished.inbox.clear()
    yield finished
    finished.inbox.behave()


def register(session, *names):
    for name in names:
        page = session.site.visitor().register(name, f"{name.lower()}@example.com", "coo coo coo")
        assert page.status == 200


def arrived(session, names):
    """Wait for all letters of some members; count them by address and subject."""
    for name in names:
        for subject in ("Confirm", "Welcome"):
            session.inbox.wait(to=f"{name.lower()}@example.com", subject=subject, timeout=20)
    return Counter(
        (mail.to[0], mail.subject) for mail in session.inbox if "keeper" not in mail.to[0]
    )


def test_a_killed_site_loses_no_letter(session):
    """A site killed while it sends letters delivers each of them once after its restart."""
    session.inbox.slow(0.5)
    register(session, *WHO)
    session.site.kill()
    before = len(session.inbox)
    session.inbox.behave()
    session.site.start()
    session.site.visitor().open("/")
    came = arrived(session, WHO)

    assert before < 9, "all letters were delivered before the kill"
    assert len(came) == 6 and set(came.values()) == {1}


def test_a_dead_mail_server_loses_no_letter(session):
    """A letter survives a mail server that is away and a site that is killed."""
    session.inbox.away()
    register(session, "Mary")
    session.site.kill()
    session.site.start()
    session.site.visitor().open("/")
    session.inbox.back()

    assert set(arrived(session, ["Mary"]).values()) == {1}


def test_a_letter_may_come_twice(session):
    """A server that drops the connection after storing a letter gets it twice, with one id."""
    session.inbox.drop(times=1, to="tim@example.com", kept=True)
    register(session, "Tim")
    first = session.inbox.wait(to="tim@example.com", subject="Confirm", timeout=20)
    second = session.inbox.wait(to="tim@example.com", subject="Confirm", after=first, timeout=20)

    assert dict(first.headers)["Message-ID"] == dict(second.headers)["Message-ID"]
