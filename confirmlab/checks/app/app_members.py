"""The members of the app under test, whom tests insert and look up in its database."""

import random
import secrets
from collections import defaultdict
from dataclasses import replace
from string import ascii_lowercase
from typing import Any

from confirmlab.checks.app.app_values import Member, is_true
from confirmlab.checks.app.running_app import RunningApp, as_sqlite
from confirmlab.checks.app.watched_members import WatchedMembers
from confirmlab.checks.text import leaks
from confirmlab.checks.text.random_words import (
    MAIL_HOSTS,
    Deck,
    random_domain,
    random_name,
    random_word,
)
from confirmlab.site.driver.quick_hashes import quick_hash

FIRST_NUMBER = 1  # the number of the first member of a site
_LOW_NUMBERS = range(300, 1000)
# Five consecutive members of an exercise are of all kinds: two equal draws from a deck of three
# have at most four other draws between them.
MEMBERS_OF_ALL_KINDS = 5
_SIZES = ("two words", "short", "long")
_SPELLINGS = ("plain", "number", "foreign")  # of a name, see _spelled
_SEPARATORS = ("", ".", "+")  # separator of two words in an address
_AGES = tuple(86400.0 * days for days in (0.1, 20, 900))  # of a membership, in seconds


class _Kinds:
    """Properties by which an app might distinguish members."""

    def __init__(self) -> None:
        self.hosts, self.sizes, self.ages = Deck(*MAIL_HOSTS), Deck(_SIZES), Deck(_AGES)
        self.spellings, self.boxes = Deck(_SPELLINGS), Deck(_SEPARATORS)
        self.numbers = Deck(("the first", "a round one", "any"))


def _spelled(name: str, spelling: str) -> str:
    """Return a name as it is, or one as long that ends with a number or a letter beyond ASCII."""
    if spelling == "number":
        return f"{name[:-1].upper()}{random.randrange(2, 10)}"
    return f"{name[:-1]}{random.choice('éüøžñ')}" if spelling == "foreign" else name


