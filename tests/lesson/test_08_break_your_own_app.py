"""Graded tests of lesson 08: a key, a purpose, one use, a button, a host, a limit."""

import random
import re
import secrets
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

import pytest

from confirmlab.checks.app.app_errors import AppError
from confirmlab.checks.app.app_members import MEMBERS_OF_ALL_KINDS
from confirmlab.checks.app.app_values import is_true
from confirmlab.checks.app.token_forge import claims_of, with_one_change
from confirmlab.checks.cases import in_any_order
from confirmlab.checks.text.leaks import changes_like_a_hash, is_short, reveals_secret
from confirmlab.checks.text.random_words import bypass_query, random_word
from confirmlab.site.pages.html_text import parse_html
from confirmlab.site.pages.page import path_of
from confirmlab.site.pages.page_actions import own_actions

key = partial(pytest.mark.exercise, "token-key")
spent = partial(pytest.mark.exercise, "spent-tokens")
page = partial(pytest.mark.exercise, "confirm-page")
host = partial(pytest.mark.exercise, "pinned-host")
throttle = partial(pytest.mark.exercise, "resend-throttle")
logins = partial(pytest.mark.exercise, "session-id")

DAYS = 12
WAITING_ROOM = "/auth/unconfirmed"
LOOSE_POLICIES = ("unsafe-url", "no-referrer-when-downgrade", "always")  # the last is an old name
# Not localhost: names that end with it lead to the reader's own machine.
ENDINGS = (
    *("com", "org", "net", "club", "example", "test", "de", "io", "dev", "app", "uk", "fr", "nl"),
    *("eu", "info", "xyz", "me", "tv", "us", "ru", "br", "jp", "cn", "it", "es", "ch", "at", "au"),
)


@pytest.fixture
def evil():
    """A random host that is not the site's."""
    return f"evil{random.randrange(10**6)}.{random.choice(ENDINGS)}"


@pytest.fixture
def ask_again(visitor):
    """Return a function that presses the waiting room's button, and returns the next pages."""

    def ask_again(member, times=1):
        browser = visitor(logged_in_as=member)
        forms = browser.open(WAITING_ROOM).forms
        own = [form for form in forms if path_of(form.action) == "/auth/resend"]
        assert own, "no form in the waiting room leads to /auth/resend, so nobody can ask again"
        return [browser.submit(own[0]) for _ in range(times)]

    return ask_again


@pytest.fixture
def key_with(app, member):
    """Return a function that gives the key for tokens in an app with another secret key."""
    ada = member()
    return lambda secret: app.key(ada, app.another(SECRET_KEY=secret))[1]


@pytest.fixture
def letters(inbox):
    """Return a function that lists the recipients of mails with a confirmation link, in order."""

    def letters():
        found = [mail for mail in inbox if any("/confirm/" in link for link in mail.links)]
        return [mail.to[0] for mail in found][::-1]

    return letters


# A key and a purpose for tokens


@key(required=True)
def test_own_token_is_good(app, member):
    """A fresh token still confirms its user, even after a restart."""
    ada = member()
    token = app.token(ada)
    app.restart()

    returned = app.call_confirm(ada, token)
    assert returned.is_true or not returned.is_decoded, (
        "jwt.decode took the token that the app has just made, and confirm() still says no: does "
        "it leave the loop at the key that fits, and which ids does it compare?"
    )
    assert returned.is_true, (
        "the app refused the token that it has just made: do both methods use the same key and "
        "the same audience, and is each claim that confirm() requires in the token?"
    )


@key(points=2, required=True)
def test_secret_key_signs_no_token(app, member, forge):
    """A token signed with the app's secret key itself is refused: that key signs other things."""
    ada = member()
    returned = app.call_confirm(ada, forge.forged(ada, key=app.host.secret_key))

    assert not returned.is_true, (
        "confirm() said yes to a token signed with the secret key, as session cookies are; "
        "do both methods take their key from token_keys()? The %refill cells bring them here"
    )


@key(grave="weak-key")
def test_secret_cannot_be_read_from_the_key(app, member, forge, key_with):
    """Nobody can work out the secret key from the key for tokens."""
    ada, secret = member(), app.host.secret_key
    token, signed_with = app.key(ada)
    shown = app.leak(str(claims_of(token)))
    assert not shown, f"the claims, which anybody can read, hold {shown}"
    assert signed_with, "the signature of the token is not one of jwt.encode"
    assert not reveals_secret(signed_with, secret), (
        "the key for tokens holds the secret key itself, or part of it: whoever learns the one "
        "knows the other, too"
    )
    place = random.randrange(24, 32)  # a key from the first letters could be guessed
    near, far = key_with(with_one_change(secret, place)), key_with(_with_another_order(secret))
    assert near != signed_with, (
        f"character {place + 1} of {len(secret)} of the secret key was changed, and the key for "
        "tokens stayed the same"
    )
    assert far != signed_with, (
        "the characters of the secret key were put in another order, and the key for tokens "
        "stayed the same: few keys are possible, and somebody can try them all"
    )
    assert not is_short(signed_with, far), (
        "only a few bytes of the key for tokens depend on the secret key: somebody can try all "
        "possible keys; how long are the results of the hash that makes it?"
    )
    assert changes_like_a_hash(signed_with, near, far), (
        f"character {place + 1} of the secret key was changed, and most of the key for tokens "
        "stayed the same: so the secret key can be worked out from it"
    )
    bad = forge.forged(ada, key=secrets.token_hex(64))
    assert not app.keys_in_every_app(ada, bad), (
        "in two apps with different secret keys confirm() tries the same key for tokens: whoever "
        "has read the code can sign tokens with it"
    )


