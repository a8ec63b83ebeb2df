"""Facts about members whom no test has confirmed."""

import pytest

from confirmlab.checks.app.app_database import Database
from confirmlab.checks.app.app_values import Member
from confirmlab.checks.app.watched_members import WatchedMembers

ADA = Member(1, "Ada", "ada@example.org")


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "app.sqlite")
    database.ask("CREATE TABLE user (id INTEGER PRIMARY KEY, email TEXT, confirmed BOOLEAN)")
    database.insert("user", {"id": ADA.id, "email": ADA.email, "confirmed": 0})
    yield database
    database.close()


@pytest.fixture
def watched():
    watched = WatchedMembers()
    watched.test = "one"
    watched.add(ADA)
    return watched


def confirm(database):
    database.ask("UPDATE user SET confirmed = 1")


def test_a_later_confirmation_is_noticed(database, watched):
    """If a member is confirmed after a test, that test is named."""
    watched.end_test(database, lambda _: False)
    assert (watched.numbers(), watched.caught) == ([ADA.id], {})

    confirm(database)
    watched.look(database)

    assert (watched.numbers(), watched.caught) == ([], {"one": ADA.email})


def test_a_confirmation_without_a_token_is_noticed_at_once(database, watched):
    """A member confirmed in a test that gave away no token is noticed, unless mailed."""
    confirm(database)
    watched.end_test(database, lambda _: True)
    assert watched.caught == {}

    watched.add(ADA)
    watched.end_test(database, lambda _: False)
    assert watched.caught == {"one": ADA.email}


def test_a_member_who_got_a_token_is_not_watched(database, watched):
    """A member whom the test may have confirmed is not watched."""
    watched.drop(ADA)
    confirm(database)
    watched.end_test(database, lambda _: False)

    assert (watched.numbers(), watched.caught) == ([], {})


def test_another_member_with_the_same_number(database, watched):
    """A number that was used again belongs to another member."""
    watched.end_test(database, lambda _: False)
    database.ask("UPDATE user SET email = 'bob@example.org', confirmed = 1")
    watched.look(database)

    assert watched.caught == {}


def test_each_test_that_looked_at_the_member_is_named(database, watched):
    """A wrongly confirmed member is reported for each test that watched the same member."""
    watched.end_test(database, lambda _: False)
    confirm(database)
    watched.look(database)
    watched.test = "two"
    watched.add(ADA)

    assert set(watched.caught) == {"one", "two"}


def test_rows_come_back(database):
    """Rows that were put aside are restored, unless their number was taken."""
    for number in (2, 3):
        database.insert("user", {"id": number, "email": f"{number}@example.org", "confirmed": 0})
    database.put_aside("user", 3)
    database.ask("UPDATE user SET id = 1")
    assert database.ask("SELECT id, email FROM user") == [(1, "3@example.org")]

    database.bring_back()
    database.bring_back()

    rows = database.ask("SELECT id, email FROM user ORDER BY id")
    assert rows == [(1, "3@example.org"), (2, "2@example.org")]


def test_a_member_with_another_number(database, watched):
    """A member of a former test who gets another number is watched under the new one."""
    assert watched.is_of_this_test(ADA.id)
    watched.end_test(database, lambda _: False)
    assert not watched.is_of_this_test(ADA.id)
    database.ask("UPDATE user SET id = 7")
    watched.renumber(ADA.id, 7)

    confirm(database)
    watched.look(database)

    assert watched.caught == {"one": ADA.email}


def test_the_highest_number(database):
    """The highest number of a table includes deleted rows only if SQLite remembers them."""
    assert database.highest_number("user") == ADA.id
    database.ask("CREATE TABLE letter (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    assert database.highest_number("letter") == 0
    database.ask("INSERT INTO letter (id) VALUES (9)")
    database.ask("DELETE FROM letter")

    assert database.highest_number("letter") == 9
