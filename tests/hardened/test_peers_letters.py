"""Tests of other systems for mails and the requests for them, applied to the finished app."""

import pytest

ADA = "ada@example.com"


# The letter


def test_no_letter_at_a_login(club):
    """Logging in, any number of times, sends nothing."""
    club.add("Ada")
    club.log_in("Ada")
    club.log_in("Ada")

    assert len(club.inbox) == 0


# Another letter


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_only_by_post(club, method):
    """No other method sends a letter."""
    club.add("Ada")

    assert club.log_in("Ada").request(method, "/auth/resend").status in (400, 405)
    assert len(club.inbox) == 0


# Whether the site reveals who is registered


def test_registering_twice(club):
    """A known address gets the same answer as a new one; its owner gets a mail."""
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
    """A request for a new password gets the same answer for every address."""
    club.add("Ada", confirmed=True)
    club.add("Bob")
    pages = [club.visitor().forget(f"{name}@example.com") for name in ("ada", "bob", "nobody")]

    assert len({(page.status, page.path, page.flashes) for page in pages}) == 1
    assert club.letters("nobody@example.com", "") == 0


def test_letters_to_a_stranger(club):
    """Without an account, one can make the site send one mail of each kind a minute at most."""
    club.add("Ada")
    for _ in range(5):
        club.visitor().register("Eve", ADA, "not a feather")
        club.visitor().forget(ADA)

    assert [club.letters(ADA, kind) for kind in ("already", "password", "")] == [1, 1, 2]
