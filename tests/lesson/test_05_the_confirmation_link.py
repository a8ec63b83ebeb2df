"""Graded tests of lesson 05: the view behind the confirmation link."""

import random
import secrets
from contextlib import suppress
from functools import partial
from urllib.parse import quote

import pytest

from confirmlab.checks.app.app_errors import VISIT_ERRORS, AppError, attempted, unless_error
from confirmlab.checks.app.token_forge import guesses
from confirmlab.checks.text.random_words import bypass_fields, bypass_query

view = partial(pytest.mark.exercise, "confirm-view")


@pytest.fixture
def good_click(app, visitor, member, link_for, is_confirmed, seen):
    """Return a function that follows a good link, once for all tests.

    It returns where it led, and whether its reader was confirmed, and somebody else or logged in.
    """

    def good_click():
        _, _, host = member().email.partition("@")
        ada = member(at=host)
        link = link_for(ada)
        app.switch_process()
        confirmed = "SELECT count(*) FROM user WHERE confirmed AND id != ?"
        before = app.database.ask(confirmed, ada.id)
        browser = visitor(logged_in_as=ada)
        end = attempted(browser.click, link)
        is_another = app.member_of(browser) not in (0, ada.id)
        return end, is_confirmed(ada), app.database.ask(confirmed, ada.id) != before or is_another

    return lambda: seen("good", good_click)


@pytest.fixture
def logged_in_browser(app, visitor):
    """Return a function that returns a browser, or a new one if the app has ended its login.

    A view may log out whoever brings a bad link.
    """

    def logged_in_browser(browser, member):
        return browser if app.member_of(browser) == member.id else visitor(logged_in_as=member)

    return logged_in_browser


@view(required=True)
def test_good_link(app, good_click, bad_click, visitor, link_for, is_confirmed):
    """A logged-in member's good link is answered with a yes."""
    end, ada_is_confirmed, another_is_confirmed = good_click()

    assert not another_is_confirmed, "the click confirmed another member, or logged one in"
    if ada_is_confirmed:  # another test checks where it led
        others = app.member(at="gmail.com"), app.member(id=app.free_first_number())
        for name, bob in zip(app.host.usual_names, others, strict=False):
            attempted(visitor(logged_in_as=bob, host=name).click, link_for(bob))
            assert is_confirmed(bob), (
                f"at {name}, as on your own machine, a good link confirms nobody"
            )
        return
    page = unless_error(end)
    assert page.status != 404, (
        "no view answers the link: does its route stand above the function, and end in /<token>? "
        "The blueprint adds /auth by itself"
    )
    assert page.status == 200, f"the click {_end_of_visit(page)}"
    # A change that was not committed shows in the message only.
    after_bad, *_ = bad_click("forged")
    assert page.flashes and page.flashes != unless_error(after_bad).flashes, (
        f"a click on a good link {_end_of_visit(page)}, says {_said(page.flashes)}, "
        f"and the member is not confirmed. {_hint_for_good_click(page)}"
    )


@view(grave="forgets")
def test_good_link_is_kept(good_click):
    """The database still knows of the confirmation when the click is over."""
    end, ada_is_confirmed, _ = good_click()

    assert ada_is_confirmed, (
        f"after the click the database still says: not confirmed. {_hint_for_good_click(end)}"
    )


@view(grave="no-address")
def test_letters_find_the_view(app):
    """The view has the endpoint auth.confirm, so the mailed link leads to it."""
    token = f"a.{random.randrange(10**9)}.b"
    try:
        built = app.process.order("url", endpoint="auth.confirm", values={"token": token})
    except AppError as error:
        raise AssertionError(
            "url_for('auth.confirm', token=...) finds no view: is the function named confirm?"
        ) from error

    assert str(built).rstrip("/") == f"/auth/confirm/{token}", (
        f"url_for('auth.confirm', token=...) leads to {str(built)[:60]!r}: is the route that of "
        "the cell? The blueprint adds /auth by itself"
    )


@view(grave="no-login")
def test_logged_out(visitor, member, link_for, is_confirmed):
    """A visitor who is not logged in confirms nobody and is asked to log in."""
    ada = member()

    about_her = dict.fromkeys(("user", "user_id", "id", "member"), str(ada.id))
    page = visitor().click(f"{link_for(ada)}?{bypass_query(**about_her)}")

    assert not is_confirmed(ada), "a visitor without a login confirmed a member"
    assert page.path == "/auth/login", f"without a login the click {_end_of_visit(page)}"


