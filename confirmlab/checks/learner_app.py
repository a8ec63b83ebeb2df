"""The learner's app as graded tests use it: its members, visitors, mails, tokens and clock."""

import random
import re
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from confirmlab.checks import leaks
from confirmlab.checks.app_client import Host, Process
from confirmlab.checks.app_database import Database
from confirmlab.checks.app_errors import AppDied, AppError, AppGarbled, AppLate
from confirmlab.checks.app_requests import (
    Answer,
    browser_headers,
    read_answer,
    script_headers,
    transport,
)
from confirmlab.checks.app_values import Member, Returned, is_true, show
from confirmlab.checks.cookie_signer import Signer
from confirmlab.checks.mail_server import MailServer
from confirmlab.checks.random_words import MAIL_HOSTS, random_domain, random_word
from confirmlab.checks.watched_members import WatchedMembers
from confirmlab.site.visitor import Visitor

_HEADERS = {"browser": browser_headers, "script": script_headers}
_WAITING = "SELECT count(*) FROM letter WHERE sent_at IS NULL AND failed_at IS NULL"


class LearnerApp:
    """The app under test, reached from the trusted process."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.process, self._other_process = Process(host), Process(host)
        self.signer = Signer(host.secret_key)
        self.signer.now = self.now
        self.password = f"a coop of {secrets.token_hex(4)}'s own"
        self._hash = _hashed(self.password)
        self._database: Database | None = None
        self._post: MailServer | None = None
        self._frozen: tuple[float, float | None] | None = None  # the clock, and when it was set
        self._more: list[Process] = []
        self._taken: set[str] = set()
        self._ids_are_plain = False  # whether get_id() was seen to return the id alone
        self._mail_hosts: list[str] = []
        self.watched = WatchedMembers()

    @property
    def _both_processes(self) -> tuple[Process, Process]:
        return self.process, self._other_process

    # People

    def member(
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
        joined = self.now() - random.uniform(10**4, 10**5)
        given |= {"joined_at": _as_sqlite(joined), "confirmed": int(confirmed)}
        given |= {"session_mark": f"{joined // 86400:.0f}.{secrets.token_urlsafe(12)}"}
        made = Member(self.database.insert("user", given | values), name, email)
        if watched and not confirmed:
            self.watched.add(made)
        return made

    def crowd(self, like: Member, size: int) -> None:
        """Insert `size` members more, who differ from a given one only in their addresses."""
        names = ", ".join(f'"{name}"' for name in self.database.columns("user") if name != "id")
        values = names.replace('"email"', "n || email")
        self.database.ask(
            "WITH RECURSIVE other(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM other WHERE n < ?) "
            f"INSERT INTO user ({names}) SELECT {values} FROM user, other WHERE id = ?",
            *(size, like.id),
        )

    def the_first(self, member: Member) -> Member:
        """Leave the site this member only, with the number 1; `reset` brings the others back."""
        self.database.put_aside("user", member.id)
        self.database.ask("UPDATE user SET id = 1")
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
        if "confirmed" not in self.database.columns("user"):
            return is_true(self.process.order("attribute", member=member.id, name="confirmed"))
        rows = self.database.ask("SELECT confirmed FROM user WHERE id = ?", member.id)
        confirmed = bool(rows) and rows[0][0] not in (0, None, "", "0", "false")
        (self.watched.drop if confirmed else self.watched.add)(member)
        return confirmed

    def mark_confirmed(self, member: Member, yes: bool = True) -> None:
        """Set or clear `confirmed` in the database."""
        self.watched.drop(member)
        self.database.ask("UPDATE user SET confirmed = ? WHERE id = ?", int(yes), member.id)

    def leak(self, text: str | None, tokens: bool = False, reader: Member | None = None) -> str:
        """Return the name of a secret that a text shows, or an empty text.

        With `tokens`, confirmation tokens are secrets, too; with a reader, the addresses of all
        other members are.
        """
        hashes = [stored for (stored,) in self.database.ask("SELECT password_hash FROM user")]
        shown = leaks.leak(text or "", self.host.secret_key, [self._hash, *hashes])
        if tokens and not shown and leaks.tokens_in(text or ""):
            return "a confirmation token, which belongs only in a mail"
        if reader is not None and not shown:
            others = self.database.ask("SELECT email FROM user WHERE id != ?", reader.id)
            if any(str(email) in (text or "") for (email,) in others):
                return "the address of another member"
        return shown

    # Visits

    def visitor(
        self,
        logged_in_as: Member | None = None,
        process: Process | None = None,
        by: str = "browser",
    ) -> Visitor:
        """Return a new browser, or a script, with its own cookies."""
        process = process or self.process
        self.start_mail_server()
        there, headers = f"http://{self.host.name}", dict(_HEADERS[by]())
        browser = Visitor(there, transport=transport(process), headers=headers)
        if logged_in_as is not None:
            cookie = self.cookie(logged_in_as, headers)
            browser._client.cookies.set("session", cookie, domain=self.host.name)
        return browser

    def ask(
        self,
        path: str,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Answer:
        """Send one request, described as in `request`, and return the answer."""
        asked = self.request(path, member, data, **more)
        return read_answer(self.process.order("visit", **asked))

    def request(
        self,
        path: str,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        host: str = "",
        signed: bool = True,
        by: str = "browser",
        cookies: Mapping[str, str] | None = None,
        referer: str = "",
        method: str = "",
    ) -> dict[str, Any]:
        """Return the arguments of the order that sends a request of a browser or a script.

        A form carries its CSRF token if it is `signed`.
        """
        self.start_mail_server()
        raw, body, known = secrets.token_hex(20), "", dict(cookies or {})
        headers = [list(pair) for pair in _HEADERS[by]()]
        if referer:
            headers.append(["Referer", referer])
        if member is not None or data is not None:
            known["session"] = self.cookie(member, dict(headers), raw)
        if known:
            pairs = (f"{name}={value}" for name, value in known.items())
            headers.append(["Cookie", "; ".join(pairs)])
        if data is not None:
            fields = dict(data) | ({"csrf_token": self.signer.csrf(raw)} if signed else {})
            body = urlencode(fields, doseq=True)
            headers.append(["Content-Type", "application/x-www-form-urlencoded"])
        method = method or ("GET" if data is None else "POST")
        there = {"method": method, "path": path, "host": host or self.host.name}
        return there | {"headers": headers, "body": body}

    def cookie(self, member: Member | None, headers: Mapping[str, str], csrf: str = "") -> str:
        """Return a session cookie for a browser, signed as the app signs it.

        A script's session is one that a remember cookie has renewed.
        """
        values: dict[str, Any] = {"csrf_token": csrf} if csrf else {}
        if member is not None:
            agent = headers["User-Agent"]
            is_fresh = "Sec-Fetch-Mode" in headers
            values |= self.signer.login(self._session_id(member), agent, is_fresh)
        return self.signer.session(values)

    def _session_id(self, member: Member) -> Any:
        """Return what get_id() returns for a member; where that is the id alone, ask only once."""
        if self._ids_are_plain:
            return str(member.id)
        known = self.process.order("call", what="get_id", on=member.id)
        said = _mapping(known).get("said")
        self._ids_are_plain = said == str(member.id)
        return said

    def request_of(self, member: Member | None, path: str, method: str = "GET") -> dict[str, Any]:
        """Return a member's request, as the context for a call inside the app."""
        headers = [list(pair) for pair in browser_headers()]
        if member is not None:
            headers.append(["Cookie", f"session={self.cookie(member, dict(headers))}"])
        there = {"method": method, "path": path, "host": self.host.name}
        return there | {"headers": headers, "body": ""}

    # The model

    def token(self, member: Member, **lifetime: int) -> str:
        """Return a confirmation token that the app made for a member."""
        self.watched.drop(member)
        said = self.call("generate_confirmation_token", member, named=lifetime)["said"]
        assert type(said) is str, (
            f"the token is {show(said)}, not a text; does the method return it?"
        )
        return said

    def key(self, member: Member, process: Process | None = None) -> tuple[str, bytes | None]:
        """Return a token that the app made, and the key that verifies it, or None."""
        self.watched.drop(member)
        made = self.call("generate_confirmation_token", member, process=process)
        token = made["said"] if type(made["said"]) is str else ""
        secret = self.host.secret_key.encode()
        told = made.get("key")
        keys = [bytes.fromhex(told)] if type(told) is str and _HEX.fullmatch(told) else []
        return token, next((key for key in [*keys, secret] if _signed_with(token, key)), None)

    def call_confirm(
        self,
        member: Member | None,
        token: str,
        end: str = "",
        in_request: bool | None = None,
    ) -> Returned:
        """Call confirm() for a member, or for a user who was never saved, and return its result.

        It ends with a commit or a rollback, drawn at random unless `end` names one of them.
        """
        if member is not None:
            self.watched.drop(member)
        end = end or random.choice(("commit", "rollback"))
        drawn = random.random() < 0.5 if in_request is None else in_request
        path = f"/auth/confirm/{token[:2000] or 'x'}"
        within = self.request_of(member, path) if drawn and member is not None else None
        on = member.id if member is not None else dict(zip(_NOBODY, self.person(), strict=True))
        told = self.call("confirm", on, [token], end=end, within=within)
        return Returned(told["said"], told["marked"], str(told.get("reason", "")))

    def call(
        self,
        what: str,
        on: Member | int | dict[str, str] | None = None,
        args: Sequence[Any] = (),
        process: Process | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Call a method of a user or a function of the app; return the app process's report."""
        on = on.id if isinstance(on, Member) else on
        told = (process or self.process).order("call", what=what, on=on, args=list(args), **more)
        return {"said": None, "marked": None} | _mapping(told)

    # Time

    def as_stored(self, moment: float) -> str:
        """Return a timestamp in the format of the database."""
        return _as_sqlite(moment)

    def now(self) -> float:
        """Return the app's current time as a timestamp."""
        if self._frozen is None:
            return time.time()
        at, since = self._frozen
        return at if since is None else at + time.time() - since

    def clock(self, at: float, tick: bool = False) -> None:
        """Set the app's clock until the end of the test."""
        self.process.order("clock", at=at, tick=tick)
        self._frozen = (at, time.time() if tick else None)

    def some_day(self) -> float:
        """Return a random timestamp in the years around now."""
        return float(int(time.time()) + random.randrange(-300 * 86400, 3000 * 86400))

    def restart(self) -> None:
        """Kill the app's process; the next one knows only what is on disk."""
        self.process.end()
        self._set_clock_again()

    def switch_process(self) -> None:
        """Continue in the other process of the app; the two share only what is on disk."""
        self.process, self._other_process = self._other_process, self.process
        self._set_clock_again()

    def _set_clock_again(self) -> None:
        if self._frozen is not None:
            self.clock(self.now(), self._frozen[1] is not None)

    def another(self, **settings: Any) -> Process:
        """Return a second process of the app, which shares its database."""
        self._more.append(Process(self.host, settings))
        return self._more[-1]

    # Mails and the database

    @property
    def database(self) -> Database:
        """The app's database."""
        if self._database is None:
            self.host.wait()
            self._database = Database(self.host.database)
        return self._database

    @property
    def mails(self) -> MailServer:
        """The mails received so far."""
        self.start_mail_server()
        assert self._post is not None
        return self._post

    def start_mail_server(self) -> None:
        """Start to receive the app's mails; until then the mail server does not answer."""
        if self._post is None:
            self.host.wait()
            assert self.host.mails is not None
            self._post = MailServer(self.host.mails, self.host.listen)

    def letters_waiting(self) -> int:
        """Return the number of mails in the app's outbox that are still to be sent."""
        columns = self.database.columns("letter")
        if not {"sent_at", "failed_at"} <= set(columns):
            return 0
        return int(self.database.ask(_WAITING)[0][0])

    def wait_for_outbox(self) -> None:
        """Wait up to 3 s until the outbox is empty; after one timeout, up to 0.25 s."""
        for _ in range(self._patience):
            if not self.letters_waiting():
                return
            threading.Event().wait(0.005)
        self._patience = 50

    _patience = 600

    def reset(self) -> None:
        """Remove all rows, mails and settings before the next test."""
        self._frozen = None
        self.host.rename()
        for process in self._more:
            process.end()
        self._more.clear()
        if self._post is not None:
            self._post.behave()
        if self.process.is_running:
            self.wait_for_outbox()
        for process in self._both_processes:
            process.reset()
        if self._database is not None:
            try:
                self._database.bring_back()
                self.watched.end_test(self._database, self._was_mailed)
                kept = self.watched.numbers()
                self._database.clear(kept)
                if kept:  # nobody of them counts as stale
                    self._database.ask("UPDATE user SET joined_at = ?", _as_sqlite(time.time()))
            except AppError:
                for process in self._both_processes:
                    process.end()  # it may hold a lock on the database
        if self._post is not None:
            self._post.clear()

    def finish(self) -> dict[str, str]:
        """Run now what the app has planned for later; return the tests that this refutes.

        They are test → address of a member who was confirmed after it, though nobody used a link.
        """
        if self._database is not None:
            for process in self._both_processes:
                with suppress(AppError, AppDied, AppLate, AppGarbled):
                    if process.is_running:
                        process.order("leave")
            with suppress(AppError):
                self.watched.look(self._database)
        return self.watched.caught

    def _was_mailed(self, address: str) -> bool:
        return self._post is not None and any(address in mail.to for mail in self._post)

    def close(self) -> None:
        """End the app, and close its mail server and its database."""
        for process in self._both_processes:
            process.end()
        if self._post is not None:
            self._post.close()
        if self._database is not None:
            self._database.close()


_NOBODY = ("name", "email")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


def _signed_with(token: str, key: bytes) -> bool:
    import jwt

    options: Any = {
        "verify_exp": False,
        "verify_aud": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    try:
        jwt.decode(token, key, algorithms=["HS256", "HS384", "HS512"], options=options)
        return True
    except Exception:
        return False


def _mapping(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else {}


def _hashed(password: str) -> str:
    from werkzeug.security import generate_password_hash

    return generate_password_hash(password, method="pbkdf2:sha256:1")


def _as_sqlite(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime(moment))


def open_app(control: Any, database: Path, seen_as: str = "") -> LearnerApp:
    """Return the app at the other end of a socket."""
    return LearnerApp(Host(control, database, seen_as))
