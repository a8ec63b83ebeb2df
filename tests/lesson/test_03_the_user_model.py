"""Graded tests of lesson 03: the column, making a token, checking a token."""

import os
import time
from datetime import datetime, timedelta, timezone

import jwt
import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

pytestmark = pytest.mark.usefixtures("context")

column = pytest.mark.exercise("confirmed-column")
generate = pytest.mark.exercise("generate-token")
confirm = pytest.mark.exercise("confirm-token")

NOON = datetime(2031, 5, 6, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def reasons(monkeypatch):
    """Note why PyJWT refuses, also where the app catches it and keeps it to itself."""
    seen = []
    decode = jwt.decode

    def noted(*args, **named):
        try:
            return decode(*args, **named)
        except Exception as error:
            seen.append(f"{type(error).__name__}: {error}")
            raise

    monkeypatch.setattr(jwt, "decode", noted)
    return seen


@column
def test_new_user_is_not_confirmed(db, add):
    """A new user is not confirmed."""
    user = add()

    db.session.refresh(user)

    assert hasattr(user, "confirmed"), "a user has no attribute 'confirmed'"
    assert user.confirmed is False, f"a new user's 'confirmed' reads {user.confirmed!r}"


@column
def test_answer_is_kept(db, User, add):
    """Once set and saved, the answer is still there when the user is read again."""
    user_id = add(confirmed=True).id

    db.session.expire_all()

    kept = getattr(db.session.get(User, user_id), "confirmed", None)
    assert kept is True, (
        f"'confirmed' was saved as True and read back as {kept!r}; is it a column of the table?"
    )


@column
def test_rows_from_before(db, User):
    """A row that knows nothing of the column, as old rows do, reads as not confirmed."""
    row = text(
        "INSERT INTO user (name, email, password_hash, about, joined_at) "
        "VALUES ('Old', 'old@example.com', '', '', '2020-01-01 00:00:00.000000')"
    )
    try:
        db.session.execute(row)
    except IntegrityError:
        raise AssertionError(
            "the database has no value of its own for 'confirmed' in a row that Python did not make"
        ) from None
    old = db.session.scalar(db.select(User).where(User.email == "old@example.com"))

    read = getattr(old, "confirmed", "nothing")
    assert read is False, (
        f"an old row's 'confirmed' reads {read!r}; what does the database fill in?"
    )


@column
def test_no_third_answer(db, add):
    """The column takes yes or no, and never an empty value."""
    user = add()

    try:
        db.session.execute(text(f"UPDATE user SET confirmed = NULL WHERE id = {user.id}"))
    except IntegrityError:
        return

    raise AssertionError("the database took NULL for 'confirmed'; may the column be empty?")


@generate
def test_token_is_a_jwt(press, add):
    """A saved user gets a token: one text, three parts, two dots."""
    token = press.token(add())

    assert isinstance(token, str), (
        f"the token is of type {type(token).__name__}, not str; does the method return it?"
    )
    assert token.count(".") == 2, f"the token has {token.count('.')} dots: {token[:40]!r}"


@generate
def test_token_names_the_user(press, add):
    """The claim confirm_id holds the user's id."""
    ada, bob = add("Ada"), add("Bob")

    named = [press.claims(press.token(user)).get("confirm_id") for user in (ada, bob)]

    assert named == [ada.id, bob.id], (
        f"users {ada.id} and {bob.id} got tokens whose confirm_id is {named[0]!r} and {named[1]!r}"
    )


@generate
def test_token_is_signed_with_hs512(press, add):
    """The token is signed with HS512."""
    header = jwt.get_unverified_header(press.token(add()))

    assert header["alg"] == "HS512", f"the token's header names the algorithm {header['alg']!r}"


@generate
def test_key_is_the_apps(app, press, add, monkeypatch):
    """The signing key hangs on the app's secret key: another secret gives another signature."""
    user = add()
    with time_machine.travel(NOON, tick=False):
        press.token(user)
        key = press.key
        monkeypatch.setitem(app.config, "SECRET_KEY", "another secret " * 8)
        press.token(user)

    assert key is None or key != press.key, (
        "the app got another secret key, and the token was still signed with the key from before"
    )


@generate
def test_token_lives_for_an_hour(press, add):
    """Unless told otherwise, the token ends an hour from now."""
    with time_machine.travel(NOON, tick=False):
        claims = press.claims(press.token(add()))

    _ends(claims, 3600, "by default")


@generate
def test_lifetime_is_used(press, add):
    """The parameter expiration_sec sets the lifetime, and 0 means that it ends at once."""
    user = add()
    with time_machine.travel(NOON, tick=False):
        for seconds in (10, 86400, 0):
            claims = press.claims(press.token(user, expiration_sec=seconds))
            _ends(claims, seconds, f"with expiration_sec={seconds}")


@generate
@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system cannot change its time zone")
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_lifetime_elsewhere(press, add, monkeypatch, zone):
    """The token ends at the same moment wherever the server stands, also off UTC."""
    user = add()
    old = os.environ.get("TZ")
    try:
        os.environ["TZ"] = zone
        time.tzset()
        claims = press.claims(press.token(user))
        now = time.time()
    finally:
        os.environ.pop("TZ") if old is None else os.environ.update(TZ=old)
        time.tzset()

    hours = (claims["exp"] - now - 3600) / 3600
    assert abs(hours) < 0.1, f"in {zone} the token's end is off by {hours:+.0f} hours"


@generate
def test_unsaved_user_gets_no_token(User):
    """A user who was never saved has no id yet, and gets no token."""
    try:
        token = User(name="Nobody", email="nobody@example.com").generate_confirmation_token()
    except Exception:
        return  # a refusal by exception is as good as an empty answer

    assert not token, "a user whose id is None got a token all the same"


@confirm
def test_own_token(press, add, reasons):
    """One's own fresh token is accepted, and the user is confirmed from then on."""
    user = add()

    said = user.confirm(press.token(user))

    why = f"; inside, jwt.decode raised {reasons[-1]}" if reasons else ""
    assert said is True, f"confirm() answered {said!r} to the user's own fresh token{why}"
    assert user.confirmed is True, "confirm() said yes, and 'confirmed' is not True"


@confirm
def test_other_users_token(press, add):
    """Another user's token confirms neither of the two."""
    ada, bob = add("Ada"), add("Bob")

    _refuses(bob, press.token(ada), "another user's token")
    assert not ada.confirmed, "Bob brought Ada's token, and Ada was confirmed"


@confirm
def test_expired_token(press, add):
    """A token is refused from its last second on."""
    user = add()
    with time_machine.travel(NOON, tick=False) as clock:
        token = press.token(user, expiration_sec=60)
        clock.shift(timedelta(seconds=60))
        _refuses(user, token, "a token that ends this very second")
        clock.shift(timedelta(hours=5))
        _refuses(user, token, "a token that ended five hours ago")


@confirm
def test_changed_token(press, add):
    """A token of which one character was changed on its way is refused."""
    user = add()
    token = press.token(user)
    for part in range(3):
        _refuses(user, _changed(token, part), f"a token with a change in part {part + 1} of 3")


@confirm
def test_other_key(press, add):
    """A token that somebody else signed, with a key of their own, is refused."""
    user = add()

    _refuses(user, press.forged(user, key="not the app's key " * 4), "a token of another key")


@confirm
def test_other_algorithm(press, add):
    """A token that names another algorithm, or none, is refused even with the right key."""
    user = add()

    for algorithm in ("HS256", "HS384"):
        _refuses(user, press.forged(user, algorithm=algorithm), f"a token signed with {algorithm}")
    _refuses(user, press.forged(user, key="", algorithm="none"), "a token with no signature")


@confirm
def test_no_token_at_all(press, add):
    """Text that is no token gets a plain no, and raises nothing."""
    user = add()
    token = press.token(user)
    odd = ["", "abc", "a.b.c", "...", token[:-20], token + ".", token.replace(".", ""), "e" * 5000]
    for text_ in odd:
        _refuses(user, text_, f"the text {text_[:20]!r}")


@confirm
def test_claims_are_required(press, add):
    """A token without an end, or without an id, is refused however good its signature is."""
    user = add()

    for name in ("exp", "confirm_id"):
        _refuses(user, press.forged(user, without=[name]), f"a token without the claim {name!r}")


@confirm
def test_unsaved_user_is_not_confirmed(User, press, add):
    """A user who was never saved is confirmed by no token, not even by one that names nobody."""
    nobody = User(name="Nobody", email="nobody@example.com")
    saved = add()

    _refuses(nobody, press.token(saved), "an unsaved user with a saved user's token")
    empty = press.forged(saved, confirm_id=None)
    _refuses(nobody, empty, "an unsaved user with a token whose confirm_id is empty")


@confirm
def test_nothing_is_saved_without_commit(db, User, press, add):
    """confirm() leaves the commit to its caller: a rollback undoes it."""
    user = add()
    user_id = user.id

    user.confirm(press.token(user))
    db.session.rollback()

    assert not db.session.get(User, user_id).confirmed, "confirm() saved the user by itself"


@confirm
def test_a_commit_saves_it(db, User, press, add):
    """After confirm() and a commit, the database says so too."""
    user = add()
    user_id = user.id

    user.confirm(press.token(user))
    db.session.commit()
    db.session.expire_all()

    assert db.session.get(User, user_id).confirmed, "after a commit the database still says no"


def _ends(claims, seconds, when):
    assert "exp" in claims, f"{when} the token has no claim 'exp', so it never ends"
    left = claims["exp"] - NOON.timestamp()
    assert abs(left - seconds) < 2, (
        f"{when} the token ends {left:.0f} seconds from now; it should be {seconds}"
    )


def _refuses(user, token, what):
    try:
        said = user.confirm(token)
    except Exception as error:
        name = type(error).__name__
        # A name that is misspelt says itself what is wrong; the refusals of PyJWT need no more.
        why = f" ({error})" if isinstance(error, (NameError, AttributeError, TypeError)) else ""
        said = f"confirm() raised {name}{why} for {what}; it should say False"
        raise AssertionError(said) from error
    assert not said, f"confirm() said yes to {what}"
    assert not user.confirmed, f"confirm() said no to {what}, but marked the user as confirmed"


def _changed(token, part):
    parts = token.split(".")
    middle = len(parts[part]) // 2
    letter = "B" if parts[part][middle] != "B" else "C"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]
    return ".".join(parts)
