"""How many mails does the inbox take, and how soon does a wait end?"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import peers
import watching
from figures import Goal
from plans import Contestant, Plan, inside

TITLE = "The inbox (per mail)"
OURS, BARE = "confirmlab's inbox", "floor: bare aiosmtpd on the same socket"
DOCUMENTED, MAILDEV = "bare aiosmtpd, as documented", "MailDev"
GOALS = [
    Goal("The inbox takes 0.8 of the mails that bare aiosmtpd takes", "inbox", OURS, of=BARE,
         inverse=True, at_least=0.8),
    Goal("A wait ends as soon as with bare aiosmtpd (1.25 ×)", "inbox", OURS, "seconds of a wait",
         of=BARE, at_most=1.25),
]  # fmt: skip
NOTES = """\
A process of its own sends one mail after the other, each over a connection of its own, as
Flask-Mail does. The kit's inbox writes each mail into a Maildir and lets go of the oldest; bare
aiosmtpd keeps the bytes in a list and writes nothing; MailDev parses and keeps them, in Node. A
wait runs from asking for a mail to having it: parsed in the kit and in MailDev, which has to be
asked again and again, and as bytes from bare aiosmtpd. “As documented” is aiosmtpd's Controller
with its own socket: each reply waits for the other side's acknowledgement there."""


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured."""
    count, many = plan.mails, plan.many_mails
    kinds = {OURS: "confirmlab", BARE: "bare", DOCUMENTED: "documented", MAILDEV: "maildev"}
    found = []
    for name, kind in kinds.items():
        words = f"python benchmarks/inside/inbox.py {kind}"
        once = partial(_received, kind, count if kind != "documented" else min(count, 100), 0)
        found.append(Contestant(name, f"{words} {count} 0", once))
    for name, kind in kinds.items():
        if kind != "documented":
            words = f"python benchmarks/inside/inbox.py {kind} {count} {many}"
            found.append(
                Contestant(
                    f"{name}, {many:,} mails",
                    words,
                    partial(_received, kind, count, many),
                    rounds=1,
                )
            )
    return found


def profiled(folder: Path) -> list[str]:
    """Give the command whose profile shows where the time goes."""
    return [str(peers.kit()), str(peers.HERE / "inside" / "inbox.py"), "confirmlab", "2000", "0"]


def _received(kind: str, count: int, many: int) -> dict[str, list[float]]:
    program = peers.maildev()
    if kind == "maildev" and not program.exists():
        raise watching.Failed("MailDev is not installed")
    return inside("inbox.py", kind, count, many, program)
