"""What graded tests hold of the learner's app: members, visitors, mails, tokens, a clock."""

import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from confirmlab.checks.app_client import AppError, Database, Host, Process, Signer
from confirmlab.checks.mail_server import Post
from confirmlab.site.visitor import Visitor

T = TypeVar("T")

_WAITING = "SELECT count(*) FROM letter WHERE sent_at IS NULL AND failed_at IS NULL"


@dataclass(frozen=True)
class Member:
    """What a test knows of a member."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Answer:
    """What the app answers to one request, without following redirects."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        """What it says."""
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        """Where it sends the visitor, as it says."""
        return next((value for name, value in self.headers if name.lower() == "location"), "")


@dataclass(frozen=True)
class Said:
    """What a method of the app's returned: a plain value, or the name of its type."""

    value: Any
    marked: Any = None  # whether the user counts as confirmed after it
    reason: str = ""  # why PyJWT refused, if it did

    @property
    def yes(self) -> bool:
        """Whether it counts as a yes."""
        return counts(self.value)

    @property
    def words(self) -> str:
        """The value as Python shows it."""
        return shown(self.value)


def counts(value: Any) -> bool:
    """Return whether a value from the app counts as true there."""
    return value.get("true") is True if type(value) is dict else bool(value)


def shown(value: Any) -> str:
    """Show a value from the app as Python does."""
    return f"an object of type {value.get('type')}" if type(value) is dict else repr(value)[:200]


