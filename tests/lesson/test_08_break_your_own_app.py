"""Graded tests of lesson 08: a key, a purpose, one use, a button, a host, a limit."""

import logging
import runpy
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

key = pytest.mark.exercise("token-key")
spent = pytest.mark.exercise("spent-tokens")
page = pytest.mark.exercise("confirm-page")
host = pytest.mark.exercise("pinned-host")
throttle = pytest.mark.exercise("resend-throttle")

NOON = datetime(2031, 5, 6, 12, 0, tzinfo=timezone.utc)
EVIL = "evil.example"
WAITING_ROOM = "/auth/unconfirmed"


@pytest.fixture
def at_once(app, db):
    """Let something else happen, whole, right before the first change of what follows."""

    @contextmanager
    def at_once(other):
        begun = []

        def before(_connection, _cursor, statement, *_):
            if not begun and statement.split()[0].upper() in ("INSERT", "UPDATE", "DELETE"):
                begun.append(True)
                thread = threading.Thread(target=other)
                thread.start()
                thread.join()

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", before)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", before)

    return at_once


@pytest.fixture
def link_for(token_for):
    return lambda member: f"/auth/confirm/{token_for(member)}"


@pytest.fixture
def ask_again(visitor):
    """Press the button of the waiting room, a number of times; give the pages that follow."""

    def ask_again(member, times=1):
        browser = visitor(logged_in_as=member)
        form = browser.open(WAITING_ROOM).form(action="/auth/resend")
        return [browser.submit(form) for _ in range(times)]

    return ask_again


@pytest.fixture
def letters(inbox):
    """List to whom letters with a link to confirm went, in their order."""

    def letters():
        found = [mail for mail in inbox if any("/confirm/" in link for link in mail.links)]
        return [mail.to[0] for mail in found][::-1]

    return letters


# A key and a purpose of its own


@key
def test_own_token_is_good(context, press, add):
    """A fresh token still confirms its user."""
    user = add()

    assert user.confirm(press.token(user)), "the app refused the token that it has just made"


@key
def test_secret_key_signs_no_token(context, app, press, add):
    """A token signed with the app's secret key itself is refused: that key signs other things."""
    user = add()

    said = user.confirm(press.forged(user, key=app.secret_key))

    assert not said, (
        "confirm() said yes to a token signed with the secret key, as session cookies are; "
        "do both methods take their key from token_keys()? %refill brings them here"
    )


@key
def test_key_is_long(context, press, add):
    """The key for tokens is as long as HS512 wants it, 64 bytes or more."""
    press.token(add())

    length = len(press.key.encode() if isinstance(press.key, str) else press.key or b"")
    assert length >= 64, f"tokens are signed with a key of {length} bytes"


@key
def test_purpose_is_named(context, press, add):
    """A token says in the claim aud what it is for, and one for something else is refused."""
    user = add()
    named = press.claims(press.token(user)).get("aud")

    assert named, "the claims of a token have no 'aud'"
    said = user.confirm(press.forged(user, aud="something else"))
    assert not said, f"the token's 'aud' was 'something else', not {named!r}, and it confirmed"


@key
def test_letter_for_another_purpose(context, add, client):
    """The token from the letter about a password confirms nobody."""
    from app.auth.reset import reset_token

    user = add()

    assert not user.confirm(reset_token(user)), (
        "the token from the letter about a new password confirmed the address"
    )


@key
def test_claims_are_required(context, press, add):
    """A token without one of its claims is refused."""
    user = add()

    for name in ("aud", "exp", "iat", "confirm_id"):
        said = user.confirm(press.forged(user, without=[name]))
        assert not said, f"a token without the claim {name!r} confirmed the user; is it required?"


@key
def test_key_can_be_changed(app, context, press, add, monkeypatch):
    """After a change of the secret key old tokens are good while the old key is a fallback."""
    user = add()
    token, old = press.token(user), app.secret_key

    monkeypatch.setitem(app.config, "SECRET_KEY", "another secret " * 8)
    assert not user.confirm(token), (
        "the secret key was replaced, and a token of the old one is good still"
    )
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", ["an older one " * 8, old])
    assert user.confirm(token), (
        "the old secret key stands in SECRET_KEY_FALLBACKS, and its token is refused: "
        "is every one of token_keys() tried before the answer is no?"
    )


