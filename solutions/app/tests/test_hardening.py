"""Tests of the hardened confirmation: for one purpose, one address, and once."""

from datetime import datetime, timedelta, timezone

import jwt
import pytest
from app.extensions import db
from app.models import User, token_keys

# region hardening-tests
def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def is_refused(user, token):
    """A no is a no: the answer says so, and the user has not changed."""
    assert user.confirm(token) is False
    assert user.confirmed is False


def use(user, token):
    """Use a token, commit, and remove the mark again; return the answer."""
    answer = user.confirm(token)
    db.session.commit()
    user.confirmed = False
    db.session.commit()
    return answer


def test_another_purpose(user):
    """A token of ours that was made for another purpose is refused."""
    claims = claims_of(user.generate_confirmation_token())
    claims["aud"] = "reset-password"
    is_refused(user, jwt.encode(claims, token_keys()[0], algorithm="HS512"))


def test_secret_key_itself(app, user):
    """The key that signs cookies signs no tokens."""
    claims = claims_of(user.generate_confirmation_token())
    is_refused(user, jwt.encode(claims, app.secret_key, algorithm="HS512"))


def test_former_address(user):
    """A token works for the address that it was sent to, and for no other."""
    token = user.generate_confirmation_token()
    user.email = "ada@elsewhere.example"
    db.session.commit()
    is_refused(user, token)


@pytest.mark.parametrize("end", ["", "=="])
def test_used_token(user, end):
    """A token works once, even re-encoded."""
    token = user.generate_confirmation_token()
    assert use(user, token) is True
    is_refused(user, token + end)


def test_two_tokens(user):
    """Two tokens made in the same second differ, and each works."""
    one, other = user.generate_confirmation_token(), user.generate_confirmation_token()
    assert one != other
    assert use(user, one) is True
    assert use(user, other) is True


def test_changed_key(app, user, monkeypatch):
    """After a change of key an old token works while the old key is a fallback."""
    token, old = user.generate_confirmation_token(), app.secret_key
    monkeypatch.setitem(app.config, "SECRET_KEY", "a new key " * 8)
    is_refused(user, token)
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    assert user.confirm(token) is True


def test_rollback(user):
    """After a rollback the token still works."""
    token = user.generate_confirmation_token()
    user.confirm(token)
    db.session.rollback()
    assert user.confirmed is False
    assert user.confirm(token) is True
# endregion hardening-tests