@key(points=2)
def test_key_is_made_from_the_secret(app, member, key_with):
    """The key for tokens is made from the whole secret key."""
    secret, (_, signed_with) = app.host.secret_key, app.key(member())
    for place in (0, random.randrange(64, 120), len(secret) - 1):
        assert key_with(with_one_change(secret, place)) != signed_with, (
            f"character {place + 1} of {len(secret)} of the secret key was changed, "
            "and the key for tokens stayed the same"
        )


@key()
def test_key_is_long(app, member):
    """The key for tokens has 64 bytes or more, as HS512 requires."""
    _, signed_with = app.key(member())

    assert signed_with, "the signature of the token is not one of jwt.encode"
    assert len(signed_with) >= 64, (
        f"tokens are signed with a key of {len(signed_with)} bytes; how long are the results of "
        "the hash that makes it?"
    )


@key(grave="no-purpose")
def test_purpose_is_named(app, varied_member, forge):
    """A token names its purpose in the claim aud, and one for another purpose is refused."""
    for _ in range(MEMBERS_OF_ALL_KINDS):
        ada = varied_member()
        named = claims_of(app.token(ada)).get("aud")

        assert named, "the claims of a token have no 'aud'"
        returned = app.call_confirm(
            ada, forge.forged(ada, aud=f"something else {random.randrange(99)}")
        )
        assert not returned.is_true, (
            f"the token's 'aud' was 'something else', not {named!r}, and it confirmed"
        )
        assert app.call_confirm(ada, app.token(ada)).is_true, (
            "and then the user's own good token was refused"
        )


@key(points=2)
def test_letter_for_another_purpose(app, member):
    """The token from the password mail confirms nobody."""
    ada = member()
    made = app.call("app.auth.reset:reset_token", args=[{"member": ada.id}])["returned"]

    assert type(made) is str and not app.call_confirm(ada, made).is_true, (
        "the token from the password mail confirmed the address"
    )


@key()
def test_claims_are_required(app, member, forge):
    """A token without one of its claims is refused."""
    ada = member()

    def check(name):
        returned = app.call_confirm(ada, forge.forged(ada, without=[name]))
        assert not returned.is_true, (
            f"a token without the claim {name!r} confirmed the user; is it required?"
        )

    in_any_order(["aud", "exp", "iat", "confirm_id"], check)


@key()
def test_key_can_be_changed(app, member):
    """After a change of the secret key, old tokens work only while the old key is a fallback."""
    ada, old = member(), app.host.secret_key
    token = app.token(ada)

    app.process.order("config", SECRET_KEY=f"another secret {random.random()} " * 8)
    assert not app.call_confirm(ada, token, in_request=False).is_true, (
        "the secret key was replaced, and a token signed with the old one still works"
    )
    app.process.order("config", SECRET_KEY_FALLBACKS=["an older one " * 8, old])
    assert app.call_confirm(ada, token, in_request=False).is_true, (
        "the old secret key is in SECRET_KEY_FALLBACKS, and its token is refused: does "
        "token_keys() list a key for it, and does confirm() try all keys before it says no?"
    )


@key()
def test_newest_key_signs(app, member):
    """New tokens are signed with the current key, even while there are fallbacks."""
    ada = member()
    app.process.order("config", SECRET_KEY_FALLBACKS=["an older one " * 8])
    token = app.token(ada)
    app.process.order("config", SECRET_KEY_FALLBACKS=None)

    assert app.call_confirm(ada, token).is_true, (
        "a token made while there was a fallback stopped working without the fallback: "
        "which of token_keys() comes first, and which one signs?"
    )


# Tokens that work once, for one address


@spent(required=True)
def test_tokens_end(app, member):
    """A token ends with its use, or with a change of the address."""
    ada = member()
    used, old = app.token(ada), app.token(ada)
    if not _token_confirms(app, ada, used):
        assert not app.call_confirm(ada, old).is_decoded, (
            "jwt.decode took the token that the app has just made, and confirm() still says no: "
            "what does it compare, and what does it look for in the table?"
        )
        pytest.fail(
            "the app refused the token that it has just made: is each claim that confirm() "
            "requires in it, and is jti a text?"
        )
    again = app.call_confirm(ada, used, end="rollback").is_true
    app.database.ask("UPDATE user SET email = ? WHERE id = ?", app.person()[1], ada.id)

    assert not (again and app.call_confirm(ada, old).is_true), (
        "a used token confirmed again, and so did one made for a former address: did you change "
        "both methods for this exercise? The %refill cells bring them here"
    )