@key
def test_newest_key_signs(app, context, press, add, monkeypatch):
    """New tokens are signed with the newest key, also while there are fallbacks."""
    user = add()
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", ["an older one " * 8])
    token = press.token(user)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", None)

    assert user.confirm(token), "a token made while there was a fallback died with the fallback"


# Good once, for one address


@spent
def test_used_token_is_spent(context, db, press, add):
    """A token that has confirmed once does so no second time."""
    user = add()
    token = press.token(user)
    first = _confirmed(db, user, token)
    _unconfirm(db, user)

    assert first, "the app refused the token that it has just made"
    assert not user.confirm(token), (
        "the user was confirmed, then was not any more, and the used token confirmed again"
    )


@spent
def test_another_spelling_is_the_same_token(context, db, press, add):
    """A used token is spent however it is spelled."""
    user = add()
    token = press.token(user)
    _confirmed(db, user, token)
    _unconfirm(db, user)

    assert not user.confirm(token + "=="), (
        "the used token with '==' at its end confirmed again; by what is it recognised?"
    )


@spent
def test_two_tokens_are_two(context, db, press, add):
    """Of two tokens each is good once, and using one brings no other back."""
    user = add()
    with time_machine.travel(NOON, tick=False):
        one, other = press.token(user), press.token(user)
        assert one != other, "two tokens made in the same second are the same text"
        answers = []
        for token in (one, other, one):
            answers.append(_confirmed(db, user, token))
            _unconfirm(db, user)

    assert answers == [True, True, False], (
        f"the first token, the second, the first again: confirm() said {_listed(answers)}"
    )


@spent
def test_undone_is_not_spent(context, db, press, add):
    """Where the caller rolls back, nothing is confirmed and the token is as good as before."""
    user = add()
    token = press.token(user)
    user.confirm(token)
    db.session.rollback()

    assert not user.confirmed, "after a rollback the user is confirmed all the same"
    assert user.confirm(token), "after a rollback the token counts as used"


@spent
def test_another_address(context, db, press, add):
    """A token made for an address that the user no longer has is refused, a new one is good."""
    user = add()
    token = press.token(user)
    user.email = "victim@example.com"
    db.session.commit()

    assert not user.confirm(token), (
        f"a token mailed to ada@example.com confirmed the address {user.email}"
    )
    assert user.confirm(press.token(user)), "a token made for the new address is refused"


@spent
def test_address_and_id_agree(context, press, add):
    """A token that names this user and another one's address, or none, is refused."""
    ada, bob = add("Ada"), add("Bob")

    assert not ada.confirm(press.forged(ada, email=bob.email)), (
        "a token with Ada's id and Bob's address confirmed Ada"
    )
    for name in ("email", "jti"):
        said = ada.confirm(press.forged(ada, without=[name]))
        assert not said, f"a token without the claim {name!r} confirmed the user"


@spent
def test_moving_unconfirms(visitor, member, password, is_confirmed):
    """A member who moves to another address is not confirmed any more."""
    ada = member("Ada", confirmed=True)
    browser = visitor(logged_in_as=ada)
    form = browser.open("/profile/address")
    browser.submit(form, email="victim@example.com", password=password)

    assert not is_confirmed(ada), (
        "a confirmed member changed the address to victim@example.com, and is confirmed there too"
    )


@spent
def test_moving_works(app, db, User, member):
    """move() gives the user the new address, in lower case, and notes when."""
    from app.models import move

    ada = member("Ada", confirmed=True)
    with app.app_context():
        move(db.session.get(User, ada.id), "New@Example.com")
        db.session.commit()
        user = db.session.get(User, ada.id)
        assert user.email == "new@example.com", f"after move() the address reads {user.email!r}"
        assert user.moved_at is not None, "after move() the user's moved_at is empty"


