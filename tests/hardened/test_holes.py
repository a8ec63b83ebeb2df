"""Holes that a review found in the finished app, each shown to be closed."""

import logging
import re
import sqlite3
import ssl
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, timezone
from threading import Barrier

import pytest
import time_machine

from confirmlab.course import skeleton, solutions
from confirmlab.site import app_commands as shell

ADA, QUEEN, BOB = "ada@example.com", "queen@example.com", "bob@example.com"
NEW = "two new feathers"


def replay(club, browser):
    """Return a second browser with copies of the first one's present cookies."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return club.visitor(Cookie=cookies)


def take_new_password(club, password=NEW):
    visitor = club.visitor()
    visitor.forget(ADA)
    return visitor.submit(visitor.open(club.link(ADA, "password")), password=password)


def ask_to_move(club, browser, address, password=None):
    page = browser.open("/profile/address")
    return browser.submit(page, email=address, password=password or club.password)


# 1 and 9: logins that end


def test_new_password_ends_every_login(club):
    """A stranger who registered Ada's address is logged out when Ada takes a new password."""
    stranger = club.visitor()
    stranger.register("Ada", ADA, club.password)
    page = stranger.open("/auth/login")
    stranger.submit(page, email=ADA, password=club.password, remember="y")
    only_remembered = club.visitor(
        Cookie=f"remember_token={stranger.cookies['remember_token']}",
    )
    assert stranger.open("/auth/unconfirmed").path == "/auth/unconfirmed"

    take_new_password(club)
    ada = club.visitor()
    ada.log_in(ADA, NEW)
    ada.click(club.link(ADA))

    assert ada.open("/members").path == "/members"
    assert stranger.open("/members").path == "/auth/login"
    assert only_remembered.open("/members").path == "/auth/login"


def test_cookies_die_at_logout(club):
    """Neither the session cookie nor the remember cookie works after the logout."""
    club.add("Ada", confirmed=True)
    ada = club.visitor()
    ada.submit(ada.open("/auth/login"), email=ADA, password=club.password, remember="y")
    thief = replay(club, ada)
    assert thief.open("/members").path == "/members"

    ada.log_out()

    assert thief.open("/members").path == "/auth/login"


def test_form_from_before_the_login(club):
    """A form's CSRF token from before the login is refused after it."""
    club.add("Ada", confirmed=True)
    ada = club.visitor()
    before = ada.open("/auth/login")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', before.html)[1]
    ada.submit(before, email=ADA, password=club.password)

    answer = ada.request("POST", "/profile/edit", data={"csrf_token": token, "name": "Eve"})

    assert answer.status == 400


def test_pages_are_not_kept(club):
    """Browsers must not cache pages, so the Back button shows none after the logout."""
    club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")

    for path in ("/members", "/profile", "/profile/edit", "/profile/address", "/"):
        assert ada.open(path).header("Cache-Control") == "no-store", path


@pytest.mark.parametrize("cookie", ["session", "remember_token"])
def test_logins_have_an_end(club, cookie):
    """A copied cookie works for thirty days at most, even if it is used; a new login works."""
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        club.add("Ada", confirmed=True)
        ada = club.visitor()
        ada.submit(ada.open("/auth/login"), email=ADA, password=club.password, remember="y")
        thief = club.visitor(Cookie=f"{cookie}={ada.cookies[cookie]}")
        clock.shift(timedelta(days=29))
        assert thief.open("/profile").path == "/profile"
        session = thief.cookies.get("session", ada.cookies["session"])
        clock.shift(timedelta(days=3))

        assert thief.open("/profile").path == "/auth/login"
        assert club.visitor(Cookie=f"session={session}").open("/profile").path == "/auth/login"
        assert club.log_in("Ada").open("/profile").path == "/profile"


# 2: numbers of members who are gone


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    app = tmp_path_factory.mktemp("migrated") / "my_app"
    skeleton.build(app, solutions.finished())
    for command in (
        ["db", "upgrade"],
        ["db", "migrate", "-m", "confirmed"],
        ["db", "upgrade"],
        ["db", "downgrade"],
        ["db", "upgrade"],
    ):
        finished = shell.run_flask(app, command, mail_port=0)
        assert not shell.failed(finished), finished.output
    return app / "instance" / "app.sqlite"