class Members:
    """The rows of the table `user`."""

    def __init__(self, running: RunningApp) -> None:
        self._running = running
        self.watched = WatchedMembers()
        self.password = f"a coop of {secrets.token_hex(4)}'s own"
        self._taken: set[str] = set()
        # Most sites have few members.
        self._low_numbers = random.sample(_LOW_NUMBERS, len(_LOW_NUMBERS))
        # Decks for members that a test uses, and for additional members that no test uses.
        self._next_is_low = {used: Deck((True, False)) for used in (True, False)}
        self._hosts, self._boxes = Deck(*MAIL_HOSTS), Deck(_SEPARATORS)
        self._kinds: defaultdict[str, _Kinds] = defaultdict(_Kinds)  # by exercise

    def insert(
        self,
        name: str = "",
        confirmed: bool = False,
        at: str = "",
        watched: bool = True,
        between: str | None = None,
        **values: Any,
    ) -> Member:
        """Insert a new member into the database, with an address `at` some mail host.

        `between` separates two words of the address. If `watched`, an unconfirmed
        member has to stay so unless a test gives a token away.
        """
        at = at or random.choice(("", random.choice(sum(MAIL_HOSTS, ()))))
        name = name or random_name(random.choice(("", *_SIZES)))
        name, email = self.person(name, at, between)
        given: dict[str, Any] = {"name": name, "email": email}
        given |= {"about": random.choice(("", "", random_name("long")))}
        given |= {"password_hash": quick_hash(self.password), "confirmed": int(confirmed)}
        now = self._running.now()
        joined = as_sqlite(now - random.uniform(10**4, 10**5))
        given |= {"joined_at": joined}
        given |= {"session_mark": f"{now // 86400:.0f}.{secrets.token_urlsafe(12)}"}
        given |= values
        if "id" not in given:  # members with a given id use up no low number
            given["id"] = self._next_number(watched)
        made = Member(self._running.database.insert("user", given), name, email)
        if watched and not confirmed:
            self.watched.add(made)
        return made

    def insert_another_kind(self, exercise: str, **values: Any) -> Member:
        """Insert a member; MEMBERS_OF_ALL_KINDS in a row for one exercise are of all kinds."""
        kinds = self._kinds[exercise]
        joined = self._running.now() - kinds.ages.draw() * random.uniform(0.5, 1.5)
        name = _spelled(random_name(kinds.sizes.draw()), kinds.spellings.draw())
        drawn: dict[str, Any] = {"name": name, "at": kinds.hosts.draw()}
        drawn |= {"between": kinds.boxes.draw()}
        drawn |= {"joined_at": as_sqlite(joined)}
        number = kinds.numbers.draw()
        if number == "a round one":
            drawn |= {"id": self._round_number()}
        elif number == "the first" and not self.watched.is_of_this_test(FIRST_NUMBER):
            drawn |= {"id": self.free_first_number()}
        return self.insert(**(drawn | values))

    def _next_number(self, used: bool) -> int:
        """Return a number that no member has had; of three in a row, one is low and one is high.

        The numbers that the database gives to others follow the highest, so they are never low.
        """
        if self._next_is_low[used].draw() and self._low_numbers:
            return self._low_numbers.pop()
        return self._high_number()

    def _high_number(self) -> int:
        gap = random.choice((0, 0, *map(random.randrange, (9, 900, 10**5))))
        return self._highest_number() + 1 + gap

    def _highest_number(self) -> int:
        """Return the highest number of a member, or the end of the low ones."""
        return max(_LOW_NUMBERS.stop, self._running.database.highest_number("user"))

    def _round_number(self) -> int:
        """Return a number that no member has had, and that has many divisors."""
        return (self._highest_number() // 60 + 1) * 60

    def free_first_number(self) -> int:
        """Return FIRST_NUMBER; a member who has this number gets another one."""
        other = self._high_number()
        self._running.database.ask("UPDATE user SET id = ? WHERE id = ?", other, FIRST_NUMBER)
        self.watched.renumber(FIRST_NUMBER, other)
        return FIRST_NUMBER

    def crowd(self, like: Member, size: int) -> None:
        """Insert `size` members more, who differ from a given one only in their addresses."""
        database = self._running.database
        names = ", ".join(f'"{name}"' for name in database.columns("user") if name != "id")
        values = names.replace('"email"', "n || email")
        database.ask(
            "WITH RECURSIVE other(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM other WHERE n < ?) "
            f"INSERT INTO user ({names}) SELECT {values} FROM user, other WHERE id = ?",
            *(size, like.id),
        )

    def make_only_member(self, member: Member) -> Member:
        """Remove all members but this one, and make it the first; `reset` restores them."""
        self._running.database.put_aside("user", member.id)
        self._running.database.ask("UPDATE user SET id = ?", FIRST_NUMBER)
        first = replace(member, id=FIRST_NUMBER)
        self.watched.drop(member)
        self.watched.add(first)
        return first

    def put_aside(self) -> None:
        """Remove all members, so that the next is the first; `reset` restores them."""
        database = self._running.database
        database.put_aside("user", but=0)
        if database.columns("sqlite_sequence"):
            database.ask("DELETE FROM sqlite_sequence WHERE name = 'user'")

    def mail_host(self) -> str:
        """Return a mail host that many people use; each one comes once before any comes again."""
        return self._hosts.draw()

    def person(self, name: str = "", at: str = "", between: str | None = None) -> tuple[str, str]:
        """Return a random name that no member has, and an address."""
        while not name or name in self._taken:
            name = random_name()
        self._taken.add(name)
        # An address need not tell the name, nor end with a number.
        first, number = random.choice(("", *ascii_lowercase)), random.randrange(100)
        mark = self._boxes.draw() if between is None else between
        box = f"{first}{random_word()}{mark}{random_word()}{random.choice((number, random_word()))}"
        return name, f"{box}@{at or random_domain()}"

    def is_confirmed(self, member: Member) -> bool:
        """Return whether the member is confirmed in the database."""
        database = self._running.database
        if "confirmed" not in database.columns("user"):
            order = self._running.process.order
            return is_true(order("attribute", member=member.id, name="confirmed"))
        rows = database.ask("SELECT confirmed FROM user WHERE id = ?", member.id)
        confirmed = bool(rows) and rows[0][0] not in (0, None, "", "0", "false")
        (self.watched.drop if confirmed else self.watched.add)(member)
        return confirmed

    def mark_confirmed(self, member: Member, yes: bool = True) -> None:
        """Set or clear `confirmed` in the database."""
        self.watched.drop(member)
        query = "UPDATE user SET confirmed = ? WHERE id = ?"
        self._running.database.ask(query, int(yes), member.id)

    def leak(self, text: str | None, tokens: bool = False, reader: Member | None = None) -> str:
        """Return the name of a secret that a text shows, or an empty text.

        With `tokens`, confirmation tokens are secrets, too; with a reader, the addresses of all
        other members are.
        """
        ask = self._running.database.ask
        hashes = [stored for (stored,) in ask("SELECT password_hash FROM user")]
        shown = leaks.leak(text or "", self._running.host.secret_key, hashes)
        if tokens and not shown and leaks.tokens_in(text or ""):
            return "a confirmation token, which belongs only in a mail"
        if reader is not None and not shown:
            others = ask("SELECT email FROM user WHERE id != ?", reader.id)
            if any(str(email) in (text or "") for (email,) in others):
                return "the address of another member"
        return shown
