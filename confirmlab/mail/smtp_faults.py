"""Faults of the mail server, set on purpose: slow, refusing, dropping connections."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from confirmlab.base.errors import MailError
from confirmlab.mail.envelope import is_named

_REPLY = re.compile(r"[45]\d\d( [^\r\n]*)?")


@dataclass
class _Rule:
    action: str  # a reply, or one of the two ways to drop the connection
    to: str | None
    left: int | None  # how many more times; None: always

    def __str__(self) -> str:
        whom = f" mails to {self.to}" if self.to else " mails"
        count = f", {self.left} more time{'' if self.left == 1 else 's'}" if self.left else ""
        if self.action in _DROPS:
            return f"{_DROPS[self.action]}{whom}{count}"
        return f"refuses{whom} with {self.action!r}{count}"


_DROPS = {
    "before": "drops the connection before it stores",
    "after": "stores, but never acknowledges,",
}


@dataclass
class SmtpFaults:
    """The faults that are set: which, for whom, and how many more times."""

    delay: float = 0.0
    _rules: list[_Rule] = field(default_factory=list)
    # Set by the notebook's thread, read by the server's.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        """Remove all faults."""
        with self._lock:
            self.delay = 0.0
            self._rules.clear()

    def slow(self, seconds: float) -> None:
        """Delay each mail by this many seconds."""
        if not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
            raise MailError(f"{seconds!r} is not a number of seconds; give one such as 0.3, or 0.")
        self.delay = float(seconds)

    def fail(self, reply: str, to: str | None, times: int | None) -> None:
        """Refuse mails to a recipient with this reply."""
        if not isinstance(reply, str) or not _REPLY.fullmatch(reply):
            raise MailError(
                f"{reply!r} is not a refusal of a mail server; give a number from 400 to 599 and "
                "words, such as '550 5.1.1 no such user'."
            )
        self._add(reply, to, times)

    def drop(self, kept: bool, to: str | None, times: int | None) -> None:
        """Drop the connection during DATA, before the mail is stored or, with `kept`, after."""
        self._add("after" if kept else "before", to, times)

    def refusal(self, address: str) -> str | None:
        """Return the reply that refuses this recipient, or None; count the use."""
        return self._use(lambda action: action not in _DROPS, [address])

    def drops(self, recipients: list[str]) -> str | None:
        """Return "before" or "after" storing if a fault drops the connection; count its use."""
        return self._use(lambda action: action in _DROPS, recipients)

    def words(self) -> tuple[str, ...]:
        """Return the faults that are set, each in a few words."""
        with self._lock:
            slow = [f"takes {self.delay:g} s over each mail"] if self.delay else []
            return (*slow, *map(str, self._rules))

    def _add(self, action: str, to: str | None, times: int | None) -> None:
        if times is not None and (not isinstance(times, int) or times < 1):
            raise MailError(
                f"{times!r} is not a number of times; give 1 or more, or None for always."
            )
        with self._lock:
            self._rules.append(_Rule(action, to.strip().lower() if to else None, times))

    def _use(self, fits: Callable[[str], bool], recipients: list[str]) -> str | None:
        if not self._rules:  # the usual case, which needs no lock
            return None
        with self._lock:
            for rule in self._rules:
                if fits(rule.action) and (rule.to is None or is_named(tuple(recipients), rule.to)):
                    if rule.left is not None:
                        rule.left -= 1
                        if not rule.left:
                            self._rules.remove(rule)
                    return rule.action
        return None