def test_migrations_keep_autoincrement(migrated):
    """After migrations up and down, SQLite still does not reuse a deleted member's number."""
    with closing(sqlite3.connect(migrated)) as database:
        (made,) = database.execute("select sql from sqlite_master where name = 'user'").fetchone()

    assert "AUTOINCREMENT" in made
    assert "confirmed" in made


def test_the_database_is_the_owners(migrated):
    """No other user of the machine can open the folder that holds the database."""
    assert migrated.parent.stat().st_mode & 0o077 == 0


# 3: tokens in addresses


def test_no_page_sends_its_token_on(club):
    """A page with a token in its address sends only the origin as Referer, even to us."""
    ada, link = club.join("Ada")
    stranger = club.visitor()
    stranger.forget(ADA)
    pages = [ada.open(link), stranger.open(club.link(ADA, "password"))]

    assert all("eyJ" in page.path for page in pages)
    assert {page.header("Referrer-Policy") for page in pages} == {"strict-origin"}


@pytest.mark.parametrize("name", ["app", "werkzeug", "gunicorn.access"])
def test_no_logger_writes_a_token(app, caplog, name):
    """No logger of the app or of its servers writes the token of a link."""
    logger = logging.getLogger(name)
    with caplog.at_level(logging.INFO, logger=name):
        logger.info('"GET /auth/confirm/%s HTTP/1.1" 200', "eyJhbGciOi.eyJpZCI.c2ln")
        logger.info('"%(r)s" %(s)s', {"r": "GET /auth/reset/eyJhbGciOi HTTP/1.1", "s": 200})
        logger.info("GET /auth/reset%2FeyJhbGciOi")
        logger.info("GET /members")

    assert [text for text in caplog.messages if "eyJ" in text] == []
    assert caplog.messages[-1] == "GET /members"


# 4: the time of an answer


def medians(ask, rounds=9):
    """Return the median seconds of ask("known") and of ask("unknown"), measured in turn."""
    times = {"known": [], "unknown": []}
    for number in range(rounds):
        for kind, taken in times.items():
            begun = time.perf_counter()
            ask(kind, number)
            taken.append(time.perf_counter() - begun)
    return statistics.median(times["known"]), statistics.median(times["unknown"])


def test_login_takes_as_long_for_an_unknown_address(club, package, monkeypatch):
    """A wrong password for an unknown address costs one hash, as for a known one."""
    slow = []
    for name in ("check_password_hash", "generate_password_hash"):
        real = getattr(package.models, name)
        monkeypatch.setattr(package.models, name, lambda *a, real=real: slow.append(1) or real(*a))
    club.add("Ada")
    costs = []
    for address in (ADA, "nobody@example.com"):
        slow.clear()
        club.visitor().log_in(address, "wrong")
        costs.append(len(slow))

    assert costs == [1, 1]


def test_forgotten_password_takes_as_long(club):
    """Asking for a new password does the same work for a known and for an unknown address."""
    for number in range(9):
        club.add(f"Ada{number}")
    browser = club.visitor()
    page = browser.open("/auth/forgotten")

    def ask(kind, number):
        address = f"ada{number}@example.com" if kind == "known" else f"no{number}@example.com"
        browser.submit(page, email=address)

    with club.app.app_context():
        known, unknown = medians(ask)
        letters = club.db.session.query(club.Letter).count()

    assert letters == 18
    assert all("nobody@" not in to for mail in club.inbox for to in mail.to)
    assert 0.3 < known / unknown < 4  # it was 5 or more; a busy machine varies


# 6: a slot for each purpose


def test_registering_uses_up_no_other_letter(club):
    """Registering Ada's address again prevents neither a reset nor a new link for her."""
    ada, _ = club.join("Ada")
    club.visitor().register("Eve", ADA, club.password)

    club.visitor().forget(ADA)
    ada.submit(ada.open("/auth/unconfirmed").form(action="/auth/resend"))

    assert club.letters(ADA, "already") == 1
    assert club.letters(ADA, "password") == 1
    assert club.letters(ADA, "Confirm") == 2


@pytest.mark.parametrize("ask", ["forget", "register"])
def test_each_letter_has_its_limit(club, ask):
    """Five requests for one kind of mail send one; a minute later the next one is sent."""
    club.add("Ada")
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        for count in (1, 2):
            for _ in range(5):
                visitor = club.visitor()
                visitor.forget(ADA) if ask == "forget" else visitor.register("A", ADA, "12345678")
            assert len(club.inbox) == count
            clock.shift(timedelta(seconds=61))


# 7: a change of address


