"""Graded tests of lesson 09: mails wait in an outbox, and a postman delivers them."""

import threading
from collections import Counter
from functools import partial
from urllib.parse import urlsplit

import pytest

from confirmlab.checks.app.app_errors import AppError

background = partial(pytest.mark.exercise, "send-in-background")

WELCOME = "Welcome to Pigeon Post"
KEEPER = "keeper@pigeonpost.example"
AN_HOUR = 12  # tries: the pauses between them are 1, 2, 4 ... seconds long
# Short pauses, since the tests do not judge how patient the postman is.
HURRY = {
    "OUTBOX_PAUSE": 0.02,
    "OUTBOX_LONGEST_PAUSE": 0.2,
    "OUTBOX_LEASE": 0.5,
    "OUTBOX_ROUND": 0.1,
    "MAIL_TIMEOUT": 5,
}


@pytest.fixture(autouse=True)
def hurry(app):
    """Shorten all pauses, and record the errors that the postman only logs."""
    app.restart()  # a thread of the previous test may still send mails
    app.mails.clear()
    app.process.order("config", **HURRY)
    app.process.order("watch_log")
    yield
    if _in_vain:
        app.restart()  # `reset` would wait for mails that do not come


@pytest.fixture
def register(app, visitor):
    """Return a function that registers a new member, and returns the address and the page."""

    def register(process=None):
        name, email = app.person()
        page = visitor(process=process).register(name=name, email=email, password=app.password)
        return email, page

    return register


@pytest.fixture
def subjects(app, inbox, mails):
    """Return a function that counts mails by address and subject, or raises the app's error."""

    def subjects():
        report()  # without a deliver() no mail leaves the outbox, and the inbox waits too long
        found = _counted(mails)
        # A mail that is never marked as sent comes again and again, and the inbox waits for that.
        if not any(to != KEEPER and count > 1 for (to, _), count in found.items()):
            found = _counted(inbox)
        report()
        return found

    def report():
        for mistake in app.process.order("mistakes")[:1]:
            raise AppError(mistake)  # an error in deliver() belongs on the card

    return subjects


@background(points=2, required=True)
def test_page_does_not_wait_for_letters(register, mails):
    """A new member sees the next page before a slow mail server has accepted a mail."""
    mails.slow(3)
    _, page = register()
    came = len(mails)

    assert page.status == 200, f"registering ended with status {page.status}"
    assert not came, (
        f"{came} mails were with the mail server before the page came: "
        "send_email() should leave the mail in the outbox, and return"
    )


@background(required=True)
def test_letters_arrive(app, register, mails, subjects):
    """All mails of a registration arrive, each once."""
    grace, _ = register()
    # They need not come through the outbox.
    _wait_for_mails(mails, lambda: len(mails) > 2, seconds=5)
    _wait_for_mails(mails, lambda: not app.letters_waiting())
    came = subjects()

    assert (grace, WELCOME) in came, (
        f"no welcome arrived; there is {_listed(came)}: is the mail added and committed, "
        "does ring() wake the postman, and does deliver() hand the mail over?"
    )
    assert any(to != grace for to, _ in came), "the keeper of the club got no mail"
    _assert_no_duplicates(came)


@background(grave="tells-others")
def test_letters_go_to_nobody_else(app, register, inbox):
    """A mail goes to its recipient, and to nobody else."""
    grace, _ = register()
    app.ask("/auth/forgotten", data={"email": grace})
    others = {to for mail in inbox for to in mail.to} - {grace, KEEPER}

    assert not others, (
        f"{grace} registered and asked for a new password, and a mail went to "
        f"{', '.join(sorted(others))}, too"
    )


@background(points=2)
def test_ring_wakes_the_postman(app, register, mails):
    """A mail sets out at once: the postman is woken, and does not wait for his next round."""
    app.process.order("config", OUTBOX_ROUND=60)
    app.visitor().open("/")
    for _ in range(2):  # the postman's first round may find the first mail without being woken
        grace, _ = register()
        # Not added to `_in_vain`: without ring() mails are late in this test only.
        seconds = 2 if _in_vain else 10
        _wait_for(lambda to=grace: any(to in mail.to for mail in mails), seconds)
        assert any(grace in mail.to for mail in mails), (
            "within seconds of a registration no mail set out: who wakes the postman?"
        )


@background()
def test_letters_are_rendered_at_once(app, register, inbox):
    """A mail is rendered during the request, with its links and both versions."""
    grace, _ = register()
    mail = next((mail for mail in inbox.to(grace) if mail.links), None)

    assert mail, (
        "no mail with a link arrived: are both templates rendered in send_email(), "
        "and is the mail marked as sent, which empties it, only after hand_over()?"
    )
    assert mail.html and mail.text.strip(), "the mail lost its text, or its HTML version"
    link = urlsplit(next((link for link in mail.links if "/confirm/" in link), mail.links[0]))
    assert link.hostname == app.host.name, f"the link does not lead here: {link.geturl()}"


@background(grave="loses-mail")
def test_site_lives_without_a_mail_server(app, register, mails, subjects):
    """A registration succeeds while the mail server is away, and its mails come later."""
    mails.away()
    grace, page = register()
    # Each mail is tried while the server is away, and once more as if that had gone on for an hour.
    _wait_for(lambda: not _untried(app, 1))
    _wait_for(lambda: not _untried_after_an_hour(app))
    mails.back()
    came = subjects()

    assert page.status == 200, f"registering ended with status {page.status}"
    assert (grace, WELCOME) in came, (
        f"the mail server came back, and what arrived is {_listed(came)}: "
        "does deliver() put a mail off when hand_over() raises an OSError?"
    )
    _assert_no_duplicates(came)


