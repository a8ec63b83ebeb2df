"""The trusted side's connection to the learner's app: its processes, and orders to them.

No learner's code is imported here. The app's process answers in JSON, of which only plain values
are used; the database, the mails and the pages are read on this side.
"""

import secrets
import signal
import socket
import time
from pathlib import Path
from typing import Any

from confirmlab.checks.app.app_errors import AppDied, AppError, AppTimeout, InvalidAnswer
from confirmlab.checks.app.app_settings import AppSettings
from confirmlab.checks.text.random_words import random_domain
from confirmlab.processes import frames
from confirmlab.processes.processor import run_on

ORDER_SECONDS_BY_CLOCK = 12.0  # for one order; its limit of processor time is lower
_SECONDS_AFTER_TIMEOUT = 4.0  # by the clock, for one order after another one timed out
_START_SECONDS = 30.0  # by the clock, for the import of the app
USUAL_NAMES = ("127.0.0.1:5000", "localhost:5000")  # host names of learners' own sites
# Orders whose changes have to be undone before the next test.
_ORDERS_TO_UNDO = ("config", "clock", "zone", "replace_view", "templates", "become_worker")
_LOOPBACK = "127.0.0.1"  # the address of a learner's own browser


class Host:
    """The process that imports the app once, and forks processes of it that share one database."""

    def __init__(self, control: socket.socket, settings: AppSettings, database: Path) -> None:
        self.control = control
        self.database = database
        self.name = settings.name
        self.secret_key, self.pages = settings.secret_key, settings.pages
        self.ahead, self.visitor = settings.ahead, settings.visitor
        self.patience = ORDER_SECONDS_BY_CLOCK
        self.mails: socket.socket | None = None  # receives the app's mails
        self.late = self.died = 0  # counts of timeouts and of unexpected ends
        self._raised: Exception | None = None
        self._ready = False
        self._lives = 0
        self.name_is_fixed = False  # whether the app's own settings fix the name
        run_on(settings.processor)

    def wait(self) -> None:
        """Wait until the app is imported.

        Raises:
            AppError, AppDied, AppTimeout: the import failed.
        """
        if self._raised is not None:
            raise self._raised
        if self._ready:
            return
        try:
            message, found = self._receive(_START_SECONDS)
            if "late" in message or "raised" in message:
                frames.close_all(found)
            if "late" in message:
                raise AppTimeout(str(message["late"])[:9])
            if "raised" in message:
                raise AppError(_mapping(message["raised"]))
            self.mails = _mail_socket(found)
            self.name_is_fixed = message.get("name_is_fixed") is True
            self._ready = True
        except Exception as error:
            self._raised = error
            raise

    @property
    def usual_names(self) -> tuple[str, ...]:
        """The names of a learner's own site; none if the app's settings fix its name."""
        return () if self.name_is_fixed else USUAL_NAMES

    def visitor_at(self, name: str) -> str:
        """Return the address from which requests to the site under this name come."""
        return _LOOPBACK if name in USUAL_NAMES else self.visitor

    def rename(self) -> None:
        """Change the name of the site and its ending, unless the app's own settings fix it."""
        ending = self.name.rpartition(".")[2]
        while not self.name_is_fixed and self.name.endswith(f".{ending}"):
            self.name = random_domain()

    def start(self, settings: dict[str, Any], anew: bool = False) -> tuple[int, socket.socket]:
        """Start a process of the app; return its number and the socket for its orders.

        With `anew` it imports the app itself, as after a restart of the site.
        """
        self.wait()
        ours, theirs = socket.socketpair()
        self._lives += 1
        with theirs:
            try:
                order = {"start": self._lives, "settings": settings, "anew": anew}
                frames.send(self.control, order, theirs.fileno())
            except frames.SocketClosed:
                self._raised = AppDied()
                raise self._raised from None
        return self._lives, ours

    def end(self, number: int) -> int:
        """End a process of the app; return the signal that killed it earlier, or 0."""
        try:
            frames.send(self.control, {"end": number})
            message, found = self._receive(_SECONDS_AFTER_TIMEOUT)
        except (frames.SocketClosed, AppDied, AppTimeout, InvalidAnswer) as error:
            self._raised = error if isinstance(error, InvalidAnswer) else AppDied()
            return 0
        frames.close_all(found)
        status = message.get("status")
        return status & 127 if type(status) is int else 0

    def listen(self) -> socket.socket:
        """Listen for mails again at the same port; return the new socket."""
        frames.send(self.control, {"listen": True})
        _, found = self._receive(_SECONDS_AFTER_TIMEOUT)
        self.mails = _mail_socket(found)
        return self.mails

    def _receive(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        try:
            message, found = frames.receive(self.control, time.monotonic() + seconds)
        except frames.SocketClosed:
            raise AppDied from None
        except frames.ReceiveTimeout:
            raise AppTimeout(f"{seconds:g}") from None
        except frames.InvalidMessage as error:
            raise InvalidAnswer(str(error)) from None
        if type(message) is not dict:
            frames.close_all(found)
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
        self.anew = False  # whether the next start imports the app again
        self.changed = False  # whether its changes have to be undone
        self._talk: socket.socket | None = None
        self._number = 0

    def order(self, verb: str, /, **given: Any) -> Any:
        """Send an order and return the answer; the process is started if it does not run.

        Raises:
            AppError, AppDied, AppTimeout, InvalidAnswer: there is no answer.
        """
        if self._talk is None:
            self._number, self._talk = self.host.start(self.settings, self.anew)
        serial = secrets.randbelow(1 << 30)
        self.changed = self.changed or verb in _ORDERS_TO_UNDO
        deadline = time.monotonic() + self.host.patience
        try:
            frames.send(self._talk, {"id": serial, "verb": verb, "with": given})
            answer, found = frames.receive(self._talk, deadline)
        except frames.SocketClosed:
            raise self._death() from None
        except frames.ReceiveTimeout:
            self.end()
            raise self._late(self.host.patience) from None
        except frames.InvalidMessage as error:
            self.end()
            raise InvalidAnswer(str(error)) from None
        frames.close_all(found)
        answer = _mapping(answer)
        if answer.get("id") != serial or not {"result", "raised"} & set(answer):
            self.end()
            raise InvalidAnswer("an answer to another order")
        if "raised" in answer:
            raise AppError(_mapping(answer["raised"]))
        return answer["result"]

    @property
    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._talk is not None

    def end(self) -> int:
        """End the process, as a power cut would; the next order starts a new one."""
        talk, self._talk, self.changed = self._talk, None, False
        if talk is None:
            return 0
        talk.close()
        return self.host.end(self._number)

    def close(self) -> None:
        """Close the channel, which ends the process; do not wait for its end."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()

    def reset(self) -> None:
        """Undo changes to settings, clock and views."""
        if self.changed and self.is_running:
            self.changed = False
            try:
                self.order("reset")
            except (AppError, AppDied, AppTimeout, InvalidAnswer):
                self.end()

    def _death(self) -> Exception:
        if self.end() == signal.SIGXCPU:
            return self._late(0)
        self.host.died += 1
        return AppDied()

    def _late(self, seconds: float) -> AppTimeout:
        self.host.late += 1
        self.host.patience = _SECONDS_AFTER_TIMEOUT
        return AppTimeout(f"{seconds:g}" if seconds else "")


def _mail_socket(found: list[int]) -> socket.socket:
    try:
        (number,) = found
        place = socket.socket(fileno=number)
    except (ValueError, OSError):
        frames.close_all(found)
    else:
        if place.type == socket.SOCK_STREAM and place.family == socket.AF_INET:
            return place
        place.close()
    raise InvalidAnswer("no socket for its mails")


def _mapping(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise InvalidAnswer("a message of an unknown kind")
    return value
