"""Check pages for accessibility with axe-core."""

import os
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

from confirmlab.base import paths

_FILE = paths.in_kit(".venv", "axe", "node_modules", "axe-core", "axe.min.js")

# Frames are checked as separate documents, since no script runs in a sandboxed one.
_RUN = """([scope, rules]) => axe.run(scope, {rules, iframes: false, resultTypes: ['violations']})
    .then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}`
        + ` (${node.failureSummary.replace(/\\s+/g, ' ').slice(0, 240)})`)))"""


def findings(page: Page, scope: str = "html", off: tuple[str, ...] = ()) -> list[str]:
    """Return axe's findings in a part of the page, by all rules except those named."""
    page.evaluate(_source())
    parts = page.locator(scope).count()
    assert parts, f"Nothing to look at: {scope!r}"
    rules = {name: {"enabled": False} for name in off}
    return page.evaluate(_RUN, [{"include": [[one] for one in scope.split(", ")]}, rules])


@cache
def _source() -> str:
    path = Path(os.environ.get("CONFIRMLAB_AXE", _FILE))
    if not path.exists():
        pytest.skip("axe-core is not there; `make test-browser` brings it by npm.")
    return path.read_text(encoding="utf-8")
