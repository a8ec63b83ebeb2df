"""Check the model of lesson 03 with plain asserts: one function for each of the kit's tests.

The bodies go into the cells of nbgrader's and otter's notebook, after model/given.py, the answers
and model/user.py, whose names they use.
"""

# ruff: noqa: D103, F821


def check_new_user_is_not_confirmed():  # confirmed-column
    user = add()
    db.session.refresh(user)
    assert user.confirmed is False


def check_answer_is_kept():  # confirmed-column
    user_id = add(confirmed=True).id
    db.session.expire_all()
    assert db.session.get(User, user_id).confirmed is True


def check_answer_is_yes_or_no():  # confirmed-column
    user = add(confirmed=True)
    assert type(user.confirmed) is bool


def check_python_has_a_default():  # confirmed-column
    assert User.__table__.columns["confirmed"].default is not None


def check_rows_from_before():  # confirmed-column
    row = text(
        "INSERT INTO user (name, email, password_hash, about, joined_at) "
        "VALUES ('Old', 'old@example.com', '', '', '2020-01-01 00:00:00.000000')"
    )
    db.session.execute(row)
    old = db.session.scalar(db.select(User).where(User.email == "old@example.com"))
    assert old.confirmed is False


def check_no_third_answer():  # confirmed-column
    user = add()
    try:
        db.session.execute(text(f"UPDATE user SET confirmed = NULL WHERE id = {user.id}"))
    except IntegrityError:
        return
    raise AssertionError


def check_token_names_the_user():  # generate-token
    users = add("Ada"), add("Bob")
    tokens = [user.generate_confirmation_token() for user in users]
    assert all(isinstance(token, str) and token.count(".") == 2 for token in tokens)
    named = [claims_of(token)["confirm_id"] for token in tokens]
    assert named == [user.id for user in users]


def check_id_is_a_number():  # generate-token
    assert type(claims_of(add().generate_confirmation_token())["confirm_id"]) is int


def check_token_is_signed():  # generate-token
    token = add().generate_confirmation_token()
    jwt.PyJWS().decode(token, app.secret_key, algorithms=["HS256", "HS384", "HS512"])


def check_token_can_be_decoded():  # generate-token
    token = add().generate_confirmation_token()
    checked = dict.fromkeys(("verify_sub", "verify_jti", "verify_iat", "verify_nbf"), True)
    jwt.decode(token, options={"verify_signature": False} | checked)


def check_token_is_signed_with_hs512():  # generate-token
    header = jwt.get_unverified_header(add().generate_confirmation_token())
    assert header["alg"] == "HS512"


def check_key_is_the_apps():  # generate-token
    user = add()
    with time_machine.travel(NOON, tick=False):
        one = user.generate_confirmation_token()
        app.secret_key, old = "another secret " * 8, app.secret_key
        try:
            two = user.generate_confirmation_token()
        finally:
            app.secret_key = old
    assert one != two


def check_token_ends():  # generate-token
    assert "exp" in claims_of(add().generate_confirmation_token())


def check_token_lives_for_an_hour():  # generate-token
    with time_machine.travel(NOON, tick=False):
        ends(claims_of(add().generate_confirmation_token()), 3600)


def check_lifetime_is_used():  # generate-token
    user = add()
    with time_machine.travel(NOON, tick=False):
        for seconds in (10, 86400):
            ends(claims_of(user.generate_confirmation_token(expiration_sec=seconds)), seconds)


def check_no_lifetime():  # generate-token
    user = add()
    with time_machine.travel(NOON, tick=False):
        ends(claims_of(user.generate_confirmation_token(expiration_sec=0)), 0)


def check_lifetime_in_new_york():  # generate-token
    user = add()
    try:
        os.environ["TZ"] = "America/New_York"
        time.tzset()
        claims = claims_of(user.generate_confirmation_token())
    finally:
        os.environ.pop("TZ")
        time.tzset()
    assert abs(claims["exp"] - time.time() - 3600) < 360


