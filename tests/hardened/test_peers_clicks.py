"""Tests of other systems for the click and the gate, applied to the finished app."""

import logging

import pytest

#  The click


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods(club, method):
    """A link does nothing for other HTTP methods."""
    ada, link = club.join("Ada")

    assert ada.request(method, link).status in (200, 400, 405)
    assert not club.confirmed(club.find("ada@example.com"))


def test_a_member_who_is_gone(club):
    """A member whose account was deleted meanwhile has to log in, and sees no error."""
    ada, link = club.join("Ada")
    with club.app.app_context():
        club.db.session.execute(club.db.delete(club.User))
        club.db.session.commit()

    assert ada.click(link).path == "/auth/login"


def test_a_refused_click_leaves_no_trace(club):
    """A refused click sends no mail, confirms nobody and spends no token."""
    ada, _ = club.join("Ada")
    number, letters = club.find("ada@example.com"), len(club.inbox)
    used = club.spent()
    page = ada.click("/auth/confirm/" + club.signed(number, email="bob@example.com"))

    assert (page.status, page.path, bool(page.flashes)) == (200, "/auth/unconfirmed", True)
    assert (len(club.inbox), club.spent(), club.confirmed(number)) == (letters, used, False)


def test_redirects_say_nothing(club):
    """No redirect contains the token or an address."""
    ada, link = club.join("Ada")
    landed = [club.visitor().open(link), ada.click(link), ada.click(link)]
    seen = " ".join(f"{page.url} {' '.join(page.redirects[1:])}" for page in landed)

    assert "eyJ" not in seen and "%40" not in seen and "@" not in seen


def test_no_line_of_the_log_holds_a_token(club, caplog, monkeypatch):
    """No click, good, bad or failing, puts a token into the log."""
    ada, link = club.join("Ada")
    number = club.find("ada@example.com")
    with caplog.at_level(logging.DEBUG):
        ada.click("/auth/confirm/" + club.signed(number, aud="x"))
        ada.click(link)
        monkeypatch.setattr(club.User, "confirm", lambda *_: 1 / 0)
        club.join("Bob")[0].click(club.link("bob@example.com"))

    own = [record for record in caplog.records if record.name != "httpx"]  # that is the visitor

    assert any("Exception on /auth/confirm/" in record.getMessage() for record in own)
    assert all("eyJ" not in record.getMessage() for record in own)


# The gate


def test_a_wrong_password_tells_nothing(club):
    """A wrong password gets the same answer, confirmed or not, known or not."""
    club.add("Ada", confirmed=True)
    club.add("Bob")
    answers = {
        (page.status, page.path, page.flashes)
        for name in ("ada", "bob", "nobody")
        for page in [club.visitor().log_in(f"{name}@example.com", "wrong")]
    }

    assert len(answers) == 1


def test_a_new_password_confirms_nothing(club):
    """An unconfirmed member who takes a new password waits as before."""
    club.add("Ada")
    visitor = club.visitor()
    visitor.forget("ada@example.com")
    visitor.submit(visitor.open(club.link("ada@example.com", "password")), password="new feathers")
    page = visitor.log_in("ada@example.com", "new feathers")

    assert page.path == "/auth/unconfirmed"


# The change of address


def test_moving_takes_the_password(club):
    """A wrong password moves nobody."""
    number = club.add("Ada", confirmed=True)
    ada = club.log_in("Ada")
    ada.submit(ada.open("/profile/address"), email="queen@example.com", password="wrong")

    assert club.user(number).email == "ada@example.com"
    assert club.confirmed(number)
