"""Graded tests of lesson 05: the view behind the confirmation link."""

import pytest

pytestmark = pytest.mark.exercise("confirm-view")


@pytest.fixture
def link_for(token_for):
    return lambda member, **lifetime: f"/auth/confirm/{token_for(member, **lifetime)}"


def test_good_link(visitor, member, link_for, is_confirmed):
    """A member who is logged in and follows a good link is confirmed, and stays it."""
    ada = member("Ada")

    page = visitor(logged_in_as=ada).click(link_for(ada))

    assert page.status != 404, "no view answers the link: is its route still above the function?"
    assert page.status == 200, f"the click {_ended(page)}"
    assert is_confirmed(ada), (
        "after the click the database still says: not confirmed. Did anybody save the change?"
    )


def test_logged_out(visitor, member, link_for, is_confirmed):
    """Somebody who is not logged in confirms nobody, and is asked to log in."""
    ada = member("Ada")

    page = visitor().click(link_for(ada))

    assert not is_confirmed(ada), "a visitor without a login confirmed Ada"
    assert page.path == "/auth/login", f"without a login the click {_ended(page)}"


def test_back_after_login(visitor, member, password, link_for, is_confirmed):
    """Who logs in after the click comes back to the link and is confirmed."""
    ada = member("Ada")
    browser = visitor()

    page = browser.submit(browser.open(link_for(ada)), email=ada.email, password=password)
    if not is_confirmed(ada):
        page = browser.click(page.url)

    assert is_confirmed(ada), (
        f"after the login the visit {_ended(page)}, and Ada is not confirmed. "
        "@login_required remembers the link until then; a redirect of one's own does not"
    )


def test_other_members_link(visitor, member, link_for, is_confirmed):
    """Another member's link confirms neither of the two."""
    ada, bob = member("Ada"), member("Bob")

    visitor(logged_in_as=bob).click(link_for(ada))

    assert not is_confirmed(ada), "Bob clicked Ada's link, and Ada was confirmed"
    assert not is_confirmed(bob), "Bob clicked Ada's link, and Bob was confirmed"


@pytest.mark.parametrize("kind", ["expired", "no token", "cut off"])
def test_bad_link(visitor, member, link_for, is_confirmed, kind):
    """A link that is too old or damaged confirms nobody and leads home with a message."""
    ada = member("Ada")
    good = link_for(ada)
    link = {"expired": link_for(ada, expiration_sec=-1), "no token": "/auth/confirm/hello"}
    link["cut off"] = good[:-30]

    page = visitor(logged_in_as=ada).click(link[kind])

    assert not is_confirmed(ada), f"a link that is {kind} confirmed Ada"
    assert _home(page), f"a link that is {kind} {_ended(page)}, and not at home"
    assert page.flashes, f"after a link that is {kind} the page shows no message"


def test_good_link_leads_home(visitor, member, link_for):
    """A good link leads home, and the page there says that it worked."""
    ada = member("Ada")

    page = visitor(logged_in_as=ada).click(link_for(ada))

    assert _home(page), f"the click {_ended(page)}, and not at home by a redirect"
    assert page.flashes, "after the click the page shows no message"


def test_second_click(visitor, member, link_for, is_confirmed):
    """A second click changes nothing, and leads home with a message too."""
    ada = member("Ada")
    link = link_for(ada)
    browser = visitor(logged_in_as=ada)
    browser.click(link)

    page = browser.click(link)

    assert is_confirmed(ada), "after the second click Ada is no longer confirmed"
    assert _home(page), f"the second click {_ended(page)}, and not at home"
    assert page.flashes, "after the second click the page shows no message"


def test_messages_differ(visitor, member, link_for):
    """Confirmed, confirmed already, and not confirmed: each has a message of its own."""
    ada = member("Ada")
    browser = visitor(logged_in_as=ada)

    bad = browser.click("/auth/confirm/hello").flashes
    good = browser.click(link_for(ada)).flashes
    again = browser.click(link_for(ada)).flashes

    assert len({bad, good, again}) == 3, (
        f"a bad link says {_said(bad)}, a good one {_said(good)}, a second click {_said(again)}: "
        "two of the three are alike"
    )


def test_already_confirmed_with_old_link(visitor, member, link_for):
    """Who is confirmed already hears just that, even from a link that is too old."""
    ada = member("Ada", confirmed=True)
    browser = visitor(logged_in_as=ada)

    fresh = browser.click(link_for(ada)).flashes
    old = browser.click(link_for(ada, expiration_sec=-1)).flashes

    assert fresh == old, (
        f"to a confirmed member a fresh link says {_said(fresh)}, an old one {_said(old)}; "
        "the token should not matter any more"
    )


def _home(page):
    return page.status == 200 and "/" in (*page.trail, page.path)


def _ended(page):
    """Say where a visit ended, without the long token."""
    place = "/auth/confirm/…" if page.path.startswith("/auth/confirm/") else page.path
    return f"ended on {place} with status {page.status}"


def _said(flashes):
    return " and ".join(repr(message) for message in flashes) or "nothing"