@spent(grave="used-twice")
def test_used_token_is_spent(app, varied_member):
    """A token that has confirmed once is refused the second time."""
    members = [varied_member() for _ in range(MEMBERS_OF_ALL_KINDS)]
    used = [(ada, app.token(ada)) for ada in members]
    for ada, token in used:
        assert _token_confirms(app, ada, token), (
            "the app refused the token that it has just made; has each token a jti of its own?"
        )
    app.restart()

    for ada, token in used:
        assert not app.call_confirm(ada, token).is_true, (
            "the user was confirmed, then unconfirmed, and the used token confirmed again: does "
            "confirm() add its jti to the table, and find it there the next time?"
        )


@spent()
def test_another_spelling_is_the_same_token(app, member):
    """A used token stays used, even re-encoded."""
    ada = member()
    token = app.token(ada)
    _token_confirms(app, ada, token)

    assert not app.call_confirm(ada, token + "==").is_true, (
        "the used token with '==' at its end confirmed again; is it recognised by its jti?"
    )


@spent()
def test_two_tokens_are_two(app, member):
    """Two tokens work once each, in any order."""
    ada = member()
    app.clock(app.some_day())
    one, other = app.token(ada), app.token(ada)
    assert one != other, "two tokens made in the same second are the same text"
    answers = [_token_confirms(app, ada, token) for token in (one, other, one)]

    assert answers == [True, True, False], (
        f"the first token, the second, the first again: confirm() said {_listed(answers)}, "
        "instead of True, True, False"
    )


@spent()
def test_undone_is_not_spent(app, member):
    """If the caller rolls back, nobody is confirmed, and the token still works."""
    ada = member()
    token = app.token(ada)
    app.call_confirm(ada, token, end="rollback")

    assert not app.is_confirmed(ada), (
        "after a rollback the user is confirmed all the same: does confirm() commit by itself?"
    )
    assert app.call_confirm(ada, token).is_true, "after a rollback the token counts as used"


@spent(points=2)
def test_another_address(app, varied_member):
    """A token made for the user's former address is refused; a token for the new one works."""
    for _ in range(MEMBERS_OF_ALL_KINDS):
        ada = varied_member()
        token = app.token(ada)
        email = app.person()[1]
        app.database.ask("UPDATE user SET email = ? WHERE id = ?", email, ada.id)

        assert not app.call_confirm(ada, token).is_true, (
            f"a token mailed to {ada.email} confirmed the address {email}"
        )
        assert app.call_confirm(ada, app.token(ada)).is_true, (
            "a token made for the new address is refused"
        )


@spent()
def test_address_and_id_agree(app, member, forge):
    """A token with this user's id and somebody else's address, or none, is refused."""
    ada, bob = member(), member()

    assert not app.call_confirm(ada, forge.forged(ada, email=bob.email)).is_true, (
        "a token with Ada's id and Bob's address confirmed Ada"
    )
    for name in ("email", "jti"):
        returned = app.call_confirm(ada, forge.forged(ada, without=[name]))
        assert not returned.is_true, f"a token without the claim {name!r} confirmed the user"


@spent(points=2, grave="moves-at-once")
def test_moving_confirms_nothing(app, visitor, member, password, inbox):
    """A new address is not confirmed before the link sent to it is used."""
    start = app.some_day()
    app.clock(start)
    ada = member(confirmed=True)
    before = app.token(ada)
    app.clock(start + 90)
    browser = visitor(logged_in_as=ada)
    email = app.person()[1]
    browser.submit(browser.open("/profile/address"), email=email, password=password)

    there = app.database.ask("SELECT id FROM user WHERE email = ? AND confirmed", email)
    assert not there, (
        f"a confirmed member changed the address to {email}, and is confirmed there too"
    )
    kept, confirmed = app.database.ask("SELECT email, confirmed FROM user WHERE id = ?", ada.id)[0]
    assert kept == ada.email, (
        f"a confirmed member changed the address from {ada.email} to {email}, and no link was "
        f"used: the address reads {kept!r} already"
    )
    if not confirmed:  # then the waiting room has a button for this member
        with suppress(AppError):
            app.ask("/auth/resend", ada, {})
        for link in [link for mail in inbox.to(ada.email) for link in mail.links]:
            app.call_confirm(ada, link.rpartition("/")[2], "commit")
        (now,) = app.database.ask("SELECT email FROM user WHERE id = ?", ada.id)[0]
        assert now == ada.email, (
            f"move() took the mark away, and the mail that the waiting room sent to {ada.email} "
            f"made {email} the address, though nobody reads it there"
        )
    app.call_confirm(ada, before, end="commit")
    (now,) = app.database.ask("SELECT email FROM user WHERE id = ?", ada.id)[0]
    assert now == ada.email, (
        f"a token that was made before move(), and mailed to {ada.email}, made {email} the "
        "address: does confirm() compare the token's address with the one that it sets?"
    )