class LearnerApp:
    """The app that is judged, as a trusted process sees it."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.process = Process(host)
        self.signer = Signer(host.secret_key)
        self.signer.now = self.now
        self.password = f"a coop of {secrets.token_hex(4)}'s own"
        self._hash = _hashed(self.password)
        self._database: Database | None = None
        self._post: Post | None = None
        self._frozen: tuple[float, float | None] | None = None  # the clock, and when it was set
        self._more: list[Process] = []
        self._taken: set[str] = set()

    # People

    def member(self, name: str = "", confirmed: bool = False, **values: Any) -> Member:
        """Write a new member into the database."""
        name, email = self.person(name)
        given: dict[str, Any] = {"name": name, "email": email, "about": ""}
        given |= {"password_hash": self._hash}
        given |= {"joined_at": _as_sqlite(self.now() - 86400), "confirmed": int(confirmed)}
        return Member(self.database.insert("user", given | values), name, email)

    def person(self, name: str = "") -> tuple[str, str]:
        """Draw a name that nobody has, and an address."""
        while not name or name in self._taken:
            name = "".join(random.choice(_SYLLABLES) for _ in range(3)).title()
        self._taken.add(name)
        box = re.sub(r"[^a-z]", "", name.lower())
        return name, f"{box}{random.randrange(10, 99)}@{random.choice(_PLACES)}.example"

    def is_confirmed(self, member: Member) -> bool:
        """Look into the database."""
        if "confirmed" not in self.database.columns("user"):
            return counts(self.process.order("attribute", member=member.id, name="confirmed"))
        rows = self.database.ask("SELECT confirmed FROM user WHERE id = ?", member.id)
        return bool(rows) and rows[0][0] not in (0, None, "", "0", "false")

    def confirm(self, member: Member, yes: bool = True) -> None:
        """Write into the database that a member is confirmed, or not."""
        self.database.ask("UPDATE user SET confirmed = ? WHERE id = ?", int(yes), member.id)

    # Visits

    def visitor(
        self, logged_in_as: Member | None = None, process: Process | None = None
    ) -> Visitor:
        """Make a browser that knows nothing of the others."""
        process = process or self.process
        self.receive()
        browser = Visitor(f"http://{self.host.name}", transport=_transport(process))
        if logged_in_as is not None:
            cookie = self.cookie(logged_in_as)
            browser._client.cookies.set("session", cookie, domain=self.host.name)
        return browser

    def ask(
        self,
        path: str,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        host: str = "",
        method: str = "",
        signed: bool = True,
    ) -> Answer:
        """Send one request, and follow no redirect; a form that is sent carries its token."""
        asked = self.request(path, member, data, host, method, signed)
        return _answer(self.process.order("visit", **asked))

    def request(
        self,
        path: str,
        member: Member | None = None,
        data: Mapping[str, Any] | None = None,
        host: str = "",
        method: str = "",
        signed: bool = True,
    ) -> dict[str, Any]:
        """Describe a request as the app is sent it."""
        self.receive()
        raw, headers, body = secrets.token_hex(20), [], ""
        if member is not None or data is not None:
            headers.append(["Cookie", f"session={self.cookie(member, raw)}"])
        if data is not None:
            fields = dict(data) | ({"csrf_token": self.signer.csrf(raw)} if signed else {})
            body = urlencode(fields, doseq=True)
            headers.append(["Content-Type", "application/x-www-form-urlencoded"])
        method = method or ("GET" if data is None else "POST")
        there = {"method": method, "path": path, "host": host or self.host.name}
        return there | {"headers": headers, "body": body}

    def cookie(self, member: Member | None, csrf: str = "") -> str:
        """Sign the cookie of a session as the app does."""
        values: dict[str, Any] = {"csrf_token": csrf} if csrf else {}
        if member is not None:
            known = self.process.order("call", what="get_id", on=member.id)
            values |= {"_user_id": _mapping(known).get("said"), "_fresh": True}
        return self.signer.session(values)

    def request_of(self, member: Member | None, path: str, method: str = "GET") -> dict[str, Any]:
        """Describe a request of a member, for something to be called in the middle of it."""
        cookies = [["Cookie", f"session={self.cookie(member)}"]] if member is not None else []
        there = {"method": method, "path": path, "host": self.host.name}
        return there | {"headers": cookies, "body": ""}

    # The model

    def token(self, member: Member, **lifetime: int) -> str:
        """Return a token that the app makes for a member."""
        said = self.call("generate_confirmation_token", member, named=lifetime)["said"]
        assert type(said) is str, (
            f"the token is {shown(said)}, not a text; does the method return it?"
        )
        return said

    def key(self, member: Member) -> tuple[str, bytes | None]:
        """Return a token that the app makes, with the key that really signed it."""
        made = self.call("generate_confirmation_token", member)
        token = made["said"] if type(made["said"]) is str else ""
        secret = self.host.secret_key.encode()
        told = made.get("key")
        keys = [bytes.fromhex(told)] if type(told) is str and _HEX.fullmatch(told) else []
        return token, next((key for key in [*keys, secret] if _signed_with(token, key)), None)

    def says(
        self,
        member: Member | None,
        token: str,
        end: str = "rollback",
        in_request: bool | None = None,
    ) -> Said:
        """Return what confirm() says to a token, for a member or a user who was never saved."""
        drawn = random.random() < 0.5 if in_request is None else in_request
        path = f"/auth/confirm/{token[:2000] or 'x'}"
        within = self.request_of(member, path) if drawn and member is not None else None
        on = member.id if member is not None else dict(zip(_NOBODY, self.person(), strict=True))
        told = self.call("confirm", on, [token], end=end, within=within)
        return Said(told["said"], told["marked"], str(told.get("reason", "")))

    def call(
        self,
        what: str,
        on: Member | int | dict[str, str] | None = None,
        args: Sequence[Any] = (),
        **more: Any,
    ) -> dict[str, Any]:
        """Call a method of a user, or a function of the app."""
        on = on.id if isinstance(on, Member) else on
        told = self.process.order("call", what=what, on=on, args=list(args), **more)
        return {"said": None, "marked": None} | _mapping(told)

    # Time

    def as_stored(self, moment: float) -> str:
        """Write a moment as it stands in the database."""
        return _as_sqlite(moment)

    def now(self) -> float:
        """What the app takes for the time."""
        if self._frozen is None:
            return time.time()
        at, since = self._frozen
        return at if since is None else at + time.time() - since

    def clock(self, at: float, tick: bool = False) -> None:
        """Set the app's clock, for the time of a test."""
        self.process.order("clock", at=at, tick=tick)
        self._frozen = (at, time.time() if tick else None)

    def some_day(self) -> float:
        """Draw a moment of the years around now."""
        return float(int(time.time()) + random.randrange(-300 * 86400, 3000 * 86400))

    def restart(self) -> None:
        """End the app's process as a power cut does; the next one knows what is on disk."""
        self.process.end()
        if self._frozen is not None:
            self.clock(self.now(), self._frozen[1] is not None)

    def another(self, **settings: Any) -> Process:
        """Prepare a second process of the app, which shares its database."""
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
    def mails(self) -> Post:
        """The mails that came so far."""
        self.receive()
        assert self._post is not None
        return self._post

    def receive(self) -> None:
        """Take the app's mails from now on: until then nobody answers where they go."""
        if self._post is None:
            self.host.wait()
            assert self.host.mails is not None
            self._post = Post(self.host.mails, self.host.listen)

    def waiting(self) -> int:
        """Count the letters in the app's outbox that are neither sent nor given up."""
        columns = self.database.columns("letter")
        if not {"sent_at", "failed_at"} <= set(columns):
            return 0
        return int(self.database.ask(_WAITING)[0][0])

    def settle(self) -> None:
        """Wait until the outbox is empty; after waiting once in vain, be brief."""
        for _ in range(self._patience):
            if not self.waiting():
                return
            threading.Event().wait(0.005)
        self._patience = 50

    _patience = 600

    def put_away(self) -> None:
        """Leave no row, no mail and no setting to the next test."""
        self._frozen = None
        for process in self._more:
            process.end()
        self._more.clear()
        if self._post is not None:
            self._post.behave()
        if self.process._talk is not None:
            self.settle()
        self.process.reset()
        if self._database is not None:
            try:
                self._database.clear()
            except AppError:
                self.process.end()  # which may be what holds the database
        if self._post is not None:
            self._post.clear()

    def close(self) -> None:
        """End the app, and close its mail server and its database."""
        self.process.end()
        if self._post is not None:
            self._post.close()
        if self._database is not None:
            self._database.close()


