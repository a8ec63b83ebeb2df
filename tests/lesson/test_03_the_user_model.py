"""Graded tests of lesson 03: the column, making a token, checking a token."""

import random
import secrets
from contextlib import suppress
from functools import partial

import pytest

from confirmlab.checks.app.app_errors import AppError
from confirmlab.checks.app.app_model import is_signed_with
from confirmlab.checks.app.app_values import is_true, show
from confirmlab.checks.app.token_forge import (
    changed,
    claims_of,
    guesses,
    header_of,
    refused_claim,
    signed_with_each,
    with_one_change,
)
from confirmlab.checks.cases import in_any_order
from confirmlab.checks.text.random_words import MAIL_HOSTS
from confirmlab.site.driver.quick_hashes import quick_hash

column = partial(pytest.mark.exercise, "confirmed-column")
generate = partial(pytest.mark.exercise, "generate-token")
confirm = partial(pytest.mark.exercise, "confirm-token")

# Keys of books, of examples on the web, and of first drafts.
KNOWN_KEYS = (
    *("secret", "dev", "change-me", "key", "secret-key", "my_secret_key", "SECRET_KEY"),
    *("hard to guess string", "you-will-never-guess", "your-256-bit-secret"),
)


@pytest.fixture
def add(app):
    """Return a function that saves a new user as the app does, and returns what is known of it."""

    def add(at="", in_request=False, name="", **values):
        name, email = app.person(name, at=at or app.mail_host())
        values |= {
            "within": app.request_context(None, "/auth/register", "POST") if in_request else None
        }
        return app.process.order("add", name=name, email=email, password=app.password, **values)

    return add


# The column


@column(required=True)
def test_new_user_is_not_confirmed(app, add):
    """A new user is not confirmed."""
    users, today = [add(name="Admin")], app.now()
    for place, host in enumerate(sum(MAIL_HOSTS, ())):  # they join on all days of the week
        app.clock(today + 86400 * place, tick=True)
        users.append(add(at=host, in_request=place % 2 == 1))
    reads = [user["confirmed"] for user in users]

    assert "nothing" not in reads, "a user has no attribute 'confirmed'"
    wrong = [show(read) for read in reads if is_true(read)]
    assert not wrong, f"a new user's 'confirmed' reads {wrong[0]}"


@column(required=True)
def test_answer_is_kept(app, add):
    """A saved yes is still there when the user is read again."""
    user = add(confirmed=True)
    app.switch_process()
    kept = app.process.order("attribute", member=user["id"], name="confirmed")

    assert "confirmed" in app.database.columns("user"), "the table has no column 'confirmed'"
    assert kept != "nothing" and is_true(kept), (
        f"'confirmed' was saved as True and read back as {show(kept)}; is it a column of the table?"
    )


@column(points=3)
def test_answer_is_yes_or_no(add):
    """The column reads True or False, and nothing else."""
    read = add()["confirmed"], add(confirmed=True)["confirmed"]

    assert read[0] is False and read[1] is True, (
        f"'confirmed' reads {show(read[0])} for no and {show(read[1])} for yes; which type "
        "does the column have?"
    )


@column(grave="old-members")
def test_rows_from_before(app):
    """A row that is older than the column reads as not confirmed."""
    name, email = app.person()
    values = (name, email, quick_hash(app.password), "", "2020-01-01 00:00:00.000000")
    try:
        (number,) = app.database.ask(
            "INSERT INTO user (name, email, password_hash, about, joined_at) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            *values,
        )[0]
    except AppError:
        raise AssertionError(
            "the database has no default for 'confirmed', so it cannot fill in a row that is there "
            "already; which argument of mapped_column sets one?"
        ) from None
    read = app.process.order("attribute", member=number, name="confirmed")

    assert read is not None and read != "nothing" and not is_true(read), (
        f"an old row's 'confirmed' reads {show(read)}; what does the database fill in?"
    )
    assert app.log_in(email, app.password) == number, (
        "a member who is not confirmed cannot log in with the right password, so nobody can ask "
        "for a mail or use its link"
    )


@column()
def test_no_third_answer(app, member):
    """The column is never empty: the database refuses NULL."""
    ada = member()

    try:
        app.database.ask("UPDATE user SET confirmed = NULL WHERE id = ?", ada.id)
    except AppError as error:
        assert "no such column" not in str(error), "the table has no column 'confirmed'"
        return

    raise AssertionError("the database took NULL for 'confirmed'; may the column be empty?")