@spent
def test_spent_once_at_the_same_moment(app, db, User, member, token_for, at_once):
    """Of two uses of a token at the same moment one confirms."""
    ada = member("Ada")
    token, answers = token_for(ada), []

    def use():
        with app.app_context():
            try:
                answers.append(_confirmed(db, db.session.get(User, ada.id), token))
            except IntegrityError:
                answers.append(False)

    with at_once(use):
        use()

    assert sorted(answers) == [False, True], (
        "a token was used twice at the same moment, and both times confirm() and the commit went "
        "through; what in the database would refuse the second?"
        if answers.count(True) == 2
        else f"a token was used twice at the same moment, and confirm() said {_listed(answers)}"
    )


# A button, not a link


@page
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(visitor, member, link_for, is_confirmed, method):
    """To open the link, as previews and scanners do, confirms nobody."""
    ada = member("Ada")
    seen = visitor(logged_in_as=ada).request(method, link_for(ada))

    assert not is_confirmed(ada), f"a {method} of the link confirmed Ada"
    assert seen.status == 200, f"a {method} of the link answered with status {seen.status}"


@page
def test_button_confirms(visitor, member, link_for, is_confirmed):
    """The link shows a page with a button, and to press it confirms."""
    ada = member("Ada")
    browser = visitor(logged_in_as=ada)
    seen = browser.open(link_for(ada))
    own = [form for form in seen.forms if not form.furniture and form.method == "POST"]

    assert len(own) == 1, f"the page behind the link has {len(own)} forms that are sent by POST"
    assert own[0].buttons, "the form behind the link has no button that sends it"
    after = browser.submit(own[0])
    assert after.status == 200, f"pressing the button ended with status {after.status}" + (
        "; does the form carry a hidden field csrf_token?" if after.status == 400 else ""
    )
    assert is_confirmed(ada), "the button was pressed, and Ada is not confirmed"


@page
def test_button_needs_its_page(visitor, member, link_for, is_confirmed):
    """A form that another site sends to the link confirms nobody."""
    ada = member("Ada")
    visitor(logged_in_as=ada).request("POST", link_for(ada), data={})

    assert not is_confirmed(ada), "a POST without the csrf_token of our page confirmed Ada"


@page
def test_page_names_the_address(visitor, member, link_for):
    """The page says in words which address is to be confirmed."""
    ada = member("Ada")
    text = visitor(logged_in_as=ada).open(link_for(ada)).text

    assert "Your text here" not in text, "the placeholder is still on the page"
    assert ada.email in text, f"the address {ada.email} is not on the page"


@page
def test_somebody_else_is_told(visitor, member, link_for, is_confirmed):
    """Who is logged in as somebody else confirms nobody, and is told as whom."""
    ada, bob = member("Ada"), member("Bob")
    browser = visitor(logged_in_as=bob)
    link = link_for(ada)
    seen, after = browser.open(link).text, browser.click(link)

    assert not is_confirmed(ada), "Bob pressed the button behind Ada's link, and Ada was confirmed"
    assert not is_confirmed(bob), "Bob pressed the button behind Ada's link, and Bob was confirmed"
    said = " ".join([seen, *after.flashes])
    assert bob.email in said, "neither page nor message tells Bob that he is logged in as Bob"
    assert ada.email not in said, "Bob learned Ada's address from her link"


@page
def test_address_of_the_page_stays_here(visitor, member, link_for):
    """The page, whose address holds a token, tells browsers not to tell other sites."""
    ada = member("Ada")
    headers = dict(visitor(logged_in_as=ada).open(link_for(ada)).headers)
    policy = {name.lower(): value for name, value in headers.items()}.get("referrer-policy", "")

    assert policy, "the page has no Referrer-Policy"
    assert policy not in ("unsafe-url", "no-referrer-when-downgrade"), (
        f"with Referrer-Policy {policy} another site may learn the whole address"
    )
    assert policy != "no-referrer", (
        "with no-referrer browsers tell not even our own site: under https the form is refused"
    )


@page
@pytest.mark.parametrize("name", ["werkzeug", "app"])
def test_no_token_in_the_log(app, member, token_for, name):
    """What the server and the app write into their logs holds no token."""
    token = token_for(member("Ada"))
    lines = _logged(name, f"GET /auth/confirm/{token} HTTP/1.1", f"/auth/reset/{token}", "/members")

    assert not any(token in line for line in lines), (
        f"the logger {name!r} wrote a line with the token of a link into the log"
    )
    assert any("/members" in line for line in lines), (
        f"the logger {name!r} no longer writes that somebody opened /members"
    )


