"""Facts about the app of lesson 01: each kind of token is broken or holds, as the text says."""

import hashlib
import secrets
import time

import pytest

from confirmlab.base.errors import SiteError
from confirmlab.mail.inbox import Inbox
from confirmlab.site.wrong_way import TOKENS, WrongWay


@pytest.fixture(scope="module")
def wrong_way(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong_way")
    with Inbox(folder / "mail") as inbox:
        wrong_way = WrongWay(inbox, folder / "wrong_way")
        yield wrong_way
        wrong_way.site.stop()


def own_token(wrong_way, visitor):
    """Register, and return the token in the link of the mail."""
    last = wrong_way.site.inbox.latest
    visitor.submit(visitor.open("/auth/register"), name="Mallory", email="mallory@example.com")
    letter = wrong_way.site.inbox.wait(to="mallory@example.com", after=last)
    return letter.links[0].rsplit("/", 1)[-1]


def confirmed(visitor, tokens):
    """Try tokens, and return the number of members that are confirmed then."""
    for token in tokens:
        visitor.open(f"/auth/confirm/{token}")
    return visitor.open("/members").html.count("<li>")


def hashed(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def test_own_link_confirms(wrong_way):
    """The link in the mail confirms its member, with each kind of token."""
    for kind in TOKENS:
        visitor = wrong_way.start(kind).visitor()

        assert confirmed(visitor, [own_token(wrong_way, visitor)]) == 1


def test_ids_are_walked_through(wrong_way):
    """Guessing thirty ids confirms thirty strangers."""
    visitor = wrong_way.start().visitor()

    assert own_token(wrong_way, visitor) == "31"
    assert confirmed(visitor, range(1, 31)) == 30


def test_seconds_are_walked_through(wrong_way):
    """Guessing the seconds of the last minute confirms everybody who joined in it."""
    visitor = wrong_way.start("time").visitor()
    now = int(time.time())

    assert confirmed(visitor, range(now - 90, now + 1)) == 30


def test_hashes_are_walked_through(wrong_way):
    """A hash without a key can be computed by anybody."""
    visitor = wrong_way.start("hash").visitor()

    assert own_token(wrong_way, visitor) == hashed(31)
    assert confirmed(visitor, map(hashed, range(1, 31))) == 30


def test_random_codes_are_not_guessed(wrong_way):
    """Guesses of the same kind do not hit random codes."""
    visitor = wrong_way.start("random").visitor()

    assert len(own_token(wrong_way, visitor)) == 43
    assert confirmed(visitor, [secrets.token_urlsafe(32) for _ in range(30)]) == 0


def test_each_start_is_fresh(wrong_way):
    """A new start has no confirmed members, and keeps the port."""
    site = wrong_way.start()
    port = site.port
    confirmed(site.visitor(), [1])

    assert confirmed(wrong_way.start().visitor(), []) == 0
    assert wrong_way.site.port == port


def test_unknown_kind_of_token(wrong_way):
    """The error for an unknown kind of token lists the known ones."""
    with pytest.raises(SiteError, match="'keyed'.* 'id', 'time', 'hash', 'random'"):
        wrong_way.start("keyed")