@column()
def test_python_has_a_default(app):
    """The column has a Python default for new users."""
    assert app.process.order("has_default", name="confirmed"), (
        "the column has no default of Python's; there are two, `default` and `server_default`"
    )


# Making a token


@pytest.fixture
def many_tokens(app, varied_member, seen):
    """Return a function that returns members of all kinds with their tokens, once for all tests.

    It also returns whether making them confirmed a member; half of them are made in requests.
    """

    def many_tokens():
        members = [varied_member() for _ in range(7)] * 14
        app.token(members[0])  # if it is no text, this says so
        half = len(members) // 2
        made = [*app.tokens(members[:half]), *app.tokens(members[half:], in_request=True)]
        marked = "confirmed" in app.database.columns("user") and any(
            app.is_confirmed(one) for one in members[:7]
        )
        return list(zip(members, made, strict=False)), marked

    return lambda: seen("many tokens", many_tokens)


@generate(required=True)
def test_token_names_the_user(app, member, many_tokens):
    """A saved user gets a token whose claim confirm_id holds the user's id."""
    ada, bob = member(), member()

    claims = [claims_of(app.token(user)) for user in (ada, bob)]
    name = _name_of_the_id(claims[0], ada)  # another test asks for this name
    named = [one.get(name) for one in claims]
    assert [str(one) for one in named] == [str(ada.id), str(bob.id)], (
        f"users {ada.id} and {bob.id} got tokens whose confirm_id is {named[0]!r} and {named[1]!r}"
    )
    made, marked = many_tokens()
    assert not marked, (
        "making a token for a user has confirmed this user; it should only return the token"
    )
    for user, token in made:
        named = claims_of(token).get(name)
        assert str(named) == str(user.id), (
            f"user {user.id}, {user.email}, got a token whose {name} is {named!r}"
        )


def _name_of_the_id(claims, user):
    """Return the name of the claim that holds a user's id, "confirm_id" if it does or none does."""
    names = [name for name, value in claims.items() if str(value) == str(user.id)]
    return names[0] if names and "confirm_id" not in claims else "confirm_id"


@generate(grave="id-as-text")
def test_id_is_a_number(app, member):
    """The claim confirm_id is a number, as the user's id is."""
    ada = member()
    claims = claims_of(app.token(ada))
    name, named = _name_of_the_id(claims, ada), claims.get("confirm_id")

    assert name == "confirm_id", f"the claim that holds the id is {name!r}, and not 'confirm_id'"
    assert type(named) is int, f"confirm_id is {named!r}, of type {type(named).__name__}"


@generate(grave="no-signature")
def test_token_is_signed(app, member, many_tokens):
    """Tokens are signed by jwt.encode, all with the same key."""
    made, _ = many_tokens()  # before the clock is set: they may be of another year
    app.today()
    ada = member()
    header_of(app.token(ada))
    _, key = app.key(ada)

    assert key, "the signature of the token was not made by jwt.encode"
    for user, token in made:
        assert is_signed_with(token, key), (
            f"user {user.id}, {user.email}, got a token that is signed with another key"
        )


@generate(grave="unreadable")
def test_token_can_be_decoded(app, member):
    """A token that was just made can be decoded: no claim in it makes jwt.decode refuse it."""
    ada = member()
    # Late in a second: a claim in whole seconds that was rounded up lies in the future.
    app.clock(int(app.now()) + 0.75)
    token = app.token(ada)
    why = refused_claim(token, app.now())
    with suppress(AppError):  # confirm() may ask jwt.decode for this claim, or to leave it alone
        why = "" if why and app.call_confirm(ada, token, in_request=True).is_true else why

    assert not why, f"jwt.decode refuses a token that was just made: {why}"
    token = app.call("generate_confirmation_token", ada)["returned"]
    assert type(token) is str, (
        f"generate_confirmation_token() returned {show(token)}, and a token is a text: the link "
        "would hold the b and the quotes, too"
    )


@generate(points=2)
def test_algorithm_is_hs512(app, member, many_tokens):
    """The token is signed with HS512."""
    for token in (app.token(member()), *(token for _, token in many_tokens()[0])):
        named = header_of(token).get("alg")
        assert named == "HS512", (
            f"the token's header names the algorithm {named!r}; which one is jwt.encode given?"
        )


