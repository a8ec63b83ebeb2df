"""Facts about the skeleton's outbox: letters, claims, the postman, the timeout."""

import importlib
import re
import secrets
import sys
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from confirmlab.mail.inbox import Inbox

SKELETON = Path(__file__).parents[3] / "app_skeleton"


@pytest.fixture(scope="module")
def package():
    """Import the skeleton's package, and forget it afterwards: every copy is called `app`."""
    sys.path.insert(0, str(SKELETON))
    try:
        app = importlib.import_module("app")
        parts = {part: importlib.import_module(f"app.{part}") for part in ("email", "outbox")}
        yield SimpleNamespace(create_app=app.create_app, **parts)
    finally:
        sys.path.remove(str(SKELETON))
        for name in [name for name in sys.modules if name.split(".")[0] == "app"]:
            del sys.modules[name]


@pytest.fixture
def inbox(tmp_path):
    with Inbox(tmp_path / "mail") as started:
        yield started


@pytest.fixture
def app(package, inbox, tmp_path):
    """Return an app that sends its queued mails only when a test says so."""
    app = package.create_app(
        {
            "SECRET_KEY": secrets.token_hex(64),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/app.sqlite",
            "MAIL_PORT": inbox.port,
            "OUTBOX_PAUSE": 4,
        }
    )
    db = app.extensions["sqlalchemy"]
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def letter(app, package):
    """Leave a letter in the outbox."""

    def letter(to="ada@example.com", **more):
        db = app.extensions["sqlalchemy"]
        words = {"subject": "Hello", "text": "Coo.", "html": "<p>Coo.</p>"}
        made = package.outbox.Letter(recipient=to, **words | more)
        db.session.add(made)
        db.session.commit()
        return made

    return letter


@pytest.fixture
def reference(package, monkeypatch):
    """Deliver mails as a learner's short solution would."""

    def deliver(letter):
        package.outbox.hand_over(letter)
        letter.mark_sent()
        package.outbox.db.session.commit()

    monkeypatch.setattr(package.email, "deliver", deliver)


def pause(package, letter):
    """Return the seconds until a mail is tried again."""
    return round((package.outbox.aware(letter.due_at) - package.outbox.now()).total_seconds())


def test_a_letter_is_claimed_once(package, letter):
    """A claimed letter is nobody else's until the lease ends, and the claim counts as a try."""
    letter()
    taken = package.outbox.take_next()

    assert (taken.tries, pause(package, taken)) == (1, 60)
    assert package.outbox.take_next() is None


def test_letters_go_in_their_order(package, letter):
    """The letter that was due first is sent first."""
    for name in "abc":
        letter(f"{name}@example.com")

    taken = [package.outbox.take_next().recipient[0] for _ in range(3)]
    assert taken == ["a", "b", "c"]


def test_pauses_double(package, letter):
    """Each retry comes after twice the previous pause, up to an hour."""
    made = letter()
    pauses = []
    for tries in (1, 2, 3, 15, 5000):
        made.tries = tries
        made.put_off("451 later")
        pauses.append(pause(package, made))

    assert pauses == [4, 8, 16, 3600, 3600]
    assert (made.problem, made.failed_at) == ("451 later", None)


def test_a_letter_is_given_up_after_a_day(package, letter):
    """A letter that could not be delivered for more than a day is given up."""
    made = letter(written_at=package.outbox.now() - timedelta(days=1, minutes=1))
    made.put_off("451 later")

    assert made.failed_at and package.outbox.take_next() is None


@pytest.mark.parametrize("end", ["mark_sent", "give_up"])
def test_a_finished_letter_has_no_text(letter, end):
    """The text of a sent or given-up letter is deleted, since its link may still work."""
    made = letter(text="/auth/confirm/eyJ")
    getattr(made, end)(*(["550 no"] if end == "give_up" else []))

    assert (made.text, made.html) == ("", "")


def test_message_id_stays(app, package, letter, inbox):
    """Each try carries the same Message-ID, so that duplicates can be recognised."""
    made = letter()
    package.outbox.hand_over(made)
    package.outbox.hand_over(made)

    ids = {dict(mail.headers)["Message-ID"] for mail in inbox}
    assert (len(inbox), ids) == (2, {made.message_id})
    assert letter().message_id != made.message_id


def test_a_silent_server_is_left(app, package, letter, inbox):
    """A mail server that does not answer in time raises an OSError."""
    app.config["MAIL_TIMEOUT"] = 0.05
    inbox.slow(30)

    with pytest.raises(OSError, match="timed out"):
        package.outbox.hand_over(letter())


@pytest.mark.parametrize(
    ("reply", "for_good"), [("550 5.1.1 no such user", True), ("451 4.3.2 try later", False)]
)
def test_a_refusal_tells_how_long_it_holds(app, package, letter, inbox, reply, for_good):
    """A reply that begins with 5 is a permanent refusal, and one with 4 is not."""
    inbox.fail(reply)
    with pytest.raises(OSError) as caught:
        package.outbox.hand_over(letter())

    assert package.outbox.refused_for_good(caught.value) is for_good
    assert not package.outbox.refused_for_good(ConnectionRefusedError())


def test_a_bad_letter_holds_up_nobody(app, package, letter, inbox, reference, caplog):
    """A letter that cannot be encoded is postponed, and the next one is sent."""
    letter(subject="two\r\nlines")
    letter("grace@example.com")
    app.extensions["postman"].deliver_due()
    db = app.extensions["sqlalchemy"]
    db.session.expire_all()
    bad, good = db.session.scalars(db.select(package.outbox.Letter)).all()

    assert [mail.to for mail in inbox] == [("grace@example.com",)]
    assert (bad.sent_at, bool(good.sent_at)) == (None, True)
    assert bad.problem.startswith("BadHeaderError") and "could not be delivered" in caplog.text


def test_the_postman_starts_with_a_request(app, package, letter, inbox, reference):
    """An earlier letter is delivered at the first request, and not by create_app()."""
    letter()
    postman = app.extensions["postman"]
    assert postman.thread is None

    app.test_client().get("/static/style.css").close()
    assert inbox.wait(to="ada@example.com").subject == "Hello"
    assert postman.thread.daemon
    over = threading.Event()
    postman.deliver_due = lambda: over.set() or 3600
    postman.ring()
    assert over.wait(10)  # the first round has ended, and its session with it


def test_tests_see_letters_at_once(package, inbox, tmp_path, reference):
    """With TESTING there is no thread: `ring` delivers the letters itself."""
    app = package.create_app(
        {"TESTING": True, "SECRET_KEY": "k", "SQLALCHEMY_DATABASE_URI": "sqlite://"}
    )
    db = app.extensions["sqlalchemy"]
    with app.app_context(), package.email.mail.record_messages() as sent:
        db.create_all()
        app.test_client().get("/static/style.css").close()
        words = {"subject": "Hello", "text": "Coo.", "html": ""}
        db.session.add(package.outbox.Letter(recipient="ada@example.com", **words))
        db.session.commit()
        package.outbox.ring()
        db.engine.dispose()

    assert [message.subject for message in sent] == ["Hello"]
    assert app.extensions["postman"].thread is None


def test_the_table_is_in_a_migration(package):
    """The outbox's migration creates the columns of its model."""
    text = (SKELETON / "migrations/versions/0002_outbox.py").read_text("utf-8")

    columns = re.findall(r'sa\.Column\("(\w+)"', text)
    assert columns == [column.name for column in package.outbox.Letter.__table__.columns]