def check_lifetime_in_tokyo():  # generate-token
    user = add()
    try:
        os.environ["TZ"] = "Asia/Tokyo"
        time.tzset()
        claims = claims_of(user.generate_confirmation_token())
    finally:
        os.environ.pop("TZ")
        time.tzset()
    assert abs(claims["exp"] - time.time() - 3600) < 360


def check_unsaved_user_gets_no_token():  # generate-token
    token = None
    with suppress(Exception):
        token = User(name="Nobody", email="nobody@example.com").generate_confirmation_token()
    assert not token


def check_own_token():  # confirm-token
    user = add()
    assert user.confirm(user.generate_confirmation_token()) is True
    assert user.confirmed is True


def check_other_users_token():  # confirm-token
    ada, bob = add("Ada"), add("Bob")
    refuses(bob, ada.generate_confirmation_token())
    assert not ada.confirmed


def check_expired_token():  # confirm-token
    user = add()
    with time_machine.travel(NOON, tick=False) as clock:
        token = user.generate_confirmation_token(expiration_sec=60)
        clock.shift(timedelta(seconds=60))
        refuses(user, token)
        clock.shift(timedelta(hours=5))
        refuses(user, token)


def check_last_second():  # confirm-token
    user = add()
    with time_machine.travel(NOON, tick=False) as clock:
        token = user.generate_confirmation_token(expiration_sec=60)
        clock.shift(timedelta(seconds=59))
        assert user.confirm(token) is True


def check_signature_counts():  # confirm-token
    user = add()
    header, claims, _ = user.generate_confirmation_token().split(".")
    refuses(user, f"{header}.{claims}.{'A' * 86}")


def check_changed_token():  # confirm-token
    user = add()
    token = user.generate_confirmation_token()
    for part in range(3):
        refuses(user, changed(token, part))


def check_other_key():  # confirm-token
    user = add()
    refuses(user, forged(user, key="not the app's key " * 4))


def check_other_algorithm():  # confirm-token
    user = add()
    for algorithm in ("HS256", "HS384"):
        refuses(user, forged(user, algorithm=algorithm))


def check_no_signature():  # confirm-token
    user = add()
    refuses(user, forged(user, key="", algorithm="none"))


def check_guessed_text():  # confirm-token
    user = add()
    for known in (str(user.id), user.email, user.name):
        refuses(user, known)
        refuses(user, base64.urlsafe_b64encode(known.encode()).decode())
        refuses(user, hashlib.md5(known.encode()).hexdigest())


def check_a_refusal_is_a_plain_no():  # confirm-token
    user = add()
    for bad in ("abc", changed(user.generate_confirmation_token(), 2), forged(user, key="x" * 64)):
        assert user.confirm(bad) is False


def check_no_token_at_all():  # confirm-token
    user = add()
    token = user.generate_confirmation_token()
    odd = ["", "abc", "a.b.c", "...", token[:-20], token + ".", token.replace(".", ""), "e" * 5000]
    for one in odd:
        refuses(user, one)


def check_confirmed_user_stays_confirmed():  # confirm-token
    ada, bob = add("Ada", confirmed=True), add("Bob")
    ada.confirm(bob.generate_confirmation_token())
    ada.confirm(forged(ada, key="x" * 64))
    assert ada.confirmed


def check_claims_are_required():  # confirm-token
    user = add()
    for name in ("exp", "confirm_id"):
        refuses(user, forged(user, without=[name]))


def check_unsaved_user_is_not_confirmed():  # confirm-token
    nobody = User(name="Nobody", email="nobody@example.com")
    saved = add()
    refuses(nobody, saved.generate_confirmation_token())
    refuses(nobody, forged(saved, confirm_id=None))


def check_nothing_is_saved_without_commit():  # confirm-token
    user = add()
    user_id = user.id
    user.confirm(user.generate_confirmation_token())
    db.session.rollback()
    assert not db.session.get(User, user_id).confirmed


def check_a_commit_saves_it():  # confirm-token
    user = add()
    user_id = user.id
    user.confirm(user.generate_confirmation_token())
    db.session.commit()
    db.session.expire_all()
    assert db.session.get(User, user_id).confirmed