def test_old_address_stays_until_the_new_one_is_confirmed(club):
    """A typo in a new address locks nobody out: mails and logins still use the old one."""
    number = club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")
    ask_to_move(club, ada, "qeen@example.com")

    assert (club.user(number).email, club.confirmed(number)) == (ADA, True)
    assert ada.open("/members").path == "/members"
    assert club.letters(ADA, "Another address") == 1
    club.visitor().forget(ADA)
    assert club.letters(ADA, "password") == 1


def test_new_address_is_taken_with_its_link(club):
    """The link sent to the new address makes it the member's, and works once."""
    number = club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")
    ask_to_move(club, ada, QUEEN)
    link = club.link(QUEEN)
    assert QUEEN in ada.open(link).text
    ada.click(link)
    assert (club.user(number).email, club.confirmed(number)) == (QUEEN, True)

    ask_to_move(club, ada, ADA)
    ada.click(link)

    assert club.user(number).email == QUEEN


def test_same_answer_for_a_taken_address(club):
    """A request for a taken address gets the usual answer; its owner is told by mail."""
    club.add("Ada", confirmed=True)
    club.add("Bob", confirmed=True)
    ada = club.log_in("Ada")
    free, taken = (ask_to_move(club, ada, to) for to in (QUEEN, BOB))

    assert free.path == taken.path
    assert [text.replace(QUEEN, BOB) for text in free.flashes] == list(taken.flashes)
    assert club.letters(BOB, "already") == 1 and club.letters(BOB, "Confirm") == 0


def test_address_taken_meanwhile(club):
    """If somebody else registered the new address meanwhile, the link does not change it."""
    number = club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")
    ask_to_move(club, ada, BOB)
    link = club.link(BOB)
    club.add("Bob")

    page = ada.click(link)

    assert page.status == 200
    assert club.user(number).email == ADA
    assert club.spent() == 0


def test_nobody_squats_by_moving(club):
    """An address that a member requested and never confirmed is free for its owner."""
    club.add("Eve", confirmed=True)
    ask_to_move(club, club.log_in("Eve"), ADA)

    club.visitor().register("Ada", ADA, club.password)

    assert club.find(ADA)
    assert club.letters(ADA, "Welcome") == 1


def test_new_password_ends_a_change_of_address(club):
    """A new password also cancels a change of address that was requested before."""
    number = club.add("Ada", confirmed=True)
    ask_to_move(club, club.log_in("Ada"), "eve@example.com")
    take_new_password(club)

    ada = club.visitor()
    ada.log_in(ADA, NEW)
    ada.click(club.link("eve@example.com"))

    assert club.user(number).email == ADA


def test_a_move_looks_the_same_for_a_taken_address(club):
    """No page shows afterwards whether the requested address has an account."""
    club.add("Ada", confirmed=True)
    club.add("Bob", confirmed=True)
    ada, shown = club.log_in("Ada"), []
    for address in (QUEEN, BOB):
        ask_to_move(club, ada, address)
        shown.append([
            ada.open(path).text.replace(address, "it")
            for path in ("/profile", "/profile/address", "/auth/confirm/x")
        ])  # fmt: skip

    assert shown[0] == shown[1]


def test_a_finished_move_ends_other_logins(club):
    """A confirmed new address ends other logins, and the old address gets a notice."""
    club.add("Ada", confirmed=True)
    ada, spy = club.log_in("Ada"), club.log_in("Ada")
    ask_to_move(club, ada, QUEEN)
    assert spy.open("/members").path == "/members"

    ada.click(club.link(QUEEN))

    assert ada.open("/members").path == "/members"
    assert spy.open("/members").path == "/auth/login"
    assert club.letters(ADA, "Another address") == 2


def test_one_member_takes_no_letter_from_another(club):
    """One member's request does not keep another from requesting the same address."""
    club.add("Ada", confirmed=True)
    club.add("Bob", confirmed=True)
    ask_to_move(club, club.log_in("Bob"), QUEEN)
    ada = club.log_in("Ada")
    ask_to_move(club, ada, QUEEN)

    assert QUEEN in ada.open("/profile/address").text
    assert club.letters(QUEEN) == 1


def test_asking_for_the_own_address_ends_a_move(club):
    """Requesting the present address again cancels the change requested before."""
    number = club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")
    ask_to_move(club, ada, "eve@example.com")
    link = club.link("eve@example.com")
    ask_to_move(club, ada, ADA)
    ada.click(link)

    assert club.user(number).email == ADA


