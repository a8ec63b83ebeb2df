"""Unconfirmed members, watched after their test in case the app confirms them later."""

from collections.abc import Callable
from dataclasses import dataclass

from confirmlab.checks.app.app_database import Database
from confirmlab.checks.app.app_values import Member

_MAX_WATCHED = 60  # members that are kept from one test to the next


@dataclass(frozen=True)
class _Watched:
    test: str
    email: str


class WatchedMembers:
    """The members who should be unconfirmed, with the test that each one belongs to."""

    def __init__(self) -> None:
        self.test = ""  # the test that runs now
        self.caught: dict[str, str] = {}  # test → address of a member who was confirmed after it
        self._own: dict[int, _Watched] = {}
        self._may_have_token: set[int] = set()  # members who may have got a token from the test
        self._former: dict[int, _Watched] = {}

    def add(self, member: Member) -> None:
        """Watch a member of the running test, who is unconfirmed now."""
        found = _Watched(self.test, member.email)
        if member.email in self.caught.values():  # several tests may look at one member
            self._catch(found)
        self._former.pop(member.id, None)
        self._own[member.id] = found

    def drop(self, member: Member) -> None:
        """Stop watching a member whom a test may confirm, or has confirmed."""
        self._own.pop(member.id, None)
        self._may_have_token.add(member.id)

    def is_of_this_test(self, number: int) -> bool:
        """Return whether the running test has watched the member with this number."""
        return number in self._own or number in self._may_have_token

    def renumber(self, old: int, new: int) -> None:
        """Store the new number of a member of an earlier test."""
        if old in self._former:
            self._former[new] = self._former.pop(old)

    def look(self, database: Database) -> None:
        """Record which members of earlier tests are confirmed now."""
        if self._former:
            for number in self._confirmed(database, self._former):
                self._catch(self._former.pop(number))

    def end_test(self, database: Database, mailed: Callable[[str], bool]) -> None:
        """Check members of earlier tests, and keep the unconfirmed members of this one.

        Members confirmed after a mail are not reported: the test may have used their link.
        """
        self.look(database)
        for number in self._confirmed(database, self._own) if self._own else ():
            found = self._own.pop(number)
            if number not in self._may_have_token and not mailed(found.email):
                self._catch(found)
        self._former = dict([*self._former.items(), *self._own.items()][-_MAX_WATCHED:])
        self._own, self._may_have_token = {}, set()

    def _catch(self, found: _Watched) -> None:
        self.caught.setdefault(found.test, found.email)

    def numbers(self) -> list[int]:
        """Return the numbers of the members who are kept."""
        return list(self._former)

    def _confirmed(self, database: Database, watched: dict[int, _Watched]) -> list[int]:
        if "confirmed" not in database.columns("user"):
            return []
        rows = database.ask("SELECT id, email FROM user WHERE confirmed NOT IN (0, '', 'false')")
        return [n for n, email in rows if n in watched and watched[n].email == email]
