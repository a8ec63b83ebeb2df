"""What the tests of other systems ask of tokens, asked of the finished app.

The systems: Flasky, Flask-Security-Too, django-allauth, Devise, fastapi-users, CTFd.
"""

import hmac
import secrets
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


def test_own_token_confirms(club):
    """A member's own fresh token confirms that member."""
    ada = club.add()

    assert club.confirms(ada, club.token(ada))
    assert club.confirmed(ada)


def test_two_members_never_share_a_token(club):
    """Tokens of two members differ."""
    assert club.token(club.add("Ada")) != club.token(club.add("Bob"))


def test_each_token_is_its_own(club):
    """Tokens that one member asks for within a second differ."""
    ada = club.add()

    assert len({club.token(ada) for _ in range(5)}) == 5


def test_the_mailed_token_says_what_it_should(club):
    """The token in the letter names member, address, purpose, times, and a number of its own."""
    club.join("Ada")
    token = club.link("ada@example.com").rsplit("/", 1)[-1]
    claims = jwt.decode(token, options={"verify_signature": False})

    assert set(claims) == CLAIMS
    assert type(claims["confirm_id"]) is int
    assert claims["email"] == "ada@example.com"
    assert claims["exp"] - claims["iat"] == 3600
    assert len(claims["jti"]) >= 16
    assert jwt.get_unverified_header(token)["alg"] == "HS512"


def test_the_lifetime_is_a_parameter(club):
    """A token that was asked for with ten minutes to live lives for ten minutes."""
    claims = jwt.decode(
        club.token(club.add(), expiration_sec=600), options={"verify_signature": False}
    )

    assert claims["exp"] - claims["iat"] == 600


# Refusal: whose it is


def test_somebody_elses_token(club):
    """Another member's token confirms neither of the two."""
    ada, bob = club.add("Ada"), club.add("Bob")

    assert not club.confirms(bob, club.token(ada))
    assert not club.confirmed(ada) and not club.confirmed(bob)


def test_number_and_address_disagree(club):
    """A token whose number is one member's and whose address is another's confirms nobody."""
    ada, bob = club.add("Ada"), club.add("Bob")

    assert not club.confirms(ada, club.signed(ada, email="bob@example.com"))
    assert not club.confirms(bob, club.signed(ada, email="bob@example.com"))


def test_a_deleted_member(club):
    """The token of a deleted account confirms nobody, not even who has the address next."""
    ada = club.add()
    token = club.token(ada)
    with club.app.app_context():
        club.db.session.delete(club.db.session.get(club.User, ada))
        club.db.session.commit()
    again = club.add()

    assert again != ada
    assert not club.confirms(again, token)


def test_a_member_who_was_never_saved(club):
    """For somebody without a number there is no token, and nothing confirms them."""
    with club.app.app_context():
        nobody = club.User(name="Nobody", email="nobody@example.com")
        with pytest.raises(ValueError):
            nobody.generate_confirmation_token()
        assert not nobody.confirm(club.signed(club.add(), confirm_id=None))
        assert not nobody.confirm("")


# Refusal: time


@pytest.mark.parametrize("seconds", [0, -1, -86_400])
def test_born_dead(club, seconds):
    """A token with no time to live, or with less, is refused."""
    ada = club.add()

    assert not club.confirms(ada, club.token(ada, expiration_sec=seconds))


@pytest.mark.parametrize("passed, good", [(3598, True), (3601, False), (400 * 86_400, False)])
def test_the_hour(club, passed, good):
    """A token is good within its hour, and not after it."""
    ada = club.add()
    with time_machine.travel("2031-05-06 07:08:09+00:00", tick=False) as clock:
        token = club.token(ada)
        clock.shift(timedelta(seconds=passed))

        assert club.confirms(ada, token) is good


# Refusal: form


@pytest.mark.parametrize(
    "token",
    [
        "",
        "bogus",
        ".",
        "..",
        "a.b.c",
        "<script>alert(1)</script>",
        "' or 1=1 --",
        "\x00",
        "ünïcödé.ünïcödé.ünïcödé",
        "x" * 100_000,
        "eyJhbGciOiJIUzUxMiJ9..",
        "null",
    ],
    ids=lambda token: ascii(token)[:24],
)
def test_malformed(club, token):
    """Text that is no token is refused, and raises nothing."""
    ada = club.add()

    assert not club.confirms(ada, token)


def test_bent(club):
    """A good token that was cut, extended, or changed in its middle is refused."""
    ada = club.add()
    token = club.token(ada)
    middle = token.rindex(".") + 40
    other = "A" if token[middle] != "A" else "B"
    bent = [token[:-1], token[1:], token + ".", token + "a", token[:middle], token.upper()]
    bent += [token[:middle] + other + token[middle + 1 :], ".".join(token.split(".")[:2])]

    assert [club.confirms(ada, one) for one in bent] == [False] * len(bent)
    assert club.confirms(ada, token)


# Refusal: claims


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_a_claim_is_missing(club, name):
    """A token without one of its claims is refused, however good it is otherwise."""
    ada = club.add()

    assert not club.confirms(ada, club.signed(ada, without=[name]))
    assert club.confirms(ada, club.signed(ada))


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_an_unusable_number(club, value):
    """A member's number that is no whole number, or nobody's, confirms nobody."""
    ada = club.add()

    assert not club.confirms(ada, club.signed(ada, confirm_id=value))