@spent(required=True)
def test_moving_works(app, member):
    """After move(), the next token makes the new address the user's, and confirms it."""
    ada, email = member(confirmed=True), app.person()[1]
    app.call("app.models:move", args=[{"member": ada.id}, email.title()], end="commit")
    returned = app.call_confirm(ada, app.token(ada), end="commit")
    found, confirmed = app.database.ask("SELECT email, confirmed FROM user WHERE id = ?", ada.id)[0]

    assert returned.is_true, (
        "after move() the app refused the token that it has just made: while new_email is set, "
        "which address does the token name, and which does confirm() expect?"
    )
    assert str(found).lower() == email, (
        f"after move() and confirm() the address reads {found!r}: does confirm() set it?"
    )
    assert confirmed, "after move() and confirm() the user is not confirmed"


@spent()
def test_nothing_is_left_waiting(app, member):
    """After the new address is confirmed, `new_email` is empty."""
    ada, email = member(confirmed=True), app.person()[1]
    app.call("app.models:move", args=[{"member": ada.id}, email], end="commit")
    app.call_confirm(ada, app.token(ada), end="commit")
    email_now, waiting = app.database.ask("SELECT email, new_email FROM user WHERE id = ?", ada.id)[
        0
    ]

    assert not (email_now == email and waiting), (
        f"confirm() made {email} the user's address, and `new_email` still holds {waiting!r}"
    )


@spent()
def test_spent_once_at_the_same_moment(app, member):
    """If a token is used twice at the same moment, only one use confirms."""
    ada = member()
    use = _order("call", what="confirm", on=ada.id, args=[app.token(ada)], end="commit")
    answers = [_is_yes(one) for one in app.process.order("at_once", first=use, other=use)]

    assert sorted(answers) == [False, True], (
        "a token was used twice at the same moment, and both times confirm() and the commit went "
        "through; what in the database would refuse the second?"
        if answers.count(True) == 2
        else f"a token was used twice at the same moment, and confirm() said {_listed(answers)}"
    )


# A button, not a link


