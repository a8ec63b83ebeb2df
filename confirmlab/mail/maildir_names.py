"""File names in a Maildir: when a mail arrived, its id, and its flags."""

import os
import secrets
import time

_COLON = "!" if os.name == "nt" else ":"  # before the flags; Windows allows no colon


def new_id(newest: str) -> str:
    """Return an id for a new mail; ids sort by arrival even when the clock steps back."""
    earliest = microseconds(newest) + 1
    seconds, micros = divmod(max(time.time_ns() // 1000, earliest), 1_000_000)
    return f"{seconds:010d}.M{micros:06d}P{os.getpid()}R{secrets.token_hex(4)}.localhost"


def with_flags(mail_id: str, flags: set[str]) -> str:
    """Return the file name of a mail with these flags."""
    return f"{mail_id}{_COLON}2,{''.join(sorted(flags))}"


def id_of(name: str) -> str:
    """Return the id in a file name."""
    return name.partition(":")[0].partition("!")[0]


def flags_of(name: str) -> set[str]:
    """Return the flags in a file name."""
    return set(name[len(id_of(name)) + 1 :].removeprefix("2,"))


def microseconds(mail_id: str) -> int:
    """Return when a mail arrived, in microseconds since 1970; 0 if its id does not say."""
    seconds, _, rest = mail_id.partition(".M")
    micros = rest[:6]
    return int(seconds) * 1_000_000 + int(micros) if (seconds + micros).isdigit() else 0