# 8: simultaneous requests, and secrets in errors


def test_two_registrations_at_once(club, monkeypatch):
    """Of two simultaneous registrations of an address one makes an account; neither fails."""
    find, both = club.User.by_email.__func__, Barrier(2)

    def slowly(cls, email):
        found = find(cls, email)
        if not both.broken and found is None:
            both.wait(30)
        return found

    monkeypatch.setattr(club.User, "by_email", classmethod(slowly))
    with ThreadPoolExecutor(2) as pool:
        work = [pool.submit(club.visitor().register, "Ada", ADA, club.password) for _ in range(2)]
        pages = [one.result() for one in work]

    assert [page.status for page in pages] == [200, 200]
    assert pages[0].flashes == pages[1].flashes
    assert club.letters(ADA, "Confirm") == 1


def test_errors_of_the_database_hide_values(club, caplog):
    """A failing statement is logged without the values in it."""
    club.add("Ada")
    with club.app.app_context():
        club.db.session.add(club.User(name="Eve", email=ADA, password_hash="scrypt:secret"))
        with pytest.raises(Exception) as caught:
            club.db.session.commit()

    assert "INSERT" in str(caught.value)
    assert "scrypt" not in str(caught.value) and ADA not in str(caught.value)


# 10: names


@pytest.mark.parametrize(
    "name", ["Click http://evil.example", "You won\r\nmore here", "evil.example", "Ada\u2028Eve"]
)
def test_odd_names_are_refused(club, name):
    """A name with a line break or a web address makes no account and sends no mail."""
    club.visitor().register(name, ADA, club.password)

    assert club.find(ADA) is None and len(club.inbox) == 0


@pytest.mark.parametrize(
    "name", ["J. R. R. Tolkien", "Zoë O'Hara-Łuk", "李小龍", "Dr. <b>Bold</b>"]
)
def test_usual_names_are_good(club, name):
    """Usual names of people are accepted."""
    club.visitor().register(name, ADA, club.password)

    assert club.find(ADA)


def test_letters_of_the_site_name_nobody(club):
    """No mail to an unconfirmed address repeats a name that a stranger chose."""
    club.visitor().register("Zorro", ADA, club.password)
    club.visitor().register("Zorro", ADA, club.password)
    club.visitor().forget(ADA)
    letters = [mail for mail in club.inbox if ADA in mail.to]

    assert len(letters) == 4
    assert [mail.subject for mail in letters if "Zorro" in mail.source] == []


# 11: one mailbox, many spellings


@pytest.mark.parametrize(
    "spelling",
    [
        "ada@münchen.de",
        "ADA@MÜNCHEN.DE",
        "ada@xn--mnchen-3ya.de",
        "ada@mu\u0308nchen.de",
        "ada@ｍünchen.de",
        "ada@münchen。de",
        " ada@MÜNCHEN.de ",
    ],
)
def test_one_mailbox_one_account(club, spelling):
    """However an address is spelled, it is stored, found and mailed to in one form."""
    club.visitor().register("Ada", spelling, club.password)
    assert club.find("ada@xn--mnchen-3ya.de")

    club.visitor().register("Ada", "ada@münchen.de", club.password)
    page = club.visitor().log_in("ada@münchen.DE", club.password)

    with club.app.app_context():
        emails = club.db.session.scalars(club.db.select(club.User.email)).all()
    assert emails == ["ada@xn--mnchen-3ya.de"]
    assert page.path == "/auth/unconfirmed"


# 12: a new password


def test_one_reset_link_one_password(club):
    """Of two new passwords sent at once with one link, one is accepted."""
    club.add("Ada", confirmed=True)
    club.visitor().forget(ADA)
    link, both = club.link(ADA, "password"), Barrier(2)
    browsers = [club.visitor() for _ in range(2)]
    pages = [browser.open(link) for browser in browsers]
    words = ["first feathers", "second feathers"]
    replace = club.User.replace_password

    def together(user, password):
        both.wait(5)
        return replace(user, password)

    club.User.replace_password = together
    try:
        with ThreadPoolExecutor(2) as pool:
            landed = list(
                pool.map(
                    lambda one: one[0].submit(one[1], password=one[2]),
                    zip(browsers, pages, words, strict=True),
                )
            )
    finally:
        club.User.replace_password = replace

    assert sorted("have a new" in " ".join(page.flashes) for page in landed) == [False, True]
    good = [club.visitor().log_in(ADA, word).path == "/" for word in words]
    assert sorted(good) == [False, True]