@generate(grave="weak-key")
def test_key_is_the_apps(app, member):
    """The key that signs is made from the whole secret key of the app and from nothing else."""
    ada = member()
    secret = app.host.secret_key
    token = app.token(ada)
    shown = app.leak(f"{header_of(token)} {claims_of(token)}")
    assert not shown, f"the claims, which anybody can read, hold {shown}"
    key = app.key(ada)[1]
    assert key is None or len(key) >= 32, (
        f"tokens are signed with a key of {len(key)} bytes; is it the app's secret key?"
    )
    app.restart()
    assert app.key(ada)[1] == key, "after a restart of the app, tokens are signed with another key"
    for place in (0, random.randrange(20, 100), len(secret) - 1):
        app.process.order("config", SECRET_KEY=with_one_change(secret, place))
        changed_key = app.key(ada)[1]
        assert changed_key is None or changed_key != key, (
            f"character {place + 1} of {len(secret)} of the app's secret key was changed, and the "
            "token was still signed with the key from before"
        )


@generate(grave="no-end")
def test_token_ends(app, member, many_tokens):
    """A token expires: it has the claim exp."""
    app.lifetimes.test = app.watched.test
    ends = [claims_of(token).get("exp") for _, token in many_tokens()[0]]
    assert ends and all(type(end) in (int, float) for end in ends), (
        "the token has no claim 'exp' that is a number of seconds: it never expires"
    )
    most = max(ends) - min(ends)
    assert most < 10, (
        f"of {len(ends)} tokens made at the same time one lives {most:.0f} seconds longer than "
        "another; what makes the difference?"
    )
    app.today()
    app.token(member())  # how long it lives is compared with all others, see app.lifetimes


@generate()
def test_token_lives_for_an_hour(app, member):
    """By default the token expires in one hour."""
    app.process.order("zone", name="UTC")
    app.clock(app.some_day())

    _assert_lifetime(app, claims_of(app.token(member())), 3600, "by default")


@generate(points=3)
def test_lifetime_is_used(app, member):
    """The parameter expiration_sec sets the lifetime."""
    app.process.order("zone", name="UTC")
    app.clock(app.some_day())
    ada = member()
    for seconds in (random.randrange(2, 60), random.randrange(7200, 10**6)):
        claims = claims_of(app.token(ada, expiration_sec=seconds))
        _assert_lifetime(app, claims, seconds, f"with expiration_sec={seconds}")


@generate()
def test_no_lifetime(app, member):
    """With expiration_sec=0 the token expires at once."""
    app.process.order("zone", name="UTC")
    app.clock(app.some_day())

    claims = claims_of(app.token(member(), expiration_sec=0))
    _assert_lifetime(app, claims, 0, "with expiration_sec=0")


@generate(points=2)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_lifetime_elsewhere(app, member, zone):
    """The token expires on time in every time zone."""
    ada = member()
    app.process.order("zone", name=zone)
    claims = claims_of(app.token(ada))

    _assert_time(claims)
    hours = (claims.get("exp", 0) - app.now() - 3600) / 3600
    if abs(hours) >= 0.1:  # if it is as wrong at home, the zone is not the reason
        app.process.order("zone", name="UTC")
        app.clock(app.some_day())
        _assert_lifetime(app, claims_of(app.token(ada)), 3600, "by default")
    hint = "; which zone does its time have?" if abs(hours) < 15 else ""
    assert abs(hours) < 0.1, f"in {zone} the token's expiry is off by {hours:+.0f} hours{hint}"


@generate(points=2)
def test_unsaved_user_gets_no_token(app):
    """A user who was never saved has no id and gets no token."""
    name, email = app.person()
    # Complete, so that an app that saves this user meets no error that would look like a refusal.
    nobody = {"name": name, "email": email, "password_hash": "none"}
    try:
        returned = app.call("generate_confirmation_token", nobody)["returned"]
    except AppError:
        return  # a refusal by exception is as good as an empty answer

    assert not is_true(returned), "a user whose id is None got a token all the same"


# Checking a token


