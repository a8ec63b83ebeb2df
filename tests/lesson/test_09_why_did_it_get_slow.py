"""Graded tests of lesson 09: letters wait in an outbox, and a postman delivers them."""

import sys
from collections import Counter
from urllib.parse import urlsplit

import pytest
from sqlalchemy.exc import OperationalError

from confirmlab.site.visitor import Visitor

pytestmark = pytest.mark.exercise("send-in-background")

GRACE = "grace@example.com"


@pytest.fixture(autouse=True)
def hurry(app, monkeypatch):
    """Let nothing pause for long: the postman's patience is not what is judged."""
    for name, seconds in {"OUTBOX_PAUSE": 0.02, "OUTBOX_LEASE": 0.5, "MAIL_TIMEOUT": 5}.items():
        monkeypatch.setitem(app.config, name, seconds)


@pytest.fixture(autouse=True)
def mistakes(app, monkeypatch):
    """Keep what the postman only writes into the log: a slip in deliver() belongs on the card."""
    _mistakes.clear()
    note = app.logger.exception

    def keep(*args, **named):
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, OperationalError)):  # these two may pass
            _mistakes.append(error)
        note(*args, **named)

    monkeypatch.setattr(app.logger, "exception", keep)


@pytest.fixture
def register(visitor, password):
    def register(name="Grace"):
        email = f"{name.lower()}@example.com"
        return visitor().register(name=name, email=email, password=password)

    return register


@pytest.fixture
def again(app, settle):
    """Make the app once more, as another process would, and stop its postman at the end."""
    made = []

    def again(**changes):
        from app import create_app

        same = ("SECRET_KEY", "MAIL_PORT", "OUTBOX_PAUSE", "OUTBOX_LEASE")
        made.append(create_app({name: app.config[name] for name in same} | changes))
        with made[-1].app_context():
            made[-1].extensions["sqlalchemy"].create_all()
        return made[-1]

    yield again
    for one in made:
        settle(one)
        one.extensions["postman"].deliver_due = lambda: 60


@pytest.fixture
def visit():
    """Make a browser for one of several apps."""
    made = []

    def visit(app):
        made.append(Visitor("http://localhost", app=app.wsgi_app))
        return made[-1]

    yield visit
    for one in made:
        one.close()


def test_page_does_not_wait_for_letters(register, mails):
    """Whoever registers sees the next page before a slow mail server has taken a letter."""
    mails.slow(0.3)
    page = register()
    came = len(mails)

    assert page.status == 200, f"registering ended with status {page.status}"
    assert not came, (
        f"{came} letters were with the mail server before the page came: "
        "send_email() should leave the letter in the outbox, and come back"
    )


def test_letters_arrive(register, inbox):
    """All letters of a registration arrive, and each of them once."""
    register()
    came = subjects(inbox)

    assert (GRACE, "Welcome to Pigeon Post") in came, (
        f"no welcome arrived; there is {_listed(came)}: is the letter added and committed, "
        "does ring() wake the postman, and does deliver() hand the letter over?"
    )
    assert any(to != GRACE for to, _ in came), "the keeper of the club got no letter"
    _once(came)


def test_letters_are_rendered_at_once(app, register, inbox, rendered):
    """A letter is rendered while the page is made, and has its links and both its versions."""
    register()
    mail = next((mail for mail in inbox if mail.to == (GRACE,) and mail.links), None)

    names = {name for name, _ in rendered if name.startswith("auth/email/confirm")}
    assert mail, (
        "no letter with a link arrived: are both templates rendered in send_email(), "
        "and is the letter marked as sent, which empties it, only after hand_over()?"
    )
    assert mail.html and mail.text.strip(), "the letter lost its text, or its HTML version"
    assert names == {"auth/email/confirm.txt", "auth/email/confirm.html"}
    link = urlsplit(next(link for link in mail.links if "/confirm/" in link))
    assert link.hostname, f"the link has no host: {link.geturl()}"


def test_site_lives_without_a_mail_server(register, mails, inbox):
    """A registration succeeds while the mail server is away, and its letters come later."""
    mails.away()
    page = register()
    mails.back()
    came = subjects(inbox)

    assert page.status == 200, f"registering ended with status {page.status}"
    assert (GRACE, "Welcome to Pigeon Post") in came, (
        f"the mail server came back, and what arrived is {_listed(came)}: "
        "does deliver() put a letter off when hand_over() raises an OSError?"
    )
    _once(came)


