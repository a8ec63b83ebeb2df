"""What the tests of other systems ask of letters and of those who ask for them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine

ADA = "ada@example.com"


# The letter


def test_the_letter(club):
    """One letter goes to the new member, with link and how long it lives, and names nobody."""
    club.join("Ada")
    letters = [mail for mail in club.inbox if "Confirm" in mail.subject]

    assert [mail.to for mail in letters] == [(ADA,)]
    for words in (letters[0].text, letters[0].html):
        assert "Ada" not in words and "hour" in words
    assert len(letters[0].links) == 1


def test_the_link_in_the_letter_works(club):
    """The link as it stands in the letter, in either version, leads to this site and confirms."""
    ada, link = club.join("Ada")
    letter = club.inbox.wait(to=ADA, subject="Confirm")

    assert link.startswith("http://127.0.0.1:5000/auth/confirm/")
    assert link in letter.text and link in letter.html
    ada.click(link)
    assert club.confirmed(club.find(ADA))


def test_no_letter_at_a_login(club):
    """Logging in, any number of times, sends nothing."""
    club.add("Ada")
    club.log_in("Ada")
    club.log_in("Ada")

    assert len(club.inbox) == 0


# Another letter


def ask(browser):
    return browser.submit(browser.open("/auth/unconfirmed").form(action="/auth/resend"))


def test_one_press_one_letter(club):
    """One press sends one letter, with a link that works, and says so."""
    number = club.add("Ada")
    ada = club.log_in("Ada")
    page = ask(ada)

    assert club.letters(ADA) == 1
    assert page.flashes
    ada.click(club.link(ADA))
    assert club.confirmed(number)


def test_ten_presses_one_letter(club):
    """The next nine presses send nothing, and get the same answer, also in other browsers."""
    club.add("Ada")
    browsers = [club.log_in("Ada"), club.log_in("Ada")]
    answers = {ask(browser).flashes for browser in browsers * 5}

    assert club.letters(ADA) == 1
    assert len(answers) == 1


def test_two_presses_at_once(club):
    """Of two presses in the same moment one sends a letter, and neither breaks."""
    club.add("Ada")
    browsers = [club.log_in("Ada") for _ in range(2)]
    forms = [one.open("/auth/unconfirmed").form(action="/auth/resend") for one in browsers]
    both = Barrier(2)

    def press(browser, form):
        both.wait()
        return browser.submit(form).status

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(press, browsers, forms))

    assert statuses == [200, 200]
    assert club.letters(ADA) == 1


def test_after_a_while(club):
    """Who waits for some minutes gets another letter, and one member's wait is not another's."""
    club.add("Ada")
    club.add("Bob")
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        ada = club.log_in("Ada")
        ask(ada)
        ask(club.log_in("Bob"))
        clock.shift(timedelta(minutes=5))
        ask(ada)

    assert club.letters(ADA) == 2
    assert club.letters("bob@example.com") == 1


def test_none_once_confirmed(club):
    """Who was confirmed meanwhile gets no letter."""
    ada, link = club.join("Ada")
    form = ada.open("/auth/unconfirmed").form(action="/auth/resend")
    ada.click(link)
    before = len(club.inbox)
    page = ada.submit(form)

    assert page.path == "/"
    assert len(club.inbox) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_by_post(club, method):
    """No other method sends a letter."""
    club.add("Ada")

    assert club.log_in("Ada").request(method, "/auth/resend").status in (400, 405)
    assert len(club.inbox) == 0


def test_only_with_the_forms_token(club):
    """A form that another site sends causes no letter."""
    club.add("Ada")

    assert club.log_in("Ada").request("POST", "/auth/resend", data={}).status == 400
    assert len(club.inbox) == 0


def test_only_to_the_stored_address(club):
    """An address that comes with the form is passed over."""
    club.add("Ada")
    ada = club.log_in("Ada")
    form = ada.open("/auth/unconfirmed").form(action="/auth/resend")
    data = [(field.name, field.values[0]) for field in form.fields]
    evil = [(name, "mallory@example.com") for name in ("email", "to", "address", "recipient")]
    ada.request("POST", "/auth/resend", data=dict(data + evil))

    assert [mail.to for mail in club.inbox] == [(ADA,)]


# What the site tells of who is registered


def test_registering_twice(club):
    """A known address gets the answer that a new one gets; its owner gets a letter, and stays."""
    number = club.add("Ada", confirmed=True)
    before = club.user(number)
    pages = [
        club.visitor().register("Eve", address, "not a feather")
        for address in (" ADA@example.com ", "new@example.com")
    ]

    assert len({(page.status, page.path, page.flashes) for page in pages}) == 1
    assert club.user(number) == before
    assert club.letters(ADA, "account already") == 1
    assert club.letters(ADA) == 0


def test_forgetting_passwords(club):
    """Whoever asks for a new password gets the same answer, known or not, confirmed or not."""
    club.add("Ada", confirmed=True)
    club.add("Bob")
    pages = [club.visitor().forget(f"{name}@example.com") for name in ("ada", "bob", "nobody")]

    assert len({(page.status, page.path, page.flashes) for page in pages}) == 1
    assert club.letters("nobody@example.com", "") == 0


def test_letters_to_a_stranger(club):
    """Without an account nobody gets the site to send more than one mail of each kind a minute."""
    club.add("Ada")
    for _ in range(5):
        club.visitor().register("Eve", ADA, "not a feather")
        club.visitor().forget(ADA)

    assert [club.letters(ADA, kind) for kind in ("already", "password", "")] == [1, 1, 2]


# Accounts that nobody confirms


def test_stale_accounts_go(club):
    """The keeper's command deletes who never confirmed in a week, and nobody else."""
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        old, member = club.add("Ada"), club.add("Bob", confirmed=True)
        clock.shift(timedelta(days=6))
        young = club.add("Cleo")
        clock.shift(timedelta(days=2))
        said = club.app.test_cli_runner().invoke(args=["auth", "drop-stale", "--days", "7"])

    assert said.exit_code == 0 and "1" in said.output
    assert [club.user(number) is None for number in (old, member, young)] == [True, False, False]
