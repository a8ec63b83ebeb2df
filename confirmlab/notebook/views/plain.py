"""Render each value of the kit as plain text, for terminals and for screen readers."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import singledispatch
from itertools import islice
from typing import Any

from confirmlab.base import files
from confirmlab.base.text import cut, shortened, wrapped
from confirmlab.checks import result_view
from confirmlab.course.results import ExerciseResult
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import Mail
from confirmlab.notebook.lesson_opening import OpenedLesson
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.token_bench import TokenBench
from confirmlab.notebook.token_inspector import Token
from confirmlab.notebook.workspace import FillResult
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard, said
from confirmlab.site.page import Page
from confirmlab.site.server import Site

MOST_MAILS = 20  # more than these nobody reads in one cell
STATES = {
    "passed": "passed",
    "failing": "not there yet",
    "open": "open",
    "covered": "covered by the reference",
    "filled": "filled, not checked since",
}
ENDS = {True: "!", False: "+", None: "-"}


@singledispatch
def plain(value: object) -> str:
    """Return a value as lines of text."""
    return repr(value)


@plain.register
def _(inbox: Inbox) -> str:
    count = len(inbox)
    notes = [*(f"This inbox {words}." for words in inbox.trouble), *filter(None, [inbox.notice])]
    if not count:
        return "\n".join(["Inbox: empty. A mail that the app sends will show up here.", *notes])
    lines = [f"Inbox: {count} mail{'' if count == 1 else 's'}, newest first", *notes]
    for number, mail in enumerate(islice(inbox, MOST_MAILS)):
        lines += ["", f"[{number}] {mail.subject or '(no subject)'}", *_envelope(mail)]
    if count > MOST_MAILS:
        lines += ["", f"and {count - MOST_MAILS} more; see inbox[{MOST_MAILS}] and on"]
    return "\n".join(lines)


@plain.register
def _(mail: Mail) -> str:
    body = cut(mail.text.strip()) or ("(HTML only)" if mail.html else "(no text)")
    return "\n".join([mail.subject or "(no subject)", *_envelope(mail), "", body])


@plain.register
def _(page: Page) -> str:
    lines = [f"{page.status} {shortened(page.path)}  {page.title}".rstrip()]
    lines += [f"by way of {way(page)}"] if page.trail else []
    for message in page.flashes:
        lines += wrapped(message, "message: ")
    lines += ["", *(line for text in page.text.splitlines() for line in wrapped(text))]
    return "\n".join(lines).rstrip()


@plain.register
def _(token: Token) -> str:
    lines = wrapped(token.verdict) + wrapped(token.problem)
    lines += [""] if lines else []
    lines += ["header     " + _json(token.header)]
    words = dict(token.times)
    claims = token.claims or {}
    shown = [f"{name} = {_json(value)}{_aside(words.get(name))}" for name, value in claims.items()]
    if token.claims is None:
        shown = [_json(None)]
    for number, claim in enumerate(shown or ["no claims"]):
        lines += wrapped(claim, "payload    " if not number else " " * 11)
    return "\n".join([*lines, f"signature  {token.fingerprint}"])


@plain.register
def _(bench: TokenBench) -> str:
    way = "To change it and to try keys on it, run this cell in JupyterLab."
    return f"{plain(bench.token)}\n\n{way}"


plain.register(ExerciseResult)(result_view.as_text)


@plain.register
def _(site: Site) -> str:
    if not site.running:
        return "Site: not running. site.start() starts it."
    return "\n".join(filter(None, [f"Site: running at {site.url}", site.notice]))


@plain.register
def _(timings: Timings) -> str:
    names = [name for name, _ in timings.curves]
    rows = [(f"{delay:g} s", row) for delay, row in timings.words()]
    lines = ["How long a registration takes (slow: the page waits for several letters)", ""]
    for first, row in [("the mail server takes", names), *rows]:
        lines.append("  ".join([f"{first:<22}", *(f"{one:<8}" for one in row)]).rstrip())
    return "\n".join(lines)


@plain.register
def _(filled: FillResult) -> str:
    done = filled.done.capitalize()
    lines = [f"{done} {filled.exercise.id}: {files.shown(filled.path)}, {filled.lines}."]
    lines += wrapped(filled.note)
    if filled.kept:
        lines.append(
            "What you had written there by hand is kept; "
            f"%restore {filled.exercise.id} {int(filled.kept.name[:4])} brings it back."
        )
    if filled.old_file:
        lines.append(
            "The file was damaged and has been rebuilt from your fills; "
            f"the old one is in {files.shown(filled.old_file)}."
        )
    return "\n".join(lines)


@plain.register
def _(packed: PackedSubmission) -> str:
    folders = Counter(name.partition("/")[0] for name in packed.names)
    lines = [f"Packed {len(packed.names)} files into {packed.path}:"]
    lines += [f"  {name} ({count})" for name, count in folders.items()]
    lines += [f"Look at this: {sentence}" for sentence in packed.problems]
    total = len(packed.filled) + len(packed.open)
    lines.append(f"Filled: {len(packed.filled)} of {total} exercises.")
    lines.append(f"Open: {', '.join(e.id for e in packed.open) or 'none'}.")
    return "\n".join(lines)


@plain.register
def _(opened: OpenedLesson) -> str:
    lesson = opened.lesson
    lines = [
        f"Lesson {lesson.number}: {lesson.title}, about {lesson.minutes} minutes"
        + (" on the short way" if opened.short else ""),
        *opened.notes,
    ]
    lines += [f"  {e.id}: {e.title} ({e.minutes} min)" for e in lesson.exercises]
    return "\n".join(lines)


@plain.register
def _(attempt: Attempt) -> str:
    title, *evidence = _attempt(attempt, "")
    return "\n".join([title, *wrapped(attempt.how, " " * 12), *evidence])


@plain.register
def _(board: Scoreboard) -> str:
    lines = [board.headline]
    for attempt in board.attempts:
        first = board.first.get(attempt.name)
        before = f" (at first: {said(first)})" if first not in (None, attempt.got_in) else ""
        lines += _attempt(attempt, before)
    return "\n".join([*lines, *wrapped(f"An honest member: {board.control.evidence}")])


@plain.register(tuple)
@plain.register(list)
def _(values: Iterable[Any]) -> str:
    return "\n".join(plain(value) for value in values)


def way(page: Page) -> str:
    """Return the paths that a visit went through, and where it ended."""
    return " -> ".join(map(shortened, [*page.trail, page.path]))


def _envelope(mail: Mail) -> list[str]:
    lines = [f"    from: {mail.sender}", f"    to:   {', '.join(mail.to)}"]
    lines += [f"    link: {link}" for link in mail.links[:MOST_MAILS]]
    return lines + [f"    attached: {name}" for name in mail.attachments]


def _attempt(attempt: Attempt, before: str) -> list[str]:
    mark = f"{ENDS[attempt.got_in]} {attempt.outcome}"
    lines = wrapped(f"{attempt.title}{before} ({attempt.name})", f"{mark:<12}")
    return lines + wrapped(attempt.evidence, " " * 12)


def _json(value: Mapping[str, Any] | Any) -> str:
    return "(does not decode)" if value is None else json.dumps(value, ensure_ascii=False)


def _aside(words: str | None) -> str:
    return f"  ({words})" if words else ""