class Forge:
    """Signs tokens that differ from the app's own in one point only."""

    def __init__(self, app: LearnerApp) -> None:
        self.app = app

    def claims(self, token: str) -> dict[str, Any]:
        """Read the claims of a token, whoever signed it."""
        import jwt

        try:
            return jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise AssertionError(f"the token {token[:40]!r} cannot be read: {error}") from None

    def forged(
        self,
        member: Member,
        key: str | bytes | None = None,
        algorithm: str = "HS512",
        without: tuple[str, ...] | list[str] = (),
        **changes: Any,
    ) -> str:
        """Sign the claims of a good token again, with one thing changed."""
        import jwt

        token, own = self.app.key(member)
        claims = self.claims(token) | changes
        for name in without:
            claims.pop(name, None)
        own = own or self.app.host.secret_key.encode()
        return jwt.encode(claims, own if key is None else key, algorithm)


def in_any_order(cases: Sequence[T], check: Callable[[T], None]) -> None:
    """Check all cases in an order drawn at random.

    Of those that fail the first of the list is raised, so that a card says the same in each run.
    """
    failed: dict[int, Exception] = {}
    for place in random.sample(range(len(cases)), len(cases)):
        try:
            check(cases[place])
        except (AssertionError, AppError) as error:
            failed[place] = error
    if failed:
        raise failed[min(failed)]


def changed(token: str, part: int) -> str:
    """Change one character in the middle of one of a token's three parts."""
    parts = token.split(".")
    text = parts[part % len(parts)]
    if len(text) < 6:
        return token + "x"
    place = random.randrange(2, len(text) - 3)
    letter = random.choice([one for one in "BCDEFGHIJK" if one != text[place]])
    parts[part % len(parts)] = text[:place] + letter + text[place + 1 :]
    return ".".join(parts)


_SYLLABLES = [a + b for a in "bcdfgklmnprstvz" for b in "aeiou"]
_PLACES = ("loft", "wing", "coop", "feather", "perch")
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


def _transport(process: Process) -> Any:
    import httpx

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            skipped = ("host", "content-length", "connection", "accept-encoding")
            seen = process.order(
                "visit",
                method=request.method,
                path=request.url.raw_path.decode("ascii", "replace"),
                host=request.headers["host"],
                headers=[[n, v] for n, v in request.headers.multi_items() if n not in skipped],
                body=request.read().decode("latin-1"),
            )
            answer = _answer(seen)
            headers = [(n, v) for n, v in answer.headers if n.lower() != "content-length"]
            content = b"" if request.method == "HEAD" else answer.body
            return httpx.Response(answer.status, headers=headers, content=content)

    return Transport()


def _answer(seen: Any) -> Answer:
    told = _mapping(seen)
    status, body = told.get("status"), told.get("body")
    headers = tuple(
        (pair[0], pair[1])
        for pair in told.get("headers") or ()
        if type(pair) is list and len(pair) == 2 and all(type(one) is str for one in pair)
    )
    if type(status) is not int or not 100 <= status < 600 or type(body) is not str:
        return Answer(500, headers, b"")
    return Answer(status, headers, _bytes(body))


def _bytes(body: str) -> bytes:
    return body.encode("latin-1", "replace")


def _mapping(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else {}


def _hashed(password: str) -> str:
    from werkzeug.security import generate_password_hash

    return generate_password_hash(password, method="pbkdf2:sha256:1")


def _as_sqlite(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime(moment))


def open_app(control: Any, database: Path, seen_as: str = "") -> LearnerApp:
    """Take the app at the other end of a socket."""
    return LearnerApp(Host(control, database, seen_as))
