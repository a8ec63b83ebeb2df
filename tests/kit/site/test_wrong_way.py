"""The app that lesson 01 attacks: each kind of token falls as the lesson says, or stands."""

import hashlib
import secrets
import time

import pytest

from confirmlab.base.errors import SiteError
from confirmlab.mail.inbox import Inbox
from confirmlab.site.wrong_way import TOKENS, Rival


@pytest.fixture(scope="module")
def rival(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rival")
    with Inbox(folder / "mail") as inbox:
        rival = Rival(inbox, folder / "wrong_way")
        yield rival
        rival.site.stop()


def own_token(rival, visitor):
    """Register, and take the token from the link in the letter."""
    last = rival.site.inbox.latest
    visitor.submit(visitor.open("/auth/register"), name="Mallory", email="mallory@example.com")
    letter = rival.site.inbox.wait(to="mallory@example.com", after=last)
    return letter.links[0].rsplit("/", 1)[-1]


def confirmed(visitor, tokens):
    """Try tokens, and count the members that are confirmed then."""
    for token in tokens:
        visitor.open(f"/auth/confirm/{token}")
    return visitor.open("/members").html.count("<li>")


def hashed(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def test_own_link_confirms(rival):
    """The link from the letter confirms whoever registered, with each kind of token."""
    for kind in TOKENS:
        visitor = rival.start(kind).visitor()

        assert confirmed(visitor, [own_token(rival, visitor)]) == 1


def test_ids_are_walked_through(rival):
    """Thirty numbers confirm thirty strangers."""
    visitor = rival.start().visitor()

    assert own_token(rival, visitor) == "31"
    assert confirmed(visitor, range(1, 31)) == 30


def test_seconds_are_walked_through(rival):
    """Everybody who joined in the last minute is confirmed by a walk through its seconds."""
    visitor = rival.start("time").visitor()
    now = int(time.time())

    assert confirmed(visitor, range(now - 90, now + 1)) == 30


def test_hashes_are_walked_through(rival):
    """A hash without a key is computed by anybody."""
    visitor = rival.start("hash").visitor()

    assert own_token(rival, visitor) == hashed(31)
    assert confirmed(visitor, map(hashed, range(1, 31))) == 30


def test_random_codes_stand(rival):
    """Codes drawn at random are not met by guesses of the same kind."""
    visitor = rival.start("random").visitor()

    assert len(own_token(rival, visitor)) == 43
    assert confirmed(visitor, [secrets.token_urlsafe(32) for _ in range(30)]) == 0


def test_each_start_is_fresh(rival):
    """A new start forgets who was confirmed, and keeps the port."""
    site = rival.start()
    port = site.port
    confirmed(site.visitor(), [1])

    assert confirmed(rival.start().visitor(), []) == 0
    assert rival.site.port == port


def test_unknown_kind_of_token(rival):
    """An unknown kind of token is refused with the names of the known ones."""
    with pytest.raises(SiteError, match="'keyed'.* 'id', 'time', 'hash', 'random'"):
        rival.start("keyed")
