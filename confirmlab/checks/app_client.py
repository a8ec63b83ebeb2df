"""The trusted side's connection to the learner's app: its processes, database and cookies.

No learner's code is imported here. The app's process answers in JSON, of which only plain values
are used; the database, the mails and the pages are read on this side.
"""

import secrets
import signal
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from confirmlab.processes import frames

PATIENCE = 12.0  # seconds by the clock for one order; its process has fewer of the processor's
_LATER = 4.0  # the same, once an order has taken too long
_STARTING = 30.0


class AppError(Exception):
    """The app raised an exception; holds its type, its message and the line it came from."""

    def __init__(self, raised: dict[str, Any]) -> None:
        self.type, self.message, self.where = (
            _text(raised.get(name)) for name in ("type", "message", "where")
        )
        super().__init__(f"{self.type}: {self.message}")


class AppDied(Exception):
    """The app's process ended before it answered."""


class AppLate(Exception):
    """The app did not answer in time."""


class AppGarbled(Exception):
    """The app's process sent something other than an answer to the order."""


class Host:
    """The process that imports the app once, and forks processes of it that share one database."""

    def __init__(self, control: socket.socket, database: Path, seen_as: str = "") -> None:
        self.control = control
        self.database = database
        self.secret_key = secrets.token_hex(64)
        self.name = random_domain()
        self.pages = _pages()
        self.patience = PATIENCE
        self.mails: socket.socket | None = None  # where the app's mails come in
        self.late = self.died = 0  # how often that has happened
        self._raised: Exception | None = None
        self._lives = 0
        self._start({
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{seen_as or database}",
            "PROPAGATE_EXCEPTIONS": True,
            "HOST": self.name,
            "PAGES": self.pages,
        })  # fmt: skip

    def _start(self, settings: dict[str, Any]) -> None:
        try:
            frames.send(self.control, settings)
            self._ready = False
        except frames.Closed:
            self._raised = AppDied()

    def wait(self) -> None:
        """Wait until the app is imported.

        Raises:
            AppError, AppDied, AppLate: the import failed.
        """
        if self._raised is not None:
            raise self._raised
        if self._ready:
            return
        try:
            message, found = self._receive(_STARTING)
            if "late" in message:
                raise AppLate(str(message["late"])[:9])
            if "raised" in message:
                raise AppError(_mapping(message["raised"]))
            self.mails = _listening(found)
            self._ready = True
        except Exception as error:
            self._raised = error
            raise

    def start(self, settings: dict[str, Any]) -> tuple[int, socket.socket]:
        """Start a process of the app; return its number and the socket for its orders."""
        self.wait()
        ours, theirs = socket.socketpair()
        self._lives += 1
        with theirs:
            try:
                order = {"start": self._lives, "settings": settings}
                frames.send(self.control, order, theirs.fileno())
            except frames.Closed:
                self._raised = AppDied()
                raise self._raised from None
        return self._lives, ours

    def end(self, number: int) -> int:
        """End a process of the app; return the signal that killed it earlier, or 0."""
        try:
            frames.send(self.control, {"end": number})
            message, _ = self._receive(_LATER)
        except (frames.Closed, AppDied, AppLate, AppGarbled) as error:
            self._raised = error if isinstance(error, AppGarbled) else AppDied()
            return 0
        status = message.get("status")
        return status & 127 if type(status) is int else 0

    def listen(self) -> socket.socket:
        """Listen for mails again at the same port; return the new socket."""
        frames.send(self.control, {"listen": True})
        _, found = self._receive(_LATER)
        self.mails = _listening(found)
        return self.mails

    def _receive(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        try:
            message, found = frames.receive(self.control, time.monotonic() + seconds)
        except frames.Closed:
            raise AppDied from None
        except frames.Late:
            raise AppLate(f"{seconds:g}") from None
        except frames.Garbled as error:
            raise AppGarbled(str(error)) from None
        return _mapping(message), found

    def close(self) -> None:
        """Close the channel to the process, and the socket for its mails."""
        self.control.close()
        if self.mails is not None:
            self.mails.close()


class Process:
    """One process of the app; tests send it orders, JSON messages that name a method of Orders."""

    def __init__(self, host: Host, settings: dict[str, Any] | None = None) -> None:
        self.host = host
        self.settings = settings or {}
        self.changed = False  # whether it has to be set back
        self._talk: socket.socket | None = None
        self._number = 0

    def order(self, verb: str, /, **given: Any) -> Any:
        """Send an order and return the answer; the process is started if it does not run.

        Raises:
            AppError, AppDied, AppLate, AppGarbled: there is no answer.
        """
        if self._talk is None:
            self._number, self._talk = self.host.start(self.settings)
        serial = secrets.randbelow(1 << 30)
        self.changed = self.changed or verb in ("config", "clock", "zone", "stand_in", "templates")
        deadline = time.monotonic() + self.host.patience
        try:
            frames.send(self._talk, {"id": serial, "verb": verb, "with": given})
            answer, found = frames.receive(self._talk, deadline)
        except frames.Closed:
            raise self._gone() from None
        except frames.Late:
            self.end()
            raise self._late(self.host.patience) from None
        except frames.Garbled as error:
            self.end()
            raise AppGarbled(str(error)) from None
        for number in found:
            socket.close(number)
        answer = _mapping(answer)
        if answer.get("id") != serial or not {"said", "raised"} & set(answer):
            self.end()
            raise AppGarbled("an answer to another question")
        if "raised" in answer:
            raise AppError(_mapping(answer["raised"]))
        return answer["said"]

    def end(self) -> int:
        """End the process, as a power cut would; the next order starts a new one."""
        talk, self._talk, self.changed = self._talk, None, False
        if talk is None:
            return 0
        talk.close()
        return self.host.end(self._number)

    def reset(self) -> None:
        """Undo changes to settings, clock and views."""
        if self.changed and self._talk is not None:
            self.changed = False
            try:
                self.order("reset")
            except (AppError, AppDied, AppLate, AppGarbled):
                self.end()

    def _gone(self) -> Exception:
        if self.end() == signal.SIGXCPU:
            return self._late(0)
        self.host.died += 1
        return AppDied()

    def _late(self, seconds: float) -> AppLate:
        self.host.late += 1
        self.host.patience = _LATER
        return AppLate(f"{seconds:g}" if seconds else "")


class Database:
    """The app's SQLite file, read and written without the app."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY", "trusted_schema=OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.set_progress_handler(self._tick, 100_000)
        self._deadline = 0.0
        self._columns: dict[str, dict[str, Any]] = {}

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        self._deadline = time.monotonic() + 5
        try:
            return self._connection.execute(query, values).fetchmany(10_000)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise AppError({"type": type(error).__name__, "message": _database(error)}) from None

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Insert a row and return its rowid; columns that need a value get "" or 0 by default."""
        columns = self.columns(table)
        given = {name: value for name, value in values.items() if name in columns}
        for name, (kind, needed) in columns.items():
            if needed and name not in given:
                given[name] = "" if any(word in kind for word in ("CHAR", "TEXT")) else 0
        names, marks = ", ".join(map(_quoted, given)), ", ".join("?" * len(given))
        query = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks}) RETURNING rowid"
        return int(self.ask(query, *given.values())[0][0])

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """Return each column of a table by name: its type, and whether an INSERT must set it."""
        rows = self.ask(f"PRAGMA table_info({_quoted(table)})")
        return {
            str(name): (str(kind).upper(), bool(filled and default is None and not key))
            for _, name, kind, filled, default, key in rows
        }

    def clear(self) -> None:
        """Delete all rows of all tables."""
        tables = self.ask("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in tables:
            if name not in ("alembic_version",) and not str(name).startswith("sqlite_"):
                self.ask(f"DELETE FROM {_quoted(str(name))}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _tick(self) -> bool:
        return time.monotonic() > self._deadline


class Signer:
    """Signs session cookies and form tokens with the app's key, as Flask and Flask-WTF do."""

    def __init__(self, secret_key: str) -> None:
        from flask.sessions import TaggedJSONSerializer

        self.secret_key = secret_key
        self.now: Callable[[], float] = time.time
        self._tagged = TaggedJSONSerializer()

    def session(self, values: dict[str, Any]) -> str:
        """Return a session cookie that holds these values."""
        options = {"key_derivation": "hmac"}
        return self._serializer("cookie-session", self._tagged, options).dumps(values)

    def csrf(self, raw: str) -> str:
        """Return the CSRF token of a form, for a session that holds `raw`."""
        return self._serializer("wtf-csrf-token").dumps(raw)

    def _serializer(self, salt: str, serializer: Any = None, options: Any = None) -> Any:
        from itsdangerous import TimestampSigner, URLSafeTimedSerializer

        now = self.now

        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(now())

        more = {"serializer": serializer} if serializer else {}
        return URLSafeTimedSerializer(
            self.secret_key, salt=salt, signer=Signer, signer_kwargs=options or {}, **more
        )


def random_domain() -> str:
    """Return the name of a site or of a mail host; mails to it go no further than the tests."""
    ending = secrets.choice(("org", "net", "com", "club", "example"))
    return f"{random_word()}{random_word()}.{ending}"


def random_word() -> str:
    """Return a word of two or three syllables."""
    syllables = (secrets.choice("bcdfgklmnprstvz") + secrets.choice("aeiou") for _ in range(3))
    return "".join(syllables)[: secrets.choice((4, 5, 6))]


def _pages() -> dict[str, str]:
    """Return path → endpoint of two pages that the app does not have yet.

    Both paths and one endpoint start like those of the blueprint `auth`.
    """
    one, other = random_word(), random_word()
    return {f"/auth{one}": f"auth{one}", f"/auth/{other}": f"auth.{other}"}


def _listening(found: list[int]) -> socket.socket:
    if len(found) != 1:
        for number in found:
            socket.close(number)
        raise AppGarbled("no socket for its mails")
    with suppress(OSError):
        place = socket.socket(fileno=found[0])
        if place.type == socket.SOCK_STREAM and place.family == socket.AF_INET:
            return place
    raise AppGarbled("no socket for its mails")


def _database(error: Exception) -> str:
    if "locked" in str(error):
        return "the database stays locked: is a change begun and never committed?"
    if "interrupted" in str(error):
        return "the database did not answer in time"
    return str(error)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _mapping(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise AppGarbled("a message of an unknown kind")
    return value


def _text(value: Any) -> str:
    return value[:400] if type(value) is str else ""