@confirm(required=True)
def test_own_token(app, member, varied_member, own_sites):
    """A user's own fresh token is accepted, even after a restart of the app."""
    ada = member()
    token = app.token(ada)
    header_of(token)  # if it is no token, this says so
    app.switch_process()
    returned = app.call_confirm(ada, token, end="commit", in_request=True)

    assert _has_accepted(returned), (
        f"confirm() answered {returned.shown} to the user's own fresh token"
        f"{_hint_on_refusal(returned)}"
    )
    long_ago = app.as_stored(app.now() - random.uniform(400, 900) * 86400)
    others = (
        app.member(at="gmail.com", joined_at=long_ago),
        app.member(id=app.free_first_number()),
    )
    for name, bob in zip(own_sites, others, strict=True):
        returned = app.call_confirm(bob, app.token(bob), end="commit", in_request=True, host=name)
        assert _has_accepted(returned), (
            f"confirm() answered {returned.shown} to a fresh token in a request to {name}"
            f"{_hint_on_refusal(returned)}"
        )
    # An app that accepts this, too, has not checked the token.
    noise = ".".join(secrets.token_urlsafe(size) for size in (27, 30, 64))
    bob = varied_member()
    with suppress(AppError):  # another test checks how it refuses
        other = app.call_confirm(bob, noise, end="commit", in_request=True)
        # Another test checks apps that mark the user whatever they answer.
        assert not (other.is_true if returned.is_true else _has_accepted(other)), (
            f"to any text confirm() answers {other.shown}, which counts as a yes, or marks the user"
        )


@confirm(required=True)
def test_signature_counts(app, member, forge):
    """A correctly signed token is accepted, even if this app did not issue it."""
    ada = member()
    token = forge.forged(ada)
    returned = app.call_confirm(ada, token, end="commit", in_request=True)

    assert _has_accepted(returned), (
        "confirm() said no to a good token that was signed elsewhere, with the key of your tokens"
        f"{_hint_on_refusal(returned)}"
    )


@confirm(grave="forgets")
def test_user_is_marked(app, member):
    """After confirm() returns True, the user is confirmed, and a commit saves that."""
    ada, bob = member(), member()
    rest = "SELECT name, email, password_hash, about FROM user WHERE id = ?", ada.id
    before = app.database.ask(*rest)

    try:
        # Tests and scripts call it outside of a request, where nobody is logged in.
        returned = app.call_confirm(ada, app.token(ada), end="commit", in_request=False)
    except AppError as error:
        raise AssertionError(
            f"outside of a request confirm() raised {error.type}: {error.message}; "
            "does it need more than its user and the token?"
        ) from error
    assert returned.is_true, f"confirm() answered {returned.shown} to the user's own fresh token"
    assert is_true(returned.confirmed) and app.is_confirmed(ada), (
        "confirm() said yes, and after a commit 'confirmed' is not True"
    )
    assert not app.is_confirmed(bob), "a user was confirmed, and another one with it"
    assert app.database.ask(*rest) == before, (
        "confirm() changed more of the user than 'confirmed': the name, the address or the password"
    )


@confirm()
def test_nothing_is_saved_without_commit(app, member):
    """confirm() leaves the commit to its caller: a rollback undoes it."""
    ada = member()

    returned = app.call_confirm(ada, app.token(ada), end="rollback", in_request=True)
    assert returned.is_true, f"confirm() answered {returned.shown} to the user's own fresh token"
    assert not app.is_confirmed(ada), "confirm() saved the user by itself"


