"""Find what a page does without its reader: scripts, event handlers and refreshes."""

import re
from typing import Any

from confirmlab.site.pages.html_text import parse_html

_BY_HAND = ("onclick", "onsubmit", "onchange", "oninput", "onkeydown", "onkeyup")
# Harmless: it waits for the reader, or shows the same page again.
_HARMLESS = re.compile(
    r"""\baddEventListener\(\s*(["'])(?:submit|click)\1|\.on(?:submit|click)\s*=(?!=)"""
    r"|\b(?:window\.|document\.)?location\.reload\(\s*(?:true|false)?\s*\)|\.submitter\b"
)
_SENDING = re.compile(
    r"submit|click|fetch|XMLHttp|sendBeacon|\bpost(?:Message)?\s*\(|import|location|eval|atob"
    r"|dispatchEvent|Reflect|constructor|(?-i:Function)|\\(?:x|u00|u\{)",
    re.IGNORECASE,
)
# A name that is put together, as in form["sub" + "mit"]; a number in brackets is none, and neither
# is a list.
_COMPUTED = re.compile(
    r"[\w$)\]\"'`{.](?<!\bconst)(?<!\blet)(?<!\bvar)(?<!\bof)(?<!\bin)(?<!\breturn)"
    r"\s*\[(?!\s*(?:\d+\s*)?\])"
)
_NOTE = re.compile(r"^\s*//.*$", re.MULTILINE)
_NO_NOTES = ("`", "/*", "\\")  # with these, a line that looks like a comment may be code
# Lookups of elements, whose names and brackets have no effect.
_SELECTOR = re.compile(
    r"""\.(?:querySelector(?:All)?|closest|matches|getElementById)\((["'])"""
    r"""(?:[^"'`\n/*\[]|\[[\w-]+(?:[~|^$*]?=["']?[\w/ .-]*["']?)?\])*\1\)"""
)
_STAYS = re.compile(r"[\s\d.]*(?:[;,]\s*)?")  # seconds without an address after them


def own_actions(html: str) -> list[str]:
    """List the actions of a page without its reader that may send a form or a request."""
    page = parse_html(html)
    scripts = [tag for tag in page.find_all("script") if not _is_data(tag)]
    found = [tag.get_text() for tag in scripts]
    found += [
        str(value)
        for tag in page.find_all(True)
        for name, value in tag.attrs.items()
        if name.startswith("on") and name not in _BY_HAND
    ]
    sources = [str(tag["src"]) for tag in scripts if tag.get("src")]
    sending = [text for text in found if _may_send(text)]
    within = [str(tag["srcdoc"]) for tag in page.find_all(srcdoc=True)]
    inner = [action for html in within for action in own_actions(html)]
    return [*sending, *filter(_is_foreign, sources), *_refreshes(page), *inner]


def _is_data(script: Any) -> bool:
    """Return whether a script is JSON, which no browser runs."""
    return str(script.get("type") or "").lower().strip().endswith("json")


def _may_send(script: str) -> bool:
    if not any(sign in script for sign in _NO_NOTES):
        script = _NOTE.sub("", script)
    rest = _HARMLESS.sub(" ", _SELECTOR.sub("()", script))
    return bool(_SENDING.search(rest) or _COMPUTED.search(rest))


def _is_foreign(source: str) -> bool:
    return ":" in source or source.startswith("//")


def _refreshes(page: Any) -> list[str]:
    """List the refreshes to another page; without an address the same page is shown again."""
    tags = page.find_all("meta", content=True)
    found = [tag for tag in tags if tag.get("http-equiv", "").lower() == "refresh"]
    return [str(tag) for tag in found if not _STAYS.fullmatch(tag["content"])]
