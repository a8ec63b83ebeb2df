"""The finished app with a real site, a real inbox and a real SIGKILL: no letter is lost."""

from collections import Counter

import pytest

from confirmlab.course import skeleton, solutions
from confirmlab.notebook.session import Desk

WHO = ("Grace", "Linus", "Ada")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Make the finished app with its database."""
    folder = skeleton.build(tmp_path_factory.mktemp("finished") / "my_app", solutions.fills())
    desk = Desk(folder)
    desk.terminal.prepare_database()
    desk.run_flask(["db", "migrate", "-m", "finished"])
    desk.run_flask(["db", "upgrade"])
    yield desk
    desk.site.stop()
    desk.inbox.close()


@pytest.fixture
def desk(finished):
    """Start its site with an empty inbox and nobody in the club."""
    finished.inbox.behave()
    finished.terminal.run_shell("db.session.execute(db.delete(User))\ndb.session.commit()")
    finished.site.start()
    finished.inbox.clear()
    yield finished
    finished.inbox.behave()


def register(desk, *names):
    for name in names:
        page = desk.site.visitor().register(name, f"{name.lower()}@example.com", "coo coo coo")
        assert page.status == 200


def arrived(desk, names):
    """Wait for all letters of some members; count them by address and subject."""
    for name in names:
        for subject in ("Confirm", "Welcome"):
            desk.inbox.wait(to=f"{name.lower()}@example.com", subject=subject, timeout=20)
    return Counter((mail.to[0], mail.subject) for mail in desk.inbox if "keeper" not in mail.to[0])


def test_a_killed_site_loses_no_letter(desk):
    """Killed in the middle of its letters, the site delivers each of them once when it is back."""
    desk.inbox.slow(0.5)
    register(desk, *WHO)
    desk.site.kill()
    before = len(desk.inbox)
    desk.inbox.behave()
    desk.site.start()
    desk.site.visitor().open("/")
    came = arrived(desk, WHO)

    assert before < 9, "all letters were delivered before the kill"
    assert len(came) == 6 and set(came.values()) == {1}


def test_a_dead_mail_server_loses_no_letter(desk):
    """Who registers while the mail server is away, and the site is killed, gets the letters."""
    desk.inbox.away()
    register(desk, "Mary")
    desk.site.kill()
    desk.site.start()
    desk.site.visitor().open("/")
    desk.inbox.back()

    assert set(arrived(desk, ["Mary"]).values()) == {1}


def test_a_letter_may_come_twice(desk):
    """A server that hangs up after it took a letter gets it twice, with one Message-ID."""
    desk.inbox.drop(times=1, to="tim@example.com", kept=True)
    register(desk, "Tim")
    first = desk.inbox.wait(to="tim@example.com", subject="Confirm", timeout=20)
    second = desk.inbox.wait(to="tim@example.com", subject="Confirm", after=first, timeout=20)

    assert dict(first.headers)["Message-ID"] == dict(second.headers)["Message-ID"]
