"""Graded tests of lesson 00: the first blank."""

import pytest

pytestmark = pytest.mark.exercise("welcome-line")
required = pytest.mark.exercise("welcome-line", required=True)


@required
def test_member(app, visitor, member):
    """The front page greets a member by name."""
    grace, bob = member(confirmed=True), member()
    page = visitor(logged_in_as=grace).open("/")

    assert grace.name in page.text, (
        f"a member called {grace.name} is logged in, and the name is not on the front page"
        f"{_as_typed(page)}"
    )
    assert "stranger" not in page.text.lower(), (
        f"a member called {grace.name} is logged in, and still called a stranger"
    )
    assert bob.name not in page.text, f"{grace.name} is greeted by another member's name as well"
    shown = app.leak(page.html, tokens=True, reader=grace)
    assert not shown, f"the front page shows {shown}"


def test_stranger(visitor):
    """Somebody who is not logged in still sees the front page."""
    page = visitor().open("/")

    assert page.status == 200, f"the front page answered with status {page.status}"
    assert "stranger" in page.text.lower(), (
        "a visitor who is not logged in no longer finds the word 'stranger'"
    )


def test_odd_name(app, visitor, member):
    """A name that looks like HTML is escaped on the page."""
    plain = app.person()[0]
    name = f"<b>{plain}</b>"
    page = visitor(logged_in_as=member(name, confirmed=True)).open("/")

    assert plain in page.text, f"the name {name} is not on the front page{_as_typed(page)}"
    assert name in page.text, (
        f"the name {name} did not come out letter for letter; was Jinja told not to escape it?"
    )


def _as_typed(page):
    """Name the slip of an expression that Jinja never saw, for the end of a message."""
    slipped = "current_user" in page.text
    return "; the page shows `current_user` as you typed it: put it in {{ … }}" if slipped else ""