@pytest.mark.parametrize("trouble", ["451 4.3.2 try later", "drop"])
def test_a_passing_trouble_passes(register, mails, inbox, trouble):
    """A letter is tried again after "try later", and after the mail server hung up."""
    if trouble == "drop":
        mails.drop(times=2)
    else:
        mails.fail(trouble, times=2)
    register()
    came = subjects(inbox)

    assert (GRACE, "Welcome to Pigeon Post") in came, (
        f"the trouble is over, and what arrived is {_listed(came)}: only an answer that begins "
        "with a 5 is a no for good"
    )
    _once(came)


def test_a_no_is_a_no(register, mails, inbox):
    """A letter to an address that the server refuses for good is tried once, and not again."""
    register()
    letters = sum(count for (to, _), count in subjects(inbox).items() if to == GRACE)
    assert letters, "no letter arrived"
    mails.clear()
    mails.fail("550 5.1.1 no such user", to="linus@example.com", times=letters)
    register("Linus")
    came = subjects(inbox)

    assert not [to for to, _ in came if to == "linus@example.com"], (
        "a letter that the server had refused with 550 was sent again: "
        "what does refused_for_good(error) say of it, and is what you note then committed?"
    )


def test_a_no_harms_nobody_else(register, mails, inbox):
    """While one address is refused, the letters to all others arrive."""
    mails.fail("550 5.1.1 no such user", to=GRACE)
    register()
    register("Linus")
    came = subjects(inbox)

    assert ("linus@example.com", "Welcome to Pigeon Post") in came, (
        f"Grace's address is refused, and Linus has no letter, either; there is {_listed(came)}"
    )
    _once(came, besides="A new member")


def test_taken_is_taken(app, register, inbox, left):
    """A letter that the mail server has taken is marked as sent, and waits no longer."""
    register()
    assert len(inbox), "no letter arrived"

    assert not left(app), (
        f"of the letters that arrived, {left(app)} still wait in the outbox, to be sent again: "
        "does deliver() call mark_sent(), and commit?"
    )


def test_next_process_delivers(again, visit, password, mails, left, settle, tmp_path):
    """Letters that a killed process leaves behind are delivered by the next one, each once."""
    database = f"sqlite:///{tmp_path}/left.sqlite"
    killed = again(SQLALCHEMY_DATABASE_URI=database)
    killed.extensions["postman"].deliver_due = lambda: 60  # killed before its first round
    visit(killed).register(name="Grace", email=GRACE, password=password)
    assert left(killed), "nothing is in the outbox after a registration: is the letter committed?"
    assert not len(mails), "a letter was sent before the page came: leave that to the postman"

    heir = again(SQLALCHEMY_DATABASE_URI=database)
    visit(heir).open("/")
    settle(heir)
    came = subjects(mails)

    assert (GRACE, "Welcome to Pigeon Post") in came, (
        f"the next process was started, and what arrived is {_listed(came)}"
    )
    _once(came)


def test_two_processes_share_an_outbox(app, again, visit, register, mails, inbox):
    """Two processes that deliver from one outbox deliver each letter once."""
    other = again(SQLALCHEMY_DATABASE_URI=app.config["SQLALCHEMY_DATABASE_URI"])
    visit(other).open("/")
    mails.slow(0.02)
    for name in ("Grace", "Linus", "Ada"):
        register(name)
    came = subjects(inbox)

    assert len({to for to, _ in came}) >= 4, f"what arrived is {_listed(came)}"
    _once(came, besides="A new member")  # the keeper hears of each of the three


def subjects(inbox):
    """Count the mails by address and subject, unless a mistake of the app kept them back."""
    found = Counter((mail.to[0], mail.subject) for mail in inbox)
    if _mistakes:
        raise _mistakes[0]
    return found


_mistakes = []


def _once(came, besides=""):
    more = [f"{subject!r} to {to}" for (to, subject), n in came.items() if n > 1]
    more = [words for words in more if not besides or besides not in words]
    assert not more, (
        f"these letters arrived more than once: {', '.join(more)}. "
        "Is a letter marked as sent when the server has taken it?"
    )


def _listed(came):
    return ", ".join(f"{subject!r} to {to}" for to, subject in came) or "nothing"
