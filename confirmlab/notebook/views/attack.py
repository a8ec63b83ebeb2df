"""Text and HTML of an attack's result and of the scoreboard."""

from confirmlab.base.templating import render
from confirmlab.base.text import wrapped
from confirmlab.notebook.views.registry import register
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard, outcome_words

_SIGNS = {True: "!", False: "+", None: "-"}
_INDENT = " " * 12


def _attempt_text(attempt: Attempt) -> str:
    title, *evidence = _lines(attempt)
    return "\n".join([title, *wrapped(attempt.how, _INDENT), *evidence])


def _attempt_html(attempt: Attempt) -> str:
    return render("attempt.html", attempt=attempt)


def _board_text(board: Scoreboard) -> str:
    lines = [board.headline]
    for attempt in board.attempts:
        first = board.first.get(attempt.name)
        changed = first not in (None, attempt.got_in)
        lines += _lines(attempt, f" (at first: {outcome_words(first)})" if changed else "")
    return "\n".join([*lines, *wrapped(f"An honest member: {board.control.evidence}")])


def _board_html(board: Scoreboard) -> str:
    first = {name: outcome_words(got_in) for name, got_in in board.first.items()}
    return render("scoreboard.html", board=board, first=first)


def _lines(attempt: Attempt, before: str = "") -> list[str]:
    outcome = f"{_SIGNS[attempt.got_in]} {attempt.outcome}"
    lines = wrapped(f"{attempt.title}{before} ({attempt.name})", f"{outcome:<12}")
    return lines + wrapped(attempt.evidence, _INDENT)


register(Attempt, _attempt_text, _attempt_html)
register(Scoreboard, _board_text, _board_html)