@page
def test_two_presses_at_once(visitor, member, link_for, is_confirmed, at_once):
    """Of two presses at the same moment neither breaks, and the member is confirmed."""
    ada = member("Ada")
    link, answers = link_for(ada), []
    one, other = visitor(logged_in_as=ada), visitor(logged_in_as=ada)
    forms = {browser: browser.open(link).forms for browser in (one, other)}
    own = {
        browser: next((f for f in found if not f.furniture and f.method == "POST"), None)
        for browser, found in forms.items()
    }
    assert all(own.values()), "there is no form to press behind the link"

    def press(browser):
        try:
            answers.append(browser.submit(own[browser]).status)
        except Exception as error:
            answers.append(type(error).__name__)

    with at_once(lambda: press(other)):
        press(one)

    assert answers == [200, 200], f"two presses at the same moment ended with {_listed(answers)}"
    assert is_confirmed(ada), "after two presses at the same moment Ada is not confirmed"


# Where letters lead


@host
def test_letters_lead_to_us(client, member, inbox):
    """Whatever host a request names, no letter leads there."""
    ada = member("Ada")
    new = {"name": "Eve", "email": "eve@example.com", "password": "a coop of one's own"}
    there = {"base_url": f"http://{EVIL}"}
    client().post("/auth/register", data=new, **there)
    client().post("/auth/forgotten", data={"email": ada.email}, **there)

    bad = [mail.subject for mail in inbox if EVIL in mail.text or EVIL in (mail.html or "")]
    assert not bad, f"a request came with 'Host: {EVIL}', and this letter leads there: {bad[0]!r}"


@host
def test_foreign_names_are_refused(client):
    """Under a name that is not ours the site does not answer."""
    answer = client().get("/", base_url=f"http://{EVIL}")

    assert answer.status_code == 400, (
        f"asked as {EVIL} the site answered with status {answer.status_code}"
    )


@host
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "127.0.0.1:8000"])
def test_own_names_are_good(client, name):
    """At 127.0.0.1 and localhost the site answers as before, at any port."""
    answer = client().get("/", base_url=f"http://{name}")

    assert answer.status_code == 200, (
        f"asked as {name} the site answered with status {answer.status_code}; is TRUSTED_HOSTS a "
        "list, with 127.0.0.1 and localhost in it, and no port behind them?"
    )


@host
def test_one_host_in_all_letters(app, client, member, inbox):
    """Also a request under another good name, or port, makes a letter with the one host."""
    there = {"base_url": "http://127.0.0.1:6666"}
    client().post("/auth/forgotten", data={"email": member("Ada").email}, **there)

    hosts = {urlsplit(link).netloc for mail in inbox for link in mail.links}
    assert hosts, "no letter with a link came: was the request refused?"
    assert hosts == {"localhost"}, (
        f"the site is localhost here, and a letter leads to {_listed(hosts)}, as the request said: "
        "is SERVER_NAME set where the environment does not name one?"
    )


@host
def test_host_comes_from_the_environment(app_folder, monkeypatch):
    """Where the environment has a SERVER_NAME, that is the host, and a good name."""
    monkeypatch.setenv("SERVER_NAME", "pigeons.example")
    there = runpy.run_path(str(app_folder / "app" / "config.py"))["Config"]
    monkeypatch.delenv("SERVER_NAME")
    without = runpy.run_path(str(app_folder / "app" / "config.py"))["Config"]

    named = getattr(there, "SERVER_NAME", None)
    assert named == "pigeons.example", (
        f"the environment says SERVER_NAME=pigeons.example, and the setting reads {named!r}"
    )
    assert "pigeons.example" in there.TRUSTED_HOSTS, (
        "the host from the environment is not among the trusted ones"
    )
    assert without.SERVER_NAME, "without the environment variable the setting is empty"


# Not too often, and not for ever


@throttle
def test_many_presses_one_letter(member, ask_again, letters):
    """Five presses in a row send one letter."""
    ada = member("Ada")
    ask_again(ada, times=5)

    assert letters() == [ada.email], (
        f"five presses in a row sent {len(letters())} letters; does resend() ask may_get_letter(), "
        "and does that commit what it notes?"
    )


