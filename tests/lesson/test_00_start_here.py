"""Graded tests of lesson 00: the first blank."""

import re
from contextlib import suppress
from functools import partial

import pytest

from confirmlab.checks.app.app_errors import AppError
from confirmlab.checks.app.app_values import Member
from confirmlab.checks.text.random_words import random_name
from confirmlab.site.pages.page import read

NOBODY = Member(0, "", "")

welcome = partial(pytest.mark.exercise, "welcome-line")


@pytest.fixture
def strangers_page(visitor, seen):
    """Return a function that opens the front page as a stranger, once for all tests."""
    return lambda: seen("stranger", lambda: visitor().open("/"))


@welcome(required=True)
def test_member(app, visitor, member, strangers_page):
    """The front page greets a member by name."""
    # With a longer name, its first word would count as a greeting, too.
    grace, bob = member(random_name(), confirmed=True), member()
    page = visitor(logged_in_as=grace).open("/")

    assert _shows(page, grace.name), (
        f"a member called {grace.name} is logged in, and the name is not on the front page"
        f"{_why_not(page)}"
    )
    others = [
        app.member(_new_name("long", page), confirmed=True, at="gmail.com"),
        app.member(_new_name("two words", page), confirmed=True, id=app.free_first_number()),
    ]
    for name, zoe in zip(app.host.usual_names, others, strict=False):
        there = read(app.ask("/", zoe, host=name).text, f"http://{name}/")
        assert _shows(there, zoe.name.split()[0]), (
            f"at {name}, as on your own machine, the member's name is not on the front page"
        )
    assert bob.name not in page.text, f"{grace.name} is greeted by another member's name as well"
    strangers = None
    with suppress(AppError):  # without a page for strangers, the next test fails
        strangers = strangers_page()
    unnamed = page.text.casefold().replace(grace.name.casefold(), " ")
    known = {"welcome stranger"} | _to_strangers(strangers.text.casefold() if strangers else "")
    assert not _to_strangers(unnamed) & known, (
        f"a member called {grace.name} is logged in, and still called a stranger"
    )
    shown = app.leak(page.html, tokens=True, reader=grace)
    assert not shown, f"the front page shows {shown}"
    shown = strangers and app.leak(strangers.html, tokens=True, reader=NOBODY)
    assert not shown, f"to strangers the front page shows {shown}"


def _new_name(size, page):
    """Return a random name whose first word is on no page yet, as `come` is in "Welcome"."""
    names = iter(partial(random_name, size), None)
    return next(name for name in names if not _shows(page, name.split()[0]))


@welcome()
def test_stranger(strangers_page):
    """Somebody who is not logged in still sees the front page, and is called a stranger."""
    page = strangers_page()

    assert page.status == 200, f"the front page answered with status {page.status}"
    assert "stranger" in page.text.lower(), (
        "a visitor who is not logged in no longer finds the word 'stranger'; is there an `else`, "
        "with the word in quotes?"
    )


@welcome(grave="unescaped")
def test_odd_name(app, visitor, member):
    """A name that looks like HTML is escaped on the page."""
    plain = app.person()[0]
    name = f"<b>{plain}</b>"
    page = visitor(logged_in_as=member(name, confirmed=True)).open("/")

    assert _shows(page, plain), f"the name {name} is not on the front page{_why_not(page)}"
    assert _shows(page, name), (
        f"the name {name} did not come out letter for letter; was Jinja told not to escape it?"
    )


def _shows(page, name):
    """Return whether a page shows a name, perhaps in capitals."""
    return name.casefold() in page.text.casefold()


def _to_strangers(text):
    """Return the words of each line that names a stranger."""
    return {" ".join(re.findall(r"\w+", line)) for line in text.splitlines() if "stranger" in line}


def _why_not(page):
    """Return where to look when a name is missing, for the end of a message."""
    if "current_user" in page.text:
        return "; the page shows `current_user` as you typed it: put it in {{ … }}, without quotes"
    if "welcome, stranger" in page.text.casefold():
        return (
            ", which calls the member a stranger: does the name stand before the `if`, and is the "
            "condition spelt right?"
        )
    if "@" in page.text:
        return ", but an address is: which attribute holds the name?"
    return "; Jinja shows nothing for an attribute that does not exist: is each one spelt right?"
