"""Tests of the confirmation: every way to succeed, and every way to fail."""

from datetime import datetime, timedelta, timezone

import jwt
import pytest
from app.extensions import db
from app.models import User

# region confirmation-tests
def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def signed(claims, key, algorithm="HS512"):
    return jwt.encode(claims, key, algorithm=algorithm)


def seconds_left(token):
    return claims_of(token)["exp"] - datetime.now(timezone.utc).timestamp()


def is_refused(user, token):
    """A no is a no: the answer says so, and the user has not changed."""
    assert user.confirm(token) is False
    assert user.confirmed is False


def test_own_token(user):
    """My own fresh token gets a yes, and confirms me."""
    assert user.confirm(user.generate_confirmation_token()) is True
    assert user.confirmed is True


def test_other_users_token(user, other):
    """Somebody else's token confirms neither of us."""
    is_refused(user, other.generate_confirmation_token())
    assert other.confirmed is False


def test_a_stranger_spoils_nothing(user, other):
    """A token that a stranger has tried is as good as before."""
    token = user.generate_confirmation_token()
    is_refused(other, token)
    assert user.confirm(token) is True


@pytest.mark.parametrize("seconds", [0, -1])
def test_expired_token(user, seconds):
    """A token is refused from the second in which it expires."""
    is_refused(user, user.generate_confirmation_token(expiration_sec=seconds))


def test_changed_token(user):
    """One changed letter spoils the signature."""
    token = user.generate_confirmation_token()
    middle = len(token) // 2
    letter = "B" if token[middle] != "B" else "C"
    is_refused(user, token[:middle] + letter + token[middle + 1 :])


def test_other_key(user):
    """A token with the right claims is a forgery if the key is not the app's."""
    claims = claims_of(user.generate_confirmation_token())
    is_refused(user, signed(claims, "a key of my own " * 4))


def test_other_algorithm(app, user):
    """A token with another algorithm is refused, and so is one without a signature."""
    claims = claims_of(user.generate_confirmation_token())
    is_refused(user, signed(claims, app.secret_key, "HS256"))
    is_refused(user, signed(claims, "", "none"))


@pytest.mark.parametrize("text", ["", "coo", "a.b.c"])
def test_no_token(user, text):
    """A text that is no token gets a plain no, and raises nothing."""
    is_refused(user, text)


def test_half_a_token(user):
    """A token that lost its end in the mail is refused."""
    is_refused(user, user.generate_confirmation_token()[:-20])


@pytest.mark.parametrize("name", ["exp", "confirm_id"])
def test_claim_left_out(app, user, name):
    """A token that does not say until when, or for whom, is refused."""
    claims = claims_of(user.generate_confirmation_token())
    del claims[name]
    is_refused(user, signed(claims, app.secret_key))


def test_unsaved_user(user):
    """A user who was never saved gets no token, and no token confirms them."""
    nobody = User(name="Nobody", email="nobody@example.com")
    assert nobody.confirm(user.generate_confirmation_token()) is False
    with pytest.raises(ValueError):
        nobody.generate_confirmation_token()


def test_lifetime(user):
    """A token lives for an hour, or for as long as the caller says."""
    assert abs(seconds_left(user.generate_confirmation_token()) - 3600) < 5
    assert abs(seconds_left(user.generate_confirmation_token(expiration_sec=90)) - 90) < 5


def test_a_commit_keeps_the_yes(user):
    """After a yes and a commit, the database says yes."""
    user.confirm(user.generate_confirmation_token())
    db.session.commit()
    db.session.refresh(user)
    assert user.confirmed is True


def test_a_rollback_undoes_the_yes(user):
    """After a yes and a rollback, the database says no: the caller decides."""
    user.confirm(user.generate_confirmation_token())
    db.session.rollback()
    assert user.confirmed is False
# endregion confirmation-tests