@confirm(grave="no-identity", points=2)
def test_other_users_token(app, member, own_sites, forge):
    """Another user's token confirms neither user."""
    # Not of the kinds that varied_member draws: each of those has to meet a bad token.
    ada, bob = member(), app.member_of_another_kind("another user")
    token = app.token(ada)

    hashes = "SELECT password_hash FROM user WHERE id IN (?, ?)", ada.id, bob.id
    before = app.database.ask(*hashes)
    _assert_refused(app, bob, token, "another user's token")
    assert not app.is_confirmed(ada), "somebody brought another user's token, who was confirmed"
    assert app.database.ask(*hashes) == before, "another user's token changed a password"
    _assert_refused(app, ada, app.token(bob), "another user's token", in_request=False)
    _assert_accepted(app, ada, token, "another user had tried it")
    _assert_refused(
        app, bob, token, "another user's token, which its owner has used,", in_request=False
    )
    # Whose token it is counts, and not what the two have in common.
    cora = member()
    like_her = {"at": cora.email.partition("@")[2], "confirmed": True}
    first = app.member(id=app.free_first_number(), **like_her)
    app.database.ask("UPDATE user SET name = ? WHERE id = ?", cora.name, first.id)
    namesakes = "the token of the first user, a namesake,"
    _assert_refused(app, cora, app.token(first), namesakes, at=own_sites[0])
    app.today()
    _assert_refused(app, member(), app.token(member()), "another user's token", at=own_sites[1])
    longer = _members_with_longer_numbers(app, cora)
    own, *others = app.tokens([cora, *longer])
    accepted = app.accepted(cora, others), *(app.accepted(dora, [own]) for dora in longer)
    assert not any(accepted), (
        "confirm() said yes to the token of a user whose number only begins or ends alike"
    )
    of_nobody = [forge.forged(cora, confirm_id=number) for number in (0, -1, -cora.id)]
    assert not app.accepted(cora, of_nobody), (
        "confirm() said yes to a token whose confirm_id is the number of no user, such as 0"
    )


def _members_with_longer_numbers(app, member):
    """Insert two members whose numbers begin, or end, with all digits of a member's number."""
    taken = {number for (number,) in app.database.ask("SELECT id FROM user")}
    behind = [int(f"{member.id}{digit}") for digit in range(10)]
    before = [int(f"{digit}{member.id}") for digit in range(1, 10)]
    free = [[one for one in numbers if one not in taken] for numbers in (behind, before)]
    return [app.member(id=random.choice(numbers)) for numbers in free]


@confirm(grave="no-signature")
def test_changed_token(app, varied_member, own_sites):
    """A token with one changed character is refused."""
    ada = varied_member()
    token = app.token(ada)
    sites = dict(enumerate(own_sites, start=1))  # the first part is changed outside of a request

    def check(part):
        what, at = f"a token with a change in part {part + 1} of 3", sites.get(part, "")
        bad = changed(token, part)
        _assert_refused(app, ada, bad, what, in_request=part in sites, end="rollback", at=at)

    in_any_order(range(3), check)
    _assert_accepted(app, ada, token, "changed ones had come")


@confirm(grave="no-signature")
def test_other_key(app, varied_member, forge):
    """A token signed with another key is refused."""
    app.today()
    users = [varied_member() for _ in range(2)]
    # Every second one has more claims.
    forged = [forge.forged(user, key=secrets.token_hex(64)) for user in users]
    good = app.token(users[0])
    app.switch_process()

    def check(place):
        what = "a token of another key"
        in_request, end = place == 0, "rollback"
        _assert_refused(app, users[place], forged[place], what, in_request=in_request, end=end)

    in_any_order(range(2), check)
    keys = (*KNOWN_KEYS, users[1].email, app.host.secret_key[::-1])
    said_yes = app.accepted(users[1], [forged[1], *signed_with_each(forged[1], keys)])
    assert forged[1] not in said_yes, (
        "confirm() said yes to a token of another key when it came for the second time"
    )
    assert not said_yes, "confirm() said yes to a token of a key that anybody can guess"
    assert not app.keys_in_every_app(users[1], forged[1]), (
        "in two apps with different secret keys confirm() tries the same key: whoever has read "
        "the code can sign tokens with it"
    )
    _assert_accepted(app, users[0], good, "a token of another key had come")


@confirm(grave="no-signature")
def test_no_signature(app, varied_member, forge):
    """A token without a signature is refused."""
    users = [varied_member() for _ in range(2)]

    def check(place):
        user, what = users[place], "a token with no signature"
        bare = forge.forged(user, key="", algorithm="none")  # every second one has more claims
        _assert_refused(app, user, bare, what, in_request=place == 0, end="rollback")

    in_any_order(range(2), check)
    _assert_accepted(app, users[0], app.token(users[0]), "a token with no signature had come")


@confirm(grave="no-signature")
def test_guessed_text(app, varied_member):
    """A text that anybody could make up from the user's id or address is refused."""
    ada = app.make_only_member(varied_member())  # who may be alone on the site

    for text in app.accepted(ada, guesses(ada)):
        raise AssertionError(
            f"confirm() said yes to the text {text[:20]!r}, which anybody could make up"
        )
    assert not app.is_confirmed(ada), "a text that anybody could make up confirmed the user"
    _assert_accepted(app, ada, app.token(ada), "texts that are no tokens had come")


