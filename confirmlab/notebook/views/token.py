"""Text and HTML of a token, and of the bench for experiments with it."""

import json
from typing import Any

from confirmlab.base.templating import render
from confirmlab.base.text import visible, wrapped
from confirmlab.notebook import token_bench
from confirmlab.notebook.token_bench import TokenBench
from confirmlab.notebook.token_inspector import Token
from confirmlab.notebook.views.registry import register

_PARTS = ("header", "payload", "signature")


def _token_text(token: Token) -> str:
    lines = wrapped(token.verdict) + wrapped(token.problem)
    lines += [""] if lines else []
    lines += ["header     " + _json(token.header)]
    for number, claim in enumerate(_claims(token)):
        lines += wrapped(claim, " " * 11 if number else "payload    ")
    return "\n".join([*lines, f"signature  {token.fingerprint}"])


def _claims(token: Token) -> list[str]:
    if not token.claims:
        return [_json(None) if token.claims is None else "no claims"]
    times = {name: f"  ({words})" for name, words in token.times}
    return [
        f"{visible(name)} = {_json(value)}{times.get(name, '')}"
        for name, value in token.claims.items()
    ]


def _as_json(value: Any) -> str:
    """Return a value as JSON; hidden characters are escaped, as JSON also allows."""
    return visible(json.dumps(value, ensure_ascii=False))


def _json(value: Any) -> str:
    return "(does not decode)" if value is None else _as_json(value)


def _token_html(token: Token) -> str:
    parts = [(_PARTS[min(place, 2)], part) for place, part in enumerate(token.parts)]
    return render("token.html", token=token, parts=parts, times=dict(token.times), as_json=_as_json)


def _bench_text(bench: TokenBench) -> str:
    how = "To change it and to try keys on it, run this cell in JupyterLab."
    return f"{_token_text(bench.token)}\n\n{how}"


def _bench_html(bench: TokenBench) -> str:
    script, policy = token_bench.script(), token_bench.policy()
    page = render("bench_page.html", given=bench.given, script=script, policy=policy)
    return render("bench.html", page=page, card=_token_html(bench.token))


register(Token, _token_text, _token_html)
register(TokenBench, _bench_text, _bench_html)