@view()
def test_back_after_login(visitor, member, password, link_for, is_confirmed):
    """A member who has to log in first comes back to the link and is confirmed."""
    ada = member()
    browser = visitor()

    page = browser.open(link_for(ada))
    with suppress(*VISIT_ERRORS):  # another test checks how the click ends
        page = browser.submit(page, email=ada.email, password=password)
        if not is_confirmed(ada):
            page = browser.click(page.url)

    assert is_confirmed(ada), (
        f"after the login the visit {_end_of_visit(page)}, and the member is not confirmed. "
        "Does a good click confirm at all? If so: @login_required remembers the link until the "
        "login, and a redirect of your own does not"
    )


@view(grave="no-identity")
def test_other_members_link(
    app, visitor, member, varied_member, link_for, is_confirmed, good_click
):
    """Another member's link confirms neither of the two, and still works for its owner."""
    _, good_links_confirm, _ = good_click()
    ada, bob = member(), varied_member()
    link = link_for(ada)

    browser = visitor(logged_in_as=bob)
    with suppress(*VISIT_ERRORS):  # another test checks how it refuses
        browser.click(link)

    assert not is_confirmed(ada), "Bob clicked Ada's link, and Ada was confirmed"
    assert not is_confirmed(bob), "Bob clicked Ada's link, and Bob was confirmed"
    assert app.member_of(browser) != ada.id, "Bob clicked Ada's link, and was logged in as Ada"
    attempted(visitor(logged_in_as=ada).click, link)
    if good_links_confirm:  # if not, another test says so
        assert is_confirmed(ada), "after somebody else's click Ada's own link does not confirm her"


BAD = pytest.mark.parametrize("kind", ["expired", "no token", "cut off", "forged"])


@pytest.fixture
def bad_click(
    app, visitor, varied_member, link_path, link_for, forge, is_confirmed, seen, logged_in_browser
):
    """Return a function that follows a bad link and then a good one, once for all tests.

    It returns where the bad one led, the secret that is shown there, and whether the member was
    confirmed then and is confirmed now.
    """

    def bad_click(kind):
        if kind in ("no token", "forged"):
            app.today()
        ada, mark = varied_member(), f"id=x{random.randrange(10**6)}"
        good = link_for(ada)
        link = {
            "expired": lambda: link_for(ada, expiration_sec=-random.randrange(1, 10**5)),
            "no token": lambda: f"{link_path}{quote(f'hello<i {mark}>')}",
            "cut off": lambda: good[: -random.randrange(20, 40)],
            "forged": lambda: f"{link_path}{forge.forged(ada, key=secrets.token_hex(64))}",
        }
        bad = link[kind]()
        # Whoever forges a link need not use a browser, and may add to its query and cookies.
        by_hand = {"by": "script", "cookies": bypass_fields()} if kind == "forged" else {}
        browser = visitor(logged_in_as=ada, **by_hand)
        more = by_hand or random.random() < 0.5
        end = attempted(browser.click, f"{bad}?{bypass_query()}" if more else bad)
        with suppress(*VISIT_ERRORS):
            app.ask(bad, ada, {})
            for name in app.host.usual_names:
                app.ask(bad, ada, method="HEAD", host=name)
        if kind == "no token":
            _try_guesses(app, ada, link_path)
        if kind == "cut off":
            for _ in range(4):  # a cookie of this browser may count the tries
                with suppress(AppError):
                    app.look(browser, bad)
        html = "" if isinstance(end, VISIT_ERRORS) else end.html
        shown = app.leak(html.replace(bad.rpartition("/")[2], ""), tokens=True, reader=ada)
        if f"<i {mark}>" in html:
            shown = f"<i {mark}> from the address as a tag; anybody could send a script so"
        before = is_confirmed(ada)
        attempted(logged_in_browser(browser, ada).click, good)
        return end, shown, before, is_confirmed(ada)

    return lambda kind: seen(kind, lambda: bad_click(kind))


@view(grave="no-check")
@BAD
def test_bad_link(good_click, bad_click, kind):
    """A link that is too old, damaged or forged confirms nobody."""
    _, good_links_confirm, _ = good_click()
    _, shown, confirmed_by_bad, confirmed_by_good = bad_click(kind)

    assert not confirmed_by_bad, f"a link that is {kind} confirmed a member"
    assert not shown, f"after a link that is {kind} the page shows {shown}"
    if good_links_confirm:  # if not, another test says so
        assert confirmed_by_good, f"after a link that is {kind} the good one does not confirm"


