"""Profile a command with all its children by py-spy, and say which functions take the time."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import peers
import watching

RATE = 100  # looks a second
SHOWN = 30
_SITE = re.compile(r".*/site-packages/|.*/lib/python3\.\d+/")
_PROCESS = re.compile(r'process \d+:".*"(;|$)')  # a process stands with its command line
_FRAME = re.compile(  # what stands on every stack, and tells nothing
    r"<frozen |<string>|"
    r"\((runpy|threading|pluggy/.*|importlib/.*|multiprocessing/.*|click/core)\.py\)$"
)
_WAITING = re.compile(  # also the kit's own, which call select()
    r"\((threading|selectors|subprocess|queue|multiprocessing/connection)\.py\)$|"
    r"^(_Heard\.wait|_heard|Sandbox\._line) \(confirmlab/"
)


def profile(words: list[str], path: Path) -> dict[str, str]:
    """Write the functions in which a command spends its time; give what the report shows of it.

    Raises:
        Failed: the command does not run, or py-spy may not look at it.
    """
    raw = peers.BUILD / "profile.raw"
    raw.unlink(missing_ok=True)
    spy = str(Path(sys.executable).with_name("py-spy"))
    watching.run(
        [spy, "record", "--subprocesses", "--rate", str(RATE), "--format", "raw", "-o", str(raw),
         "--", *words],
        cwd=peers.ROOT, memory=False,
    )  # fmt: skip
    text = table(raw.read_text(encoding="utf-8", errors="replace"))
    command = " ".join(words).replace(f"{peers.ROOT}/", "")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# py-spy, all processes: {command}\n{text}", encoding="utf-8")
    return {"command": command, "top": "\n".join(_heads(text))}


def table(raw: str, shown: int = SHOWN) -> str:
    """Count in how many looks each function ran itself, and in how many it was on the way.

    What waits is left out: no processor works there.
    """
    own: Counter[str] = Counter()
    all_in_all: Counter[str] = Counter()
    total = 0
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        names = [_short(frame) for frame in _PROCESS.sub("", stack).split(";")]
        if not count.isdigit() or not names[-1] or _WAITING.search(names[-1]):
            continue
        total += int(count)
        own[names[-1]] += int(count)
        for name in set(names):
            all_in_all[name] += int(count)
    if not total:
        return "Nothing was seen at work.\n"
    telling = [(name, n) for name, n in all_in_all.most_common() if not _FRAME.search(name)]
    lines = [" own   with what it calls"]
    lines += [f"{own[name] / total:5.1%} {n / total:6.1%}  {name}" for name, n in telling[:shown]]
    lines += ["", " own, the largest"]
    lines += [f"{count / total:5.1%}  {name}" for name, count in own.most_common(shown)]
    return "\n".join(lines) + "\n"


def _heads(text: str) -> list[str]:
    """Take the beginnings of both lists."""
    whole, _, own = text.partition("\n\n")
    return [*whole.splitlines()[:16], "", *own.splitlines()[:11]]


def _short(frame: str) -> str:
    """Take a machine's folders and the line out of a frame's name."""
    found = re.match(r"(?P<function>.+) \((?P<file>.+?)(:\d+)?\)$", frame)
    if not found:
        return frame
    file = _SITE.sub("", found["file"].replace(f"{peers.ROOT}/", ""))
    file = re.sub(r".*/confirmlab-[^/]*/", "", file)
    return f"{found['function']} ({file})"