def _untried(app, least):
    return app.database.ask("SELECT count(*) FROM letter WHERE tries < ?", least)[0][0]


def _untried_after_an_hour(app):
    # Set at each look: an app that was just trying writes the number that it had read before.
    app.database.ask("UPDATE letter SET tries = ? WHERE tries < ?", AN_HOUR, AN_HOUR)
    return _untried(app, AN_HOUR + 1)


@background(grave="loses-mail")
@pytest.mark.parametrize("trouble", ["451 4.3.2 try later", "drop"])
def test_a_passing_trouble_passes(register, mails, subjects, trouble):
    """A mail is tried again after "try later" and after a dropped connection."""
    if trouble == "drop":
        mails.drop(times=2)
    else:
        mails.fail(trouble, times=2)
    grace, _ = register()
    came = subjects()

    assert (grace, WELCOME) in came, (
        f"the trouble is over, and what arrived is {_listed(came)}: only an answer that begins "
        "with a 5 is permanent"
    )
    _assert_no_duplicates(came)


@background(grave="never-gives-up")
def test_a_no_is_a_no(app, register, mails, subjects):
    """A mail to an address that the server refuses permanently is tried once, and not again."""
    grace, _ = register()
    letters = sum(count for (to, _), count in subjects().items() if to == grace)
    assert letters, "no mail arrived"
    mails.clear()
    name, linus = app.person()
    mails.fail("550 5.1.1 no such user", to=linus, times=letters)
    app.visitor().register(name=name, email=linus, password=app.password)
    came = subjects()

    assert not [to for to, _ in came if to == linus], (
        "a mail that the server had refused with 550 was sent again: "
        "what does refused_for_good(error) return, and do you commit the outcome?"
    )


@background(grave="holds-up")
@pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "451 4.3.2 try later"])
def test_a_no_harms_nobody_else(app, register, mails, reply):
    """While one address is refused, the mails to all others arrive."""
    name, grace = app.person()
    mails.fail(reply, to=grace)
    app.visitor().register(name=name, email=grace, password=app.password)
    linus, _ = register()
    # Grace's mails may wait for ever.
    _wait_for_mails(mails, lambda: (linus, WELCOME) in _counted(mails))
    came = _counted(mails)

    assert (linus, WELCOME) in came, (
        f"one address is refused with {reply[:3]}, and the next member gets no mail, either; "
        f"there is {_listed(came)}"
    )
    _assert_no_duplicates(came, besides="A new member")


@background()
def test_taken_is_taken(app, register, inbox):
    """A mail that the server has accepted is marked as sent, and waits no longer."""
    register()
    assert len(inbox), "no mail arrived"

    left = app.letters_waiting()
    assert not left, (
        f"of the mails that arrived, {left} still wait in the outbox, to be sent again: "
        "does deliver() call mark_sent(), and commit?"
    )


@background()
def test_next_process_delivers(app, register, mails, subjects):
    """Mails left by a killed process are delivered by the next one, each once."""
    killed = app.another(**HURRY)
    mails.away()
    grace, page = register(killed)
    assert page.status == 200, f"registering ended with status {page.status}"
    killed.end()
    left = app.letters_waiting()
    assert left, "nothing is in the outbox after a registration: is the mail committed?"
    mails.back()
    assert not len(mails), "a mail was sent before the mail server was there"

    app.visitor(process=app.another(**HURRY)).open("/")
    # The killed process may hold a letter's lease.
    _wait_for_mails(mails, lambda: not app.letters_waiting())
    came = subjects()

    assert (grace, WELCOME) in came, (
        f"the next process was started, and what arrived is {_listed(came)}"
    )
    _assert_no_duplicates(came)


@background()
def test_two_processes_share_an_outbox(app, register, mails, subjects):
    """Two processes that share an outbox deliver each mail once."""
    patient = {"OUTBOX_LEASE": 30}  # a busy machine may stop one of the two for a while
    app.process.order("config", **patient)
    other = app.another(**HURRY | patient)
    app.visitor(process=other).open("/")
    mails.slow(0.02)
    for _ in range(3):
        register()
    came = subjects()

    assert len({to for to, _ in came}) >= 4, f"what arrived is {_listed(came)}"
    # The keeper gets a mail about each of the three.
    _assert_no_duplicates(came, besides="A new member")


def _counted(mails):
    return Counter((mail.to[0], mail.subject) for mail in mails)


_in_vain = []  # waits without any mail; each run of the tests is a process of its own


def _wait_for_mails(mails, is_so, seconds=2):
    """Wait as `_wait_for` does, but a fifth as long if an earlier wait brought no mail at all.

    An app that delivers nothing is then judged before the time of the run is over.
    """
    _wait_for(is_so, seconds / 5 if _in_vain else seconds)
    if not len(mails):
        _in_vain.append(is_so)


def _wait_for(is_so, seconds=2):
    """Wait until `is_so` returns true, for at most some seconds."""
    for _ in range(round(200 * seconds)):
        if is_so():
            return
        threading.Event().wait(0.005)


def _assert_no_duplicates(came, besides=""):
    more = [f"{subject!r} to {to}" for (to, subject), n in came.items() if n > 1]
    more = [words for words in more if not besides or besides not in words]
    assert not more, (
        f"{len(more)} of the mails arrived more than once, the first being {more[0]}. "
        "Is a mail marked as sent when the server has accepted it?"
    )


def _listed(came):
    return ", ".join(f"{subject!r} to {to}" for to, subject in came) or "nothing"