@confirm(grave="no-end")
def test_expired_token(app, varied_member, own_sites):
    """An expired token is refused."""
    app.today()
    ada, old = varied_member(), random.randrange(10, 90)
    stale = app.token(ada, expiration_sec=-60 * old)
    _assert_refused(app, ada, stale, f"a token that expired {old} minutes ago", at=own_sites[0])
    app.clock(app.some_day(), tick=True)
    ada, lifetime = varied_member(), random.randrange(30, 3000)
    token = app.token(ada, expiration_sec=lifetime)
    end = claims_of(token).get("exp", app.now() + lifetime)
    late = random.randrange(10, 40)
    app.clock(end + 60 * late, tick=True)
    _assert_refused(app, ada, token, f"a token that expired {late} minutes ago", at=own_sites[1])
    app.clock(end - 20, tick=True)
    _assert_accepted(app, ada, token, "a token that still lives for twenty seconds came")
    days = random.randrange(2, 90)
    app.clock(end + 86400 * days, tick=True)
    app.mark_confirmed(ada, False)
    _assert_refused(
        app, ada, token, f"a token that was used and expired {days} days ago", in_request=False
    )


@confirm()
def test_last_second(app, member):
    """A token is refused from the second in which it expires."""
    app.clock(app.some_day(), tick=True)
    ada = member()
    token = app.token(ada, expiration_sec=600)
    end = claims_of(token).get("exp", app.now() + 600)
    app.clock(end, tick=True)
    _assert_refused(app, ada, token, "a token that expires this very second")
    app.clock(end - 20, tick=True)
    _assert_accepted(app, ada, token, "a token that still lives for twenty seconds came")


@confirm()
def test_other_algorithm(app, member, forge):
    """A token signed with another algorithm is refused, even with the right key."""
    for algorithm in ("HS256", "HS384"):
        ada = member()
        forged = forge.forged(ada, algorithm=algorithm)
        _assert_refused(app, ada, forged, f"a token signed with {algorithm}", plainly=True)
    _assert_accepted(app, ada, app.token(ada), "tokens of other algorithms had come")


@confirm()
def test_no_token_at_all(app, member):
    """confirm() returns False for text that is no token, and raises nothing."""
    ada = member()
    token = app.token(ada)
    odd = ["", "abc", "a.b.c", "...", token[:-20], token + ".", token.replace(".", ""), "e" * 5000]

    def check(text):
        is_hers = text[:9] == token[:9]
        user, how = (ada, True) if is_hers else (member(), False)
        _assert_refused(app, user, text, f"the text {text[:20]!r}", plainly=True, in_request=how)

    in_any_order(odd, check)
    _assert_accepted(app, ada, token, "texts that are no tokens had come")


@confirm(points=2)
def test_a_refusal_is_a_plain_no(app, member, forge):
    """confirm() returns False for every bad token, and raises nothing."""
    late = random.randrange(1, 9)
    bad = {
        "an expired token": lambda ada: app.token(ada, expiration_sec=-late),
        "a changed token": lambda ada: changed(app.token(ada), 2),
        "a token of another key": lambda ada: forge.forged(ada, key=secrets.token_hex(64)),
        "a token with no signature": lambda ada: forge.forged(ada, key="", algorithm="none"),
        "another user's token": lambda _: app.token(member()),
    }
    users = {what: member() for what in bad}

    def check(what):
        returned = _assert_refused(app, users[what], bad[what](users[what]), what, plainly=True)
        assert returned.value is False, (
            f"confirm() answered {returned.shown} for {what}; it should say False"
        )

    in_any_order(list(bad), check)
    ada = random.choice(list(users.values()))
    _assert_accepted(app, ada, app.token(ada), "bad ones had come")


@confirm(grave="unconfirms")
def test_confirmed_user_stays_confirmed(app, member, forge):
    """A user who is confirmed already stays confirmed after a no."""
    ada = member(confirmed=True)
    bad = {
        "another user's token": app.token(member()),
        "a token of another key": forge.forged(ada, key=secrets.token_hex(64)),
    }

    def check(what):
        with suppress(AppError):  # another test checks how it refuses
            app.call_confirm(ada, bad[what], end="commit", in_request=False)
        assert app.is_confirmed(ada), (
            f"a user who was confirmed brought {what}, and is not confirmed any more"
        )

    in_any_order(list(bad), check)


