"""Facts about tokens that live much longer than others."""

import jwt
import pytest

from confirmlab.checks.app.lifetimes import Lifetimes

KEY = "k" * 64
HOUR, YEARS = {"exp": 3600}, {"exp": 10**8}


def lifetimes_of(*claims):
    lifetimes = Lifetimes()
    lifetimes.test = "one"
    for each in claims:
        lifetimes.see(jwt.encode(each, KEY, "HS512"), now=0)
    return lifetimes


@pytest.mark.parametrize("odd", [YEARS, {}])
def test_one_that_lives_for_years_among_others(odd):
    """If one token of many expires never, or only after years, the test of the expiry fails."""
    assert "Of 4 tokens made in all tests 1" in lifetimes_of(HOUR, HOUR, odd, HOUR).refuted["one"]


@pytest.mark.parametrize("claims", [HOUR, YEARS, {"exp": 86400}, {}])
def test_tokens_that_are_alike(claims):
    """If all tokens have the same lifetime, other tests judge it."""
    assert lifetimes_of(claims, claims).refuted == {}


def test_what_is_not_a_jwt():
    """A token that cannot be decoded is skipped."""
    lifetimes = lifetimes_of(HOUR)
    lifetimes.see("WyJhIl0.Zm9v.c2ln", now=0)
    assert lifetimes.refuted == {}