@page(points=2, grave="acts-on-get")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(visitor, varied_member, link_for, is_confirmed, method):
    """Opening the link, as previews and scanners do, confirms nobody."""
    for number in range(MEMBERS_OF_ALL_KINDS):
        ada = varied_member()
        # Programs look at links, too, and some add to their query.
        by, more = ("browser", "script")[number % 2], ("", f"?{bypass_query()}")[number // 2 % 2]
        visitor(logged_in_as=ada, by=by).request(method, link_for(ada) + more)

        assert not is_confirmed(ada), (
            f"a {method} of the link confirmed {ada.name}; for which request methods does the view "
            "call confirm()?"
        )


@page(grave="presses-itself")
def test_page_waits_for_the_press(visitor, member, link_for):
    """Nothing on the page presses the button by itself."""
    ada = member()
    by_itself = own_actions(visitor(logged_in_as=ada).open(link_for(ada)).html)

    assert not by_itself, (
        "a script on the page may press its button by itself, in every browser with scripts: "
        f"{by_itself[0][:80]!r}"
    )


@page(required=True)
def test_button_confirms(app, visitor, member, link_for, is_confirmed):
    """The link shows a page with a button, and pressing it confirms."""
    ada = member()
    browser = visitor(logged_in_as=ada)
    link = link_for(ada)
    app.restart()
    seen = browser.open(link)
    own = seen.own_forms

    assert len(own) == 1, (
        f"the link was answered with status {seen.status} and a page with {len(own)} forms that "
        'are sent by POST: does the view return auth/confirm.html, and has its form method="post"?'
    )
    shown = app.leak(seen.html.replace(link, ""), reader=ada)
    assert not shown, f"the page behind the link shows {shown}"
    assert own[0].buttons, "the form behind the link has no button that sends it"
    after = browser.submit(own[0])
    assert after.status == 200, f"pressing the button ended with status {after.status}" + (
        {
            400: "; does the form carry a hidden field csrf_token?",
            404: "; where does its form lead? With no action it goes to the address of its page",
            405: "; does the route of the view take POST?",
        }.get(after.status, "")
    )
    assert is_confirmed(ada) or not after.own_forms or after.path != link, (
        "the button was pressed, and the answer was the page with the button again: how does the "
        "view tell a POST from a GET?"
    )
    assert is_confirmed(ada), "the button was pressed, and Ada is not confirmed: " + (
        "is the change committed?"
        if seen.path == link
        else f"the link led to {seen.path}, not to a page of its own"
    )


@page(grave="no-check")
def test_pressing_behind_a_bad_link(app, visitor, varied_member, forge, is_confirmed):
    """A press behind a forged, old or made-up link confirms nobody, and logs nobody in."""
    ada = varied_member()
    bad = {
        "forged": forge.forged(ada, key=secrets.token_hex(64)),
        "unsigned": forge.forged(ada, key="", algorithm="none"),
        "expired": app.token(ada, expiration_sec=-random.randrange(1, 10**5)),
        "made up": str(ada.id),
    }
    for kind, token in bad.items():
        link = f"/auth/confirm/{token}"
        with suppress(AppError):  # another test asks how it refuses
            app.ask(link, ada, {})
        assert not is_confirmed(ada), f"a press behind a link that is {kind} confirmed {ada.name}"
        stranger = visitor()
        with suppress(AppError):
            stranger.request("GET", link)
            stranger.request("POST", link, data={})
        assert not app.member_of(stranger), f"a link that is {kind} logged a stranger in"
        assert not is_confirmed(ada), f"a stranger with a link that is {kind} confirmed {ada.name}"


@page()
def test_waiting_address_gets_the_button(app, visitor, member, link_for):
    """A confirmed member whose new address is waiting gets the button too, and it works."""
    ada, email = member(confirmed=True), app.person()[1]
    app.call("app.models:move", args=[{"member": ada.id}, email], end="commit")
    browser = visitor(logged_in_as=ada)
    seen = browser.open(link_for(ada))
    own = seen.own_forms

    assert email in seen.text, (
        f"a confirmed member opened the link to a new address, and did not see {email}: "
        "does the view show the page while new_email is set, and does the page name it?"
    )
    assert own, "the page behind the link to a new address has no form that is sent by POST"
    browser.submit(own[0])
    (kept,) = app.database.ask("SELECT email FROM user WHERE id = ?", ada.id)[0]
    assert kept == email, f"the button was pressed, and the address still reads {kept!r}"


@page()
def test_button_needs_its_page(app, member, link_for, is_confirmed):
    """A form that another site sends to the link confirms nobody."""
    ada = member()
    app.ask(link_for(ada), ada, {}, signed=False)

    assert not is_confirmed(ada), "a POST without the csrf_token of our page confirmed Ada"


@page()
def test_page_names_the_address(visitor, member, link_for):
    """The page says which address the button confirms."""
    ada = member()
    browser, link = visitor(logged_in_as=ada), link_for(ada)
    shown, head = browser.open(link), browser.head(link)
    text = shown.text
    for method, seen in {"GET": shown, "HEAD": head}.items():
        assert seen.status == 200, f"a {method} of the link answered with status {seen.status}"

    assert "Your text here" not in text, "the placeholder is still on the page"
    assert ada.email in text, f"the address {ada.email} is not on the page"


@page()
def test_somebody_else_is_told(visitor, member, link_for, is_confirmed):
    """A member with somebody else's link confirms nobody, and is told which account is in use."""
    ada, bob = member(), member()
    browser = visitor(logged_in_as=bob)
    link = link_for(ada)
    seen, after = browser.open(link).text, browser.click(link)

    assert not is_confirmed(ada), "Bob pressed the button behind Ada's link, and Ada was confirmed"
    assert not is_confirmed(bob), "Bob pressed the button behind Ada's link, and Bob was confirmed"
    shown = " ".join([seen, *after.flashes])
    assert bob.email in shown, (
        "neither page nor message names the address with which Bob is logged in"
    )
    assert ada.email not in shown, "Bob learned Ada's address from her link"


@page()
def test_address_of_the_page_stays_here(app, visitor, member, link_for):
    """The page has a Referrer-Policy that hides its address from other sites."""
    ada = member()
    link = link_for(ada)
    seen = visitor(logged_in_as=ada).open(link)
    policy = (seen.header("Referrer-Policy") or "").lower()

    assert policy, "the page has no Referrer-Policy"
    assert policy not in LOOSE_POLICIES, (
        f"with Referrer-Policy {policy} another site may learn the whole address"
    )
    assert policy != "no-referrer", (
        "with no-referrer, browsers send no address to our own site either, and under https the "
        "form is refused"
    )
    tags = parse_html(seen.html).find_all(True)
    loose = [tag for tag in tags if _policy_of(tag) in LOOSE_POLICIES]
    assert not loose, (
        f"a tag of the page has a policy of its own, {_policy_of(loose[0])}, by which another site "
        f"may learn the whole address: {str(loose[0])[:60]}"
    )
    values = [str(v) for tag in tags for v in tag.attrs.values()]
    away = [v for v in values if link[-20:] in v and urlsplit(v).netloc not in ("", app.host.name)]
    assert not away, f"the page itself hands its address to another site: {away[0][:60]!r}"


@page()
@pytest.mark.parametrize("name", ["werkzeug", "app"])
def test_no_token_in_the_log(app, member, token_for, name):
    """The logs of the server and the app contain no token."""
    token = token_for(member())
    texts = [f"GET /auth/confirm/{token} HTTP/1.1", f"/auth/reset/{token}", "/members"]
    lines = app.process.order("logged", name=name, texts=texts)

    shown = [line.replace(token, "TOKEN") for line in lines if token in line]
    assert not shown, f"the logger {name!r} wrote the token of a link into the log: {shown[0]}"
    assert any("/members" in line for line in lines), (
        f"the logger {name!r} no longer writes that somebody opened /members"
    )


@page()
def test_two_presses_at_once(app, member, link_for, is_confirmed):
    """Two presses at the same moment both get an answer, and the member is confirmed."""
    ada = member()
    press = _order("visit", **app.request_arguments(link_for(ada), ada, {}))
    answers = app.process.order("at_once", first=press, other=press)
    statuses = [one["result"]["status"] if "result" in one else one["failed"] for one in answers]

    assert all(status in (200, 302, 303) for status in statuses), (
        f"two presses at the same moment ended with {_listed(statuses)}"
        + (
            "; are confirm() and the commit in a try?"
            if "IntegrityError" in _listed(statuses)
            else ""
        )
    )
    assert is_confirmed(ada), "after two presses at the same moment Ada is not confirmed"


# The host of mailed links


@host(points=2)
def test_letters_lead_to_us(app, member, inbox, evil):
    """No mail links to a foreign host that a request named."""
    ada, (name, email) = member(), app.person()
    new = {"name": name, "email": email, "password": app.password}
    app.ask("/auth/register", data=new, host=evil)
    app.ask("/auth/forgotten", data={"email": ada.email}, host=evil)

    bad = [mail.subject for mail in inbox if evil in mail.text or evil in (mail.html or "")]
    assert not bad, f"a request came with 'Host: {evil}', and this mail leads there: {bad[0]!r}"


@host(required=True)
def test_foreign_names_are_refused(app, evil):
    """A request for a foreign host name is refused."""
    for name in (evil, *(f"evil.{ending}" for ending in (*ENDINGS, random_word()))):
        answer = app.ask("/", host=name)
        assert answer.status == 400, (
            f"asked as {name} the site answered with status {answer.status}; is there a "
            "TRUSTED_HOSTS, and which names does it list?"
        )
    assert any(app.ask("/", host=own).status == 200 for own in ("127.0.0.1", "localhost")), (
        "the site refuses its own names, too: are 127.0.0.1 and localhost in TRUSTED_HOSTS, each "
        "without a port?"
    )


@host()
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "127.0.0.1:8000"])
def test_own_names_are_good(app, name):
    """The site still answers at 127.0.0.1 and localhost, on any port."""
    answer = app.ask("/", host=name)

    assert answer.status == 200, (
        f"asked as {name} the site answered with status {answer.status}; is TRUSTED_HOSTS a "
        "list, with 127.0.0.1 and localhost in it, and no port after them?"
    )