@pytest.mark.parametrize("value", [*ODD[:-1], "ADA@example.com", "ada@example.com "], ids=repr)
def test_an_unusable_address(club, value):
    """An address that is not, letter by letter, the one that is kept confirms nobody."""
    ada = club.add()

    assert not club.confirms(ada, club.signed(ada, email=value))


@pytest.mark.parametrize("value", [True, 1, 1.5, None, [], {}, ["x"]], ids=repr)
def test_an_unusable_token_number(club, value):
    """A token's own number that is no text is refused."""
    ada = club.add()

    assert not club.confirms(ada, club.signed_anyhow(club.claims(ada) | {"jti": value}))


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", ["soon", None, [], {}], ids=repr)
def test_an_unusable_time(club, name, value):
    """A time that is none is refused, and raises nothing."""
    ada = club.add()

    assert not club.confirms(ada, club.signed_anyhow(club.claims(ada) | {name: value}))


# Refusal: purpose and key


@pytest.mark.parametrize("value", ["reset", "", None, ["confirm-email"], ["confirm-email", "x"]])
def test_another_purpose(club, value):
    """A token for another purpose, or for several, confirms nobody."""
    ada = club.add()
    own = club.claims(ada)["aud"]
    value = [one.replace("confirm-email", own) for one in value] if type(value) is list else value

    assert not club.confirms(ada, club.signed(ada, aud=value))


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


def test_the_secret_key_itself(club):
    """Claims of ours under the secret key itself, which signs other things too, are refused."""
    ada = club.add()
    token = jwt.encode(club.claims(ada), club.app.secret_key, algorithm="HS512")

    assert not club.confirms(ada, token)


def test_a_remember_me_cookie_is_no_token(club):
    """What Flask-Login signs to remember a member by is of no use as a token, and the reverse."""
    ada = club.add()
    start = club.signed(ada).rpartition(".")[0]
    with club.app.test_request_context():
        signature = encode_cookie(start).rpartition("|")[2]
        token = f"{start}.{urlsafe_b64encode(bytes.fromhex(signature)).decode().rstrip('=')}"
        digest = hmac.digest(club.key(), str(ada).encode(), "sha512").hex()

        assert decode_cookie(f"{ada}|{digest}") is None
    assert not club.confirms(ada, token)


def test_keys_are_rotated(club, monkeypatch):
    """After a change of the key, tokens live on while the old key is kept, and not longer."""
    ada, bob = club.add("Ada"), club.add("Bob")
    tokens = {number: club.token(number) for number in (ada, bob)}
    old = club.app.secret_key
    monkeypatch.setitem(club.app.config, "SECRET_KEY", secrets.token_hex(64))
    monkeypatch.setitem(club.app.config, "SECRET_KEY_FALLBACKS", [secrets.token_hex(64), old])

    assert club.confirms(ada, tokens[ada])
    monkeypatch.setitem(club.app.config, "SECRET_KEY_FALLBACKS", [])
    assert not club.confirms(bob, tokens[bob])
    assert club.confirms(bob, club.token(bob))


# Refusal: used before, or for another address


@pytest.mark.parametrize("end", ["", "=", "=="])
def test_used_before(club, end):
    """A token is good once, however it is spelled the second time."""
    ada = club.add()
    token = club.token(ada)
    assert club.confirms(ada, token)
    club.unconfirm(ada)

    assert not club.confirms(ada, token + end)
    assert not club.confirmed(ada)


def test_each_of_two_tokens_is_spent(club):
    """With two letters out, the first link is dead also after the second one was used."""
    ada = club.add()
    first, second = club.token(ada), club.token(ada)
    for token in (first, second):
        assert club.confirms(ada, token)
        club.unconfirm(ada)

    assert not club.confirms(ada, first)
    assert not club.confirms(ada, second)


def test_a_rollback_spends_nothing(club):
    """A confirmation that was not saved leaves the token as good as it was."""
    ada = club.add()
    token = club.token(ada)
    with club.app.app_context():
        assert club.db.session.get(club.User, ada).confirm(token)
        club.db.session.rollback()

    assert not club.confirmed(ada)
    assert club.confirms(ada, token)


def test_two_clicks_at_once(club):
    """Of two clicks in the same moment one confirms, the other is told so, and neither breaks."""
    for name in ("Ada", "Bob", "Cleo"):
        number = club.add(name)
        link = f"/auth/confirm/{club.token(number)}"
        browsers = [club.log_in(name) for _ in range(2)]
        pages = [browser.open(link) for browser in browsers]
        both = Barrier(2)

        def press(browser, page, both=both):
            both.wait()
            return browser.submit(page)

        with ThreadPoolExecutor(2) as pool:
            landed = list(pool.map(press, browsers, pages))

        assert [page.status for page in landed] == [200, 200]
        assert club.confirmed(number)


def test_the_address_has_changed(club):
    """A token for the address of yesterday does not confirm the one of today."""
    ada = club.add()
    token = club.token(ada)
    club.move(ada, "queen@example.com")

    assert not club.confirms(ada, token)


def test_the_address_has_changed_and_come_back(club):
    """A change of address ends all tokens, also for an address to which the member returns."""
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
    """If the address changes between the reading of an account and its confirmation, nothing is."""
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
