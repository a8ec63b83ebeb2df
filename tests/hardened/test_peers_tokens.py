"""Tests of other systems for tokens, applied to the finished app.

The systems: Flasky, Flask-Security-Too, django-allauth, Devise, fastapi-users, CTFd.
"""

import hmac
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import jwt
import pytest
import time_machine
from flask_login import encode_cookie
from flask_login.utils import decode_cookie

CLAIMS = {"aud", "confirm_id", "email", "exp", "iat", "jti"}
ODD = [True, 1.0, "1", None, -1, 10**40, [], {}, [1], "", "ada@example.com"]


# Success


def test_two_members_never_share_a_token(club):
    """Two members have different tokens."""
    assert club.token(club.add("Ada")) != club.token(club.add("Bob"))


def test_each_token_is_its_own(club):
    """Two tokens that one member requests within a second are different."""
    ada = club.add()

    assert len({club.token(ada) for _ in range(5)}) == 5


def test_the_mailed_token_says_what_it_should(club):
    """The token in the mail has the member, address, purpose, times and its own number."""
    club.join("Ada")
    token = club.link("ada@example.com").rsplit("/", 1)[-1]
    claims = jwt.decode(token, options={"verify_signature": False})

    assert set(claims) == CLAIMS
    assert type(claims["confirm_id"]) is int
    assert claims["email"] == "ada@example.com"
    assert claims["exp"] - claims["iat"] == 3600
    assert len(claims["jti"]) >= 16
    assert jwt.get_unverified_header(token)["alg"] == "HS512"


# Refusal: the wrong owner


def test_a_deleted_member(club):
    """The token of a deleted account confirms nobody, not even the address's next owner."""
    ada = club.add()
    token = club.token(ada)
    with club.app.app_context():
        club.db.session.delete(club.db.session.get(club.User, ada))
        club.db.session.commit()
    again = club.add()

    assert again != ada
    assert not club.confirms(again, token)


# Refusal: claims


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_an_unusable_number(club, value):
    """A token whose member's number is not an integer, or unknown, confirms nobody."""
    ada = club.add()

    assert not club.confirms(ada, club.signed(ada, confirm_id=value))


@pytest.mark.parametrize("value", [*ODD[:-1], "ADA@example.com", "ada@example.com "], ids=repr)
def test_an_unusable_address(club, value):
    """A token whose address differs in any letter from the stored one confirms nobody."""
    ada = club.add()

    assert not club.confirms(ada, club.signed(ada, email=value))


@pytest.mark.parametrize("value", [True, 1, 1.5, None, [], {}, ["x"]], ids=repr)
def test_an_unusable_token_number(club, value):
    """A token whose own number is not text is refused."""
    ada = club.add()

    assert not club.confirms(ada, club.signed_anyhow(club.claims(ada) | {"jti": value}))


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", ["soon", None, [], {}], ids=repr)
def test_an_unusable_time(club, name, value):
    """A token with an invalid time is refused, and raises nothing."""
    ada = club.add()

    assert not club.confirms(ada, club.signed_anyhow(club.claims(ada) | {name: value}))


# Refusal: purpose and key


def test_the_reset_token_confirms_nobody(club):
    """The token for a new password does not confirm, and the confirmation token resets nothing."""
    ada = club.add()
    before = club.user(ada).password_hash
    with club.app.app_context():
        reset = club.reset_token(club.db.session.get(club.User, ada))
    page = club.visitor().open(f"/auth/reset/{club.token(ada)}")

    assert not club.confirms(ada, reset)
    assert page.path == "/auth/forgotten"
    assert club.user(ada).password_hash == before


def test_a_remember_me_cookie_is_no_token(club):
    """Flask-Login's remember cookie does not work as a token, nor a token as the cookie."""
    ada = club.add()
    start = club.signed(ada).rpartition(".")[0]
    with club.app.test_request_context():
        signature = encode_cookie(start).rpartition("|")[2]
        token = f"{start}.{urlsafe_b64encode(bytes.fromhex(signature)).decode().rstrip('=')}"
        digest = hmac.digest(club.key(), str(ada).encode(), "sha512").hex()

        assert decode_cookie(f"{ada}|{digest}") is None
    assert not club.confirms(ada, token)


# Refusal: used before, or for another address


def test_two_clicks_at_once(club):
    """Of two simultaneous clicks one confirms, the other is told so, and neither fails."""
    for name in ("Ada", "Bob", "Cleo"):
        number = club.add(name)
        link = f"/auth/confirm/{club.token(number)}"
        browsers = [club.log_in(name) for _ in range(2)]
        pages = [browser.open(link) for browser in browsers]
        both = Barrier(2)

        def press(browser, page, both=both):
            both.wait(30)
            return browser.submit(page)

        with ThreadPoolExecutor(2) as pool:
            landed = list(pool.map(press, browsers, pages))

        assert [page.status for page in landed] == [200, 200]
        assert club.confirmed(number)


def test_the_address_has_changed_and_come_back(club):
    """A change of address ends all tokens, even if the member returns to the address."""
    ada = club.add()
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        token = club.token(ada)
        for address in ("queen@example.com", "ada@example.com"):
            clock.shift(timedelta(seconds=60))
            club.move(ada, address)

        assert not club.confirms(ada, token)
        clock.shift(timedelta(seconds=1))
        assert club.confirms(ada, club.token(ada))


def test_the_address_changes_meanwhile(club):
    """If the address changes while its token is checked, nothing is confirmed."""
    ada = club.add()
    token = club.token(ada)
    with club.app.app_context():
        user = club.db.session.get(club.User, ada)
        assert user.email == "ada@example.com"
        club.db.session.commit()
        club.db.session.expire_on_commit = True
        with club.db.engine.begin() as other:
            other.execute(club.db.text("update user set email = 'stranger@example.com'"))
        user.confirm(token)
        club.db.session.commit()

    assert not club.confirmed(ada)