@host()
def test_one_host_in_all_letters(app, member, inbox):
    """All mails link to the same host, even if the request used another trusted name or port."""
    app.ask("/auth/forgotten", data={"email": member().email}, host="127.0.0.1:6666")

    hosts = {urlsplit(link).netloc for mail in inbox for link in mail.links}
    assert hosts, "no mail with a link came: was the request refused?"
    assert hosts == {app.host.name}, (
        f"the site is {app.host.name} here, and a mail leads to {_listed(hosts)}, as the request "
        "said: is SERVER_NAME set where the environment does not name one?"
    )


@host()
def test_host_comes_from_the_environment(app):
    """SERVER_NAME in the environment sets the host, and is a trusted name."""
    wanted, names = f"pigeons{random.randrange(99)}.example", ["SERVER_NAME", "TRUSTED_HOSTS"]
    there = app.process.order("settings", environment={"SERVER_NAME": wanted}, names=names)
    without = app.process.order("settings", environment={"SERVER_NAME": None}, names=names)

    named = there["SERVER_NAME"]
    assert named == wanted, (
        f"the environment says SERVER_NAME={wanted}, and the setting reads {named!r}"
    )
    assert wanted in (there["TRUSTED_HOSTS"] or []), (
        f"the environment says SERVER_NAME={wanted}, and TRUSTED_HOSTS lacks that name"
    )
    usual = without["SERVER_NAME"]
    assert usual, "without the environment variable the setting is empty"
    assert "/" not in str(usual), (
        f"without the environment variable the setting reads {usual!r}: a host has no slash in it"
    )


@host()
def test_letters_name_nobody(app, visitor, inbox):
    """No mail to an unconfirmed address repeats the name that was typed."""
    name, email = app.person()
    app.ask("/auth/register", data={"name": name, "email": email, "password": app.password})
    browser = visitor()
    browser.log_in(email, app.password)
    browser.submit(browser.open(WAITING_ROOM).form(action="/auth/resend"))

    letters = inbox.to(email)
    assert letters, "nothing was mailed to somebody who registered"
    texts = {mail.subject: f"{mail.text} {mail.html} {mail.subject}" for mail in letters}
    bad = [subject for subject, text in texts.items() if name.casefold() in text.casefold()]
    assert not bad, (
        f"somebody registered this address as {name!r}, and the mail {bad[0]!r} repeats that"
    )


# A limit on mails, and an end for stale accounts