def test_owner_hears_of_a_new_password(club):
    """After a change of password, a notice is mailed to the owner."""
    club.add("Ada", confirmed=True)
    take_new_password(club)

    notice = club.inbox.wait(to=ADA, subject="changed")
    assert "was changed" in notice.text


def test_reset_links_survive_a_change_of_key(club, monkeypatch):
    """A reset link works while the old key is a fallback, and no longer."""
    club.add("Ada")
    club.visitor().forget(ADA)
    link, old = club.link(ADA, "password"), club.app.secret_key
    monkeypatch.setitem(club.app.config, "SECRET_KEY", "another secret " * 8)
    assert club.visitor().open(link).path == "/auth/forgotten"

    monkeypatch.setitem(club.app.config, "SECRET_KEY_FALLBACKS", [old])

    assert club.visitor().open(link).path.startswith("/auth/reset/")


@pytest.mark.parametrize("setting", ["MAIL_USE_TLS", "MAIL_USE_SSL"])
def test_mail_goes_to_a_trusted_server_only(club, package, monkeypatch, setting):
    """With TLS, mail goes only to a server whose certificate is valid for its name."""
    contexts = []

    class Server:
        def __init__(self, *_, context=None, **__):
            contexts.extend(filter(None, [context]))

        def starttls(self, context):
            contexts.append(context)

    monkeypatch.setattr(package.outbox.smtplib, "SMTP", Server)
    monkeypatch.setattr(package.outbox.smtplib, "SMTP_SSL", Server)
    monkeypatch.setattr(club.app.extensions["mail"], setting[5:].lower(), True)
    with club.app.app_context():
        connection = package.outbox.PromptConnection(club.app.extensions["mail"])
        connection.configure_host()

    assert [(one.verify_mode, one.check_hostname) for one in contexts] == [
        (ssl.CERT_REQUIRED, True)
    ]


# 13: password guesses, and huge forms


def test_guesses_have_a_limit(club):
    """After ten wrong passwords even the right one is refused for a while."""
    club.add("Ada", confirmed=True)
    moment = datetime(2031, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
    with time_machine.travel(moment, tick=False) as clock:
        for _ in range(10):
            page = club.visitor().log_in(ADA, "wrong")
        assert "do not belong together" in page.flashes[0]
        page = club.visitor().log_in(ADA, club.password)
        assert page.path == "/auth/login" and "Too many" in page.flashes[0]

        clock.shift(timedelta(minutes=16))
        assert club.visitor().log_in(ADA, club.password).path == "/"


def test_guesses_do_not_lock_the_owner_out(club):
    """Guesses from one address lock out nobody at another, and a login resets the count."""
    club.add("Ada", confirmed=True)
    for _ in range(11):
        club.visitor().log_in(ADA, "wrong")
    client = club.app.test_client()
    page = client.get("/auth/login").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    data = {"email": ADA, "password": club.password, "csrf_token": token}

    answer = client.post("/auth/login", data=data, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert answer.location == "/"


def test_the_form_of_addresses_takes_no_guesses(club):
    """The form to change the address allows only ten guesses of the password, too."""
    club.add("Ada", confirmed=True)
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False):
        ada = club.log_in("Ada")
        for _ in range(10):
            ask_to_move(club, ada, QUEEN, "wrong")
        page = ask_to_move(club, ada, QUEEN)

    assert "Too many" in page.flashes[0] and club.letters(QUEEN) == 0


def test_a_new_password_forgets_the_guesses(club):
    """If guesses locked the owner out, a new password lets the owner in."""
    club.add("Ada", confirmed=True)
    for _ in range(11):
        page = club.visitor().log_in(ADA, "wrong")
    assert "Too many" in page.flashes[0]
    take_new_password(club)

    assert club.visitor().log_in(ADA, NEW).path == "/"


def test_a_password_may_be_of_spaces(club):
    """A password is used as typed, even twelve spaces."""
    club.visitor().register("Ada", ADA, " " * 12)

    assert club.visitor().log_in(ADA, " " * 12).path == "/auth/unconfirmed"


def test_large_forms_are_refused(club):
    """A form of a megabyte is refused unread."""
    visitor = club.visitor()
    page = visitor.open("/auth/register")
    answer = visitor.submit(page, name="A" * 1_000_000, email=ADA, password=club.password)

    assert answer.status == 413
