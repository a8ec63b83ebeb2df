"""What a page does without its reader: scripts, event handlers and refreshes that may send it."""

import re
from typing import Any

from confirmlab.site.html_text import parse_html

_BY_HAND = ("onclick", "onsubmit", "onchange", "oninput", "onkeydown", "onkeyup")
_SENDING = re.compile(
    r"form|submit|click|fetch|XMLHttp|sendBeacon|post|import|location|eval|atob|Function",
    re.IGNORECASE,
)


def own_actions(html: str) -> list[str]:
    """List what a page does without its reader and that may send a form or a request."""
    page = parse_html(html)
    scripts = page.find_all("script")
    found = [tag.get_text() for tag in scripts]
    found += [
        str(value)
        for tag in page.find_all(True)
        for name, value in tag.attrs.items()
        if name.startswith("on") and name not in _BY_HAND
    ]
    sources = [str(tag["src"]) for tag in scripts if tag.get("src")]
    sending = [text for text in found if _SENDING.search(text)]
    within = [str(tag["srcdoc"]) for tag in page.find_all(srcdoc=True)]
    inner = [action for html in within for action in own_actions(html)]
    return [*sending, *filter(_is_foreign, sources), *_refreshes(page), *inner]


def _is_foreign(source: str) -> bool:
    return ":" in source or source.startswith("//")


def _refreshes(page: Any) -> list[str]:
    tags = page.find_all("meta", content=True)
    return [str(tag) for tag in tags if tag.get("http-equiv", "").lower() == "refresh"]