@throttle(required=True)
def test_many_presses_one_letter(member, ask_again, letters):
    """Five presses in a row send one mail."""
    ada = member()
    ask_again(ada, times=5)

    assert letters() == [ada.email], (
        f"five presses in a row sent {len(letters())} mails; does resend() ask may_get_letter(), "
        "and does that commit the time it stores?"
        if letters()
        else "five presses in a row sent no mail: does may_get_letter() say True to a member whose "
        "letter_at is still empty, and change the row of this member only?"
    )


@throttle()
def test_answer_is_the_same(member, ask_again):
    """The answer does not reveal whether a mail went out."""
    first, second = ask_again(member(), times=2)

    assert first.flashes, "after the press the page shows no message"
    assert first.flashes == second.flashes, (
        f"the first press was answered with {_listed(map(repr, first.flashes))}, "
        f"the second with {_listed(map(repr, second.flashes))}"
    )


@throttle(grave="forgets")
def test_new_browser_changes_nothing(app, member, ask_again, letters):
    """Logging in with another browser does not bring the next mail sooner."""
    start = app.some_day()
    app.clock(start)
    ada = member()
    ask_again(ada)
    came = letters()
    app.restart()
    app.clock(start + random.uniform(20, 29))
    ask_again(ada)

    assert came == letters() == [ada.email], (
        f"two browsers, less than half a minute apart, got {len(letters())} mails for one member; "
        "where do you store when the last one went out?"
    )


@throttle(grave="blocks-others")
def test_others_get_theirs(member, varied_member, ask_again, letters):
    """Another member still gets a mail at the same time."""
    members = [varied_member() for _ in range(MEMBERS_OF_ALL_KINDS)]
    members.append(member(at=members[0].email.partition("@")[2]))
    for one in members:
        ask_again(one, times=2)

    assert letters() == [one.email for one in members], (
        f"{len(members)} members pressed twice each, one after the other, and mails went to "
        f"{_listed(letters())}"
    )


@throttle()
def test_later_the_next_one_goes(app, member, ask_again, letters):
    """Fifteen minutes later the next mail goes out."""
    first, came = _mails_before_and_after(app, member, ask_again, letters, 900)

    assert (first, came) == (1, 2), (
        f"two presses, fifteen minutes apart, sent {came} mail{'s' * (came != 1)}"
    )
    start = app.some_day()
    app.clock(start)
    ada = member()
    for seconds in range(0, 946, 45):  # a limit of less than 45 seconds is another test's matter
        app.clock(start + seconds)
        app.ask("/auth/resend", ada, {})
    sent = letters().count(ada.email)
    assert sent > 1, (
        "a press every 45 seconds sent one mail in a quarter of an hour: does a press that sends "
        "nothing put the next mail off?"
    )


@throttle(grave="never-again")
def test_another_day_the_limit_is_the_same(app, member, ask_again, letters):
    """A day later one more mail goes out, and only one."""
    first, came = _mails_before_and_after(app, member, ask_again, letters, 86400, times=3)

    assert (first, came) == (1, 2), (
        f"after one press and a day, three more presses sent {came - first} mails"
    )
    start, before = app.some_day(), len(letters())
    app.clock(start)
    ada = member()
    for day in range(DAYS):
        app.clock(start + day * 90000)
        app.ask("/auth/resend", ada, {})
    came = len(letters()) - before
    assert came == DAYS, f"one press on each of {DAYS} days sent {came} mails"


@throttle()
def test_one_letter_at_the_same_moment(app, member):
    """If two requests come at the same moment, only one may send a mail."""
    ask = _order("call", what="may_get_letter", on=member().id)
    answers = [_is_yes(one) for one in app.process.order("at_once", first=ask, other=ask)]

    assert sorted(answers) == [False, True], (
        "may_get_letter() changed nothing in the database, so the next request cannot know of "
        "this mail: where is its time stored?"
        if len(answers) == 1
        else f"asked twice at the same moment, may_get_letter() said {_listed(answers)}: "
        "does one UPDATE check the time and store the new one, and is it committed?"
    )


@throttle()
def test_other_letters_count_too(app, member, inbox):
    """Mails for a forgotten password have a limit, too."""
    ada = member(confirmed=True)
    for _ in range(5):
        app.ask("/auth/forgotten", data={"email": ada.email})

    assert len(inbox) == 1, f"five requests for a new password sent {len(inbox)} mails"


