"""The members of the app under test, whom tests insert and look up in its database."""

import random
import secrets
from dataclasses import replace
from typing import Any

from confirmlab.checks import leaks
from confirmlab.checks.app_values import Member, is_true
from confirmlab.checks.random_words import MAIL_HOSTS, random_domain, random_word
from confirmlab.checks.running_app import RunningApp, as_sqlite
from confirmlab.checks.watched_members import WatchedMembers


class Members:
    """The rows of the table `user`."""

    def __init__(self, running: RunningApp) -> None:
        self._running = running
        self.watched = WatchedMembers()
        self.password = f"a coop of {secrets.token_hex(4)}'s own"
        self._hash = _hashed(self.password)
        self._taken: set[str] = set()
        self._mail_hosts: list[str] = []

    def insert(
        self,
        name: str = "",
        confirmed: bool = False,
        at: str = "",
        watched: bool = True,
        **values: Any,
    ) -> Member:
        """Insert a new member into the database, with an address `at` some mail host.

        If `watched`, an unconfirmed member has to stay so unless a test gives a token away.
        """
        name, email = self.person(name, at)
        given: dict[str, Any] = {"name": name, "email": email, "about": ""}
        given |= {"password_hash": self._hash}
        joined = self._running.now() - random.uniform(10**4, 10**5)
        given |= {"joined_at": as_sqlite(joined), "confirmed": int(confirmed)}
        given |= {"session_mark": f"{joined // 86400:.0f}.{secrets.token_urlsafe(12)}"}
        made = Member(self._running.database.insert("user", given | values), name, email)
        if watched and not confirmed:
            self.watched.add(made)
        return made

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

    def the_first(self, member: Member) -> Member:
        """Leave the site this member only, with the number 1; `reset` brings the others back."""
        self._running.database.put_aside("user", member.id)
        self._running.database.ask("UPDATE user SET id = 1")
        first = replace(member, id=1)
        self.watched.drop(member)
        self.watched.add(first)
        return first

    def mail_host(self) -> str:
        """Return a mail host that many people use; each one comes once before any comes again."""
        if not self._mail_hosts:
            self._mail_hosts = random.sample(MAIL_HOSTS, len(MAIL_HOSTS))
        return self._mail_hosts.pop()

    def person(self, name: str = "", at: str = "") -> tuple[str, str]:
        """Return a random name that no member has, and an address."""
        while not name or name in self._taken:
            name = f"{random_word()}{random_word()}".title()
        self._taken.add(name)
        box = f"{random_word()}{random_word()}{random.randrange(100)}"  # does not tell the name
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
        shown = leaks.leak(text or "", self._running.host.secret_key, [self._hash, *hashes])
        if tokens and not shown and leaks.tokens_in(text or ""):
            return "a confirmation token, which belongs only in a mail"
        if reader is not None and not shown:
            others = ask("SELECT email FROM user WHERE id != ?", reader.id)
            if any(str(email) in (text or "") for (email,) in others):
                return "the address of another member"
        return shown


def _hashed(password: str) -> str:
    from werkzeug.security import generate_password_hash

    return generate_password_hash(password, method="pbkdf2:sha256:1")