@view(points=2)
@BAD
def test_bad_link_leads_home(bad_click, kind):
    """A bad link leads to the front page, where a message says that it did not work."""
    end, *_ = bad_click(kind)

    page = unless_error(end)
    assert _home(page), f"a link that is {kind} {_end_of_visit(page)}, and not on the front page"
    assert page.flashes, f"after a link that is {kind} the page shows no message"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("an answer", marks=view(points=2, grave="breaks")),
        pytest.param("the front page", marks=view(points=2)),
    ],
)
def test_good_link_leads_home(good_click, asked):
    """A good link leads to the front page, where a message says that it worked."""
    end, *_ = good_click()

    page = unless_error(end)
    if asked == "an answer":  # an error costs more than a page elsewhere
        return
    assert _home(page), f"the click {_end_of_visit(page)}, and was not redirected to the front page"
    assert page.flashes, "after the click the page shows no message"


@pytest.fixture
def three_clicks(visitor, member, link_path, link_for, is_confirmed, seen, logged_in_browser):
    """Return a function that follows a bad link and twice a good one, once for all tests.

    It returns where the three led, and whether the member is confirmed.
    """

    def three_clicks():
        ada = member()
        good = link_for(ada)
        browser = visitor(logged_in_as=ada)
        ends = [attempted(browser.click, f"{link_path}hello?{bypass_query()}")]
        browser = logged_in_browser(browser, ada)
        for link in (good, random.choice((good, link_for(ada)))):
            ends.append(attempted(browser.click, f"{link}?{bypass_query()}"))
        return ends, is_confirmed(ada)

    return lambda: seen("three", three_clicks)


@view()
def test_second_click(three_clicks):
    """A second click changes nothing, and leads to the front page with a message, too."""
    (_, _, end), still_confirmed = three_clicks()

    page = unless_error(end)
    assert still_confirmed, "after the second click the member is not confirmed"
    assert _home(page), f"the second click {_end_of_visit(page)}, and not on the front page"
    assert page.flashes, "after the second click the page shows no message"


@view(grave="leads-away")
def test_link_stays_on_the_site(three_clicks):
    """The link leads to no other site, whatever is added to its query."""
    pages = [end for end in three_clicks()[0] if not isinstance(end, VISIT_ERRORS)]
    away = [page.path for page in pages if "//" in page.path]

    assert not away, f"a link with something added to its query led to {away[0]}"


@view()
def test_messages_differ(three_clicks):
    """The three outcomes (confirmed, confirmed already, not confirmed) have different messages."""
    bad, good, again = (unless_error(end).flashes for end in three_clicks()[0])

    assert len({bad, good, again}) == 3, (
        f"a bad link says {_said(bad)}, a good one {_said(good)}, a second click {_said(again)}: "
        "two of the three are the same"
    )


@view()
def test_already_confirmed_with_old_link(visitor, member, link_for):
    """A member who is confirmed already is told so, even if the link is too old."""
    ada = member(confirmed=True)
    browser = visitor(logged_in_as=ada)

    fresh = browser.click(link_for(ada)).flashes
    old = browser.click(link_for(ada, expiration_sec=-random.randrange(1, 10**5))).flashes

    assert fresh == old, (
        f"to a confirmed member a fresh link says {_said(fresh)}, an old one {_said(old)}; "
        "the token should not matter any more"
    )


def _try_guesses(app, member, link_path):
    """Open links that anybody could make up; if there is a page, send its form."""
    for text in guesses(member):
        path = f"{link_path}{quote(text)}"
        with suppress(*VISIT_ERRORS):
            if app.ask(path, member).status == 200:
                app.ask(path, member, {})


def _hint_for_good_click(end):
    """Ask for what may keep a good click from confirming."""
    straight = not isinstance(end, VISIT_ERRORS) and len(end.redirects) == 1
    if straight and end.path == "/auth/unconfirmed":
        return (
            "The link led straight to the waiting room: is the view, by its name, among the "
            "gate's open ones?"
        )
    return "Was the change committed, and only after confirm(token) had said yes?"


def _home(page):
    return page.status == 200 and "/" in (*page.redirects, page.path)


def _end_of_visit(page):
    """Name where a visit ended, without the long token."""
    place = "/auth/confirm/…" if page.path.startswith("/auth/confirm/") else page.path
    return f"ended on {place} with status {page.status}"


def _said(flashes):
    return " and ".join(repr(message) for message in flashes) or "nothing"