@throttle(grave="wrong-accounts")
def test_stale_accounts_go(app, member):
    """Accounts that stay unconfirmed for the given number of days are deleted; all others stay."""
    # Not near seven, the default, with which an app could pass by chance.
    days, count = random.choice((4, 5, *range(9, 40))), random.randrange(2, 5)
    old, young = _ago(app, days + 1), _ago(app, days - 1)
    stale = [member(joined_at=old) for _ in range(count)]
    kept = [
        member(joined_at=young),
        member(confirmed=True, joined_at=old),
        member(confirmed=True, joined_at=old, new_email=app.person()[1]),
    ]
    ended = app.process.order("command", args=["auth", "drop-stale", "--days", str(days)])
    left = {number for (number,) in app.database.ask("SELECT id FROM user")}

    assert ended["code"] == 0, f"the command ended with {ended['error']}"
    assert not {one.id for one in stale} & left, (
        f"accounts of {days + 1} days were never confirmed, and --days {days} left some; "
        "does drop_stale() find them, and commit?"
    )
    assert {one.id for one in kept} <= left, (
        f"of two confirmed accounts and one of {days - 1} days, --days {days} deleted at least one"
    )
    assert re.search(rf"\b{count}\s*$", str(ended["output"])), (
        f"{count} accounts were deleted, and the command printed {ended['output']!r}; "
        "what does drop_stale() return?"
    )


# A login that ends


@logins(required=True)
def test_login_works(app, visitor, member):
    """A member who logs in stays logged in on the next page, even after a restart of the app."""
    ada = member(confirmed=True)
    browser = visitor(logged_in_as=ada)

    for after in ("the next page", "the next page after a restart of the app"):
        assert browser.open("/profile").path == "/profile", (
            f"Ada logged in, and {after} asked her to log in again: does get_id() return the same "
            "text each time, and does it begin with the id and something that is no digit?"
        )
        app.restart()


@logins(required=True)
def test_new_password_ends_logins(app, visitor, member):
    """A new password ends the logins that began with the old one."""
    ada = member(confirmed=True)
    browser = visitor(logged_in_as=ada)
    assert browser.open("/profile").path == "/profile", (
        "Ada logged in, and the next page asked her to log in again"
    )
    app.call("replace_password", on=ada, args=["three new feathers"], end="commit")

    assert browser.open("/profile").path == "/auth/login", (
        "Ada chose a new password, and a browser that was logged in with the old one still is"
    )


@logins(grave="some-stay")
def test_every_members_login_ends(app, visitor, varied_member):
    """A login ends with its mark, whoever is logged in, confirmed or not."""
    for number in range(MEMBERS_OF_ALL_KINDS):
        ada = varied_member(confirmed=number % 2 == 0)
        browser = visitor()
        browser.log_in(ada.email, app.password)
        assert browser.open("/profile").path != "/auth/login", f"{ada.name} could not log in"
        app.call("end_logins", on=ada, end="commit")

        assert browser.open("/profile").path == "/auth/login", (
            f"{ada.name}, number {ada.id}, {'' if number % 2 == 0 else 'not '}confirmed, got "
            "another session_mark, and a browser that was logged in before still is"
        )


@logins(grave="copies-live")
def test_logout_ends_copies(app, visitor, member):
    """A copy of the session cookie is worth nothing after the logout."""
    ada = member(confirmed=True)
    browser = visitor(logged_in_as=ada)
    browser.open("/profile")
    copy = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    assert visitor().open("/profile", headers=copy).path == "/profile", (
        "the copied cookie was no login at all"
    )
    shown = app.leak(str(app.call("get_id", on=ada)["returned"]))
    assert not shown, f"the cookie, which a copy makes readable, holds {shown}"
    browser.log_out()

    assert visitor().open("/profile", headers=copy).path == "/auth/login", (
        "Ada logged out, and a copy of her session cookie still opens her profile"
    )


@logins()
def test_other_members_stay(visitor, member):
    """One member's logout ends nobody else's login."""
    ada, bob = member(confirmed=True), member(confirmed=True)
    one, other = visitor(logged_in_as=ada), visitor(logged_in_as=bob)
    one.open("/profile")
    one.log_out()

    assert other.open("/profile").path == "/profile", "Ada logged out, and Bob was logged out too"


def _mails_before_and_after(app, member, ask_again, letters, pause, times=1):
    """Press once, and `times` more after a pause; return the number of mails after each."""
    start = app.some_day()
    app.clock(start)
    ada = member()
    ask_again(ada)
    first = len(letters())
    app.clock(start + pause)
    ask_again(ada, times=times)
    return first, len(letters())  # before the clock is reset: mails in the outbox are due by it


def _with_another_order(secret):
    """Return a secret key with the same characters, each one in another place."""
    return "".join(random.sample(secret, len(secret)))


def _order(verb, **given):
    return {"verb": verb, "with": given}


def _is_yes(answer):
    return is_true(answer["result"]["returned"]) if "result" in answer else False


def _token_confirms(app, member, token):
    """Return whether a token confirms a member, who is unconfirmed again afterwards."""
    returned = app.call_confirm(member, token, end="commit")
    app.mark_confirmed(member, False)
    return returned.is_true


def _policy_of(tag):
    """Return the referrer policy that a tag asks for, or an empty text."""
    is_meta = tag.name == "meta" and str(tag.get("name")).lower() == "referrer"
    return str(tag.get("content" if is_meta else "referrerpolicy", "")).strip().lower()


def _ago(app, days):
    return app.as_stored(app.now() - days * 86400)


def _listed(found):
    return ", ".join(map(str, found)) or "nothing"