@confirm()
def test_claims_are_required(app, member, forge):
    """A token without exp or without confirm_id is refused, even if its signature is good."""
    users = {name: member() for name in ("exp", "confirm_id")}

    def check(name):
        ada = users[name]
        forged = forge.forged(ada, without=[name])
        _assert_refused(app, ada, forged, f"a token without the claim {name!r}", plainly=True)

    in_any_order(list(users), check)
    ada = random.choice(list(users.values()))
    _assert_accepted(app, ada, app.token(ada), "tokens that lack a claim had come")


@confirm()
def test_unsaved_user_is_not_confirmed(app, member, forge):
    """No token confirms a user who was never saved."""
    saved = member()
    empty = forge.forged(saved, confirm_id=None)

    _assert_refused(app, None, app.token(saved), "an unsaved user with a saved user's token")
    _assert_refused(app, None, empty, "an unsaved user with a token whose confirm_id is empty")
    _assert_accepted(app, saved, app.token(saved), "an unsaved user had come")


def _assert_lifetime(app, claims, seconds, when):
    assert "exp" in claims, f"{when} the token has no claim 'exp', so it never expires"
    _assert_time(claims)
    left = claims["exp"] - app.now()
    is_other_unit = any(abs(left - seconds * unit) < 2 for unit in (60, 3600, 86400))
    hint = ". Is the number read as seconds?" if is_other_unit else ""
    if abs(claims["exp"] - seconds) < 2:
        hint = ". The claim exp is a point in time: is it counted from now?"
    assert abs(left - seconds) < 2, (
        f"{when} the token expires {left:.0f} seconds from now; it should be {seconds}{hint}"
    )


def _assert_refused(app, user, token, what, plainly=False, in_request=True, end="commit", at=""):
    """Assert that a token confirms nobody; return the answer, or None after an exception.

    An exception counts as a refusal, unless it has to refuse `plainly`. It is called within a
    request to the site `at`, or outside of one, where any exception is a refusal; this is not drawn
    at random, so that no app's points depend on it. After a rollback, only what confirm() has saved
    by itself counts.
    """
    try:
        returned = app.call_confirm(user, token, end if user else "rollback", in_request, at)
    except AppError as error:
        # A name that is misspelt says itself what is wrong; the refusals of PyJWT need no more.
        own = in_request and error.type in ("NameError", "AttributeError", "TypeError")
        why = f" ({error.message})" if own else ""
        if plainly or error.where == "":
            raise AssertionError(
                f"confirm() raised {error.type}{why} for {what}; it should say False"
            ) from error
        assert user is None or not app.is_confirmed(user), f"{what} confirmed the user"
        return None
    assert not returned.is_true, f"confirm() said yes to {what}"
    marked = is_true(returned.confirmed) and (end == "commit" or user is None)
    saved = user is not None and app.is_confirmed(user)
    assert not (marked or saved), f"confirm() said no to {what}, but marked the user as confirmed"
    return returned


def _assert_accepted(app, user, token, after):
    returned = app.call_confirm(user, token, end="commit", in_request=True)
    assert _has_accepted(returned), f"confirm() said no to the user's own good token, after {after}"


def _hint_on_refusal(returned):
    """Return what is known of why confirm() said no, for the end of a message."""
    if returned.reason:
        keys = "InvalidSignatureError" in returned.reason
        hint = "; do both methods use the same key?" if keys else ""
        return f"; inside, jwt.decode raised {returned.reason}{hint}"
    if returned.is_decoded and returned.value is False:
        return "; jwt.decode had taken it: how are the two ids compared?"
    return ""


def _assert_time(claims):
    """Assert that the claim 'exp' is a time, in seconds."""
    end = claims.get("exp", 0)
    assert type(end) in (int, float), (
        f"the claim 'exp' is {show(end)}, and no number of seconds (RFC 7519, section 2)"
    )


def _has_accepted(returned):
    """Return whether a token counted: confirm() said yes, or marked the user."""
    return returned.is_true or is_true(returned.confirmed)
