"""Facts about the record of what an app does with PyJWT."""

from contextlib import suppress

import jwt
import pytest
from jwt.algorithms import HMACAlgorithm

from confirmlab.site.driver.jwt_watch import JwtWatch

KEYS = [b"the first key " * 5, b"the second key " * 5]


@pytest.fixture
def watch(monkeypatch):
    monkeypatch.setattr(HMACAlgorithm, "sign", HMACAlgorithm.sign)
    monkeypatch.setattr(jwt, "decode", jwt.decode)
    return JwtWatch()


def test_all_keys_are_kept_that_a_token_is_verified_with(watch):
    """The keys that do not fit are recorded too, until they are forgotten."""
    token = jwt.encode({}, KEYS[1], "HS512")
    watch.forget()
    for key in KEYS:
        with suppress(jwt.InvalidTokenError):
            jwt.decode(token, key, ["HS512"])

    assert watch.keys_in_hex == [key.hex() for key in KEYS] and watch.decoded
    watch.forget()
    assert watch.keys_in_hex == []