@throttle
def test_answer_is_the_same(member, ask_again):
    """The answer does not tell whether a letter went out."""
    first, second = ask_again(member("Ada"), times=2)

    assert first.flashes, "after the press the page shows no message"
    assert first.flashes == second.flashes, (
        f"the first press was answered with {_listed(first.flashes)}, "
        f"the second with {_listed(second.flashes)}"
    )


@throttle
def test_new_browser_changes_nothing(member, ask_again, letters):
    """Who logs in anew, in another browser, gets no second letter sooner."""
    ada = member("Ada")
    ask_again(ada)
    ask_again(ada)

    assert letters() == [ada.email], (
        f"two browsers got {len(letters())} letters for one member; where is it kept "
        "when the last one went out?"
    )


@throttle
def test_others_get_theirs(member, ask_again, letters):
    """Another member's letter goes out at the same time."""
    ada, bob = member("Ada"), member("Bob")
    ask_again(ada)
    ask_again(bob)

    assert letters() == [ada.email, bob.email], (
        f"Ada asked for a letter, then Bob did, and letters went to {_listed(letters())}"
    )


@throttle
def test_later_the_next_one_goes(member, ask_again, letters):
    """A quarter of an hour later the next letter goes out."""
    ada = member("Ada")
    with time_machine.travel(NOON, tick=False) as clock:
        ask_again(ada)
        clock.shift(timedelta(minutes=15))
        ask_again(ada)
        came = len(letters())  # still then: a letter in the outbox is due at its own time

    assert came == 2, f"of two presses, a quarter of an hour apart, came {came} letters"


@throttle
def test_one_letter_at_the_same_moment(app, db, User, member, at_once):
    """Of two requests at the same moment one may send a letter."""
    ada, answers = member("Ada"), []

    def ask():
        with app.app_context():
            answers.append(bool(db.session.get(User, ada.id).may_get_letter()))

    with at_once(ask):
        ask()

    assert sorted(answers) == [False, True], (
        "may_get_letter() changed nothing in the database: who will know of this letter?"
        if len(answers) == 1
        else f"asked twice at the same moment, may_get_letter() said {_listed(answers)}: "
        "is there room between asking for the time and noting the new one?"
    )


@throttle
def test_other_letters_count_too(client, member, inbox):
    """Letters to those who forgot their password keep to the limit as well."""
    ada = member("Ada", confirmed=True)
    for _ in range(5):
        client().post("/auth/forgotten", data={"email": ada.email})

    assert len(inbox) == 1, f"five requests for a new password sent {len(inbox)} letters"


@throttle
def test_stale_accounts_go(app, db, User, add):
    """Accounts that were never confirmed in so many days are deleted, and all others stay."""
    now = datetime.now(timezone.utc)
    old, young = now - timedelta(days=8), now - timedelta(days=6)
    with app.app_context():
        add("Stale", joined_at=old)
        add("Young", joined_at=young)
        add("Ada", confirmed=True, joined_at=old)
        add("Moved", joined_at=old, moved_at=young)  # was confirmed, at another address
        told = app.test_cli_runner().invoke(args=["auth", "drop-stale", "--days", "7"])
        left = db.session.scalars(db.select(User.name).order_by(User.name)).all()

    assert told.exit_code == 0, f"the command ended with {told.exception!r}"
    assert left == ["Ada", "Moved", "Young"], (
        "of Ada (confirmed), Moved (confirmed once, at another address), Stale (8 days) and "
        f"Young (6 days), --days 7 left {', '.join(left) or 'nobody'}"
    )
    assert told.output.strip().endswith("1"), f"one account was deleted; said was {told.output!r}"


def _confirmed(db, user, token):
    said = user.confirm(token)
    db.session.commit()
    return bool(said)


def _unconfirm(db, user):
    user.confirmed = False
    db.session.commit()


def _logged(name, *texts):
    """Write lines as the server and Flask do; give what a handler gets to see."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger(name)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        for text in texts:
            logger.info('"%s" %s', text, 200)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
    return lines


def _listed(found):
    return ", ".join(map(str, found)) or "nothing"
