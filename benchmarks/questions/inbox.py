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
]  # fmt: skip
NOTES = """\
A process of its own sends one mail after the other, each over a connection of its own, as
Flask-Mail does. The kit's inbox writes each mail into a Maildir and lets go of the oldest; bare
aiosmtpd keeps the bytes in a list and writes nothing; MailDev parses and keeps them, in Node. A
wait runs from asking for a mail to having it: parsed in the kit and in MailDev, which has to be
asked again and again, and as bytes from bare aiosmtpd. “As documented” is aiosmtpd's Controller
as its documentation starts it. MailDev gets fewer mails, since each takes it so long."""
WHY = """\
Each mail is written into a Maildir, which bare aiosmtpd leaves out."""


def contestants(plan: Plan, folder: Path) -> list[Contestant]:
    """List what is measured."""
    count, many = plan.mails, plan.many_mails
    kinds = {OURS: "confirmlab", BARE: "bare", DOCUMENTED: "documented", MAILDEV: "maildev"}
    found = []
    for name, kind in kinds.items():
        words = f"python benchmarks/inside/inbox.py {kind}"
        some = min(count, 50) if kind == "maildev" else count
        once = partial(_received, kind, some, 0)
        found.append(Contestant(name, f"{words} {some} 0", once))
    for name, kind in kinds.items():
        if kind != "documented":
            size = min(many, 500) if kind == "maildev" else many
            some = min(count, 50)
            words = f"python benchmarks/inside/inbox.py {kind} {some} {size}"
            weigh = partial(_received, kind, some, size)
            found.append(Contestant(f"{name}, {size:,} mails", words, weigh, rounds=1))
    return found


def profiled(folder: Path) -> list[str]:
    """Give the command whose profile shows where the time goes."""
    return [str(peers.kit()), str(peers.HERE / "inside" / "inbox.py"), "confirmlab", "2000", "0"]


def _received(kind: str, count: int, many: int) -> dict[str, list[float]]:
    program = peers.maildev()
    if kind == "maildev" and not program.exists():
        raise watching.Failed("MailDev is not installed")
    return inside("inbox.py", kind, count, many, program)
