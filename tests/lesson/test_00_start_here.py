"""Graded tests of lesson 00: the first blank."""

import pytest

pytestmark = pytest.mark.exercise("welcome-line")


def test_member(visitor, member):
    """The home page greets a member by name."""
    page = visitor(logged_in_as=member("Grace", confirmed=True)).open("/")

    assert "Grace" in page.text, "Grace is logged in, and her name is not on the home page"
    assert "stranger" not in page.text.lower(), "Grace is logged in, and still called a stranger"


def test_stranger(visitor):
    """Somebody who is not logged in still sees the home page."""
    page = visitor().open("/")

    assert page.status == 200, f"the home page answered with status {page.status}"
    assert "stranger" in page.text.lower(), (
        "a visitor who is not logged in no longer finds the word 'stranger'"
    )


def test_odd_name(visitor, member):
    """A name that looks like HTML is shown as it is, not obeyed."""
    page = visitor(logged_in_as=member("<b>Bob</b>", confirmed=True)).open("/")

    assert "<b>Bob</b>" in page.text, (
        "the name <b>Bob</b> did not come out letter for letter; was Jinja told not to escape it?"
    )
