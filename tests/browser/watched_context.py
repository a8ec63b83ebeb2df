"""A browser context that reports requests to other machines."""

from urllib.parse import urlsplit

from looks import SCREENSHOTS
from playwright.sync_api import Browser, Request

WIDE = {"width": 1280, "height": 1000}
_BLOCKED = "csp"  # requested by a page, and stopped by its policy inside the browser


class WatchedContext:
    """A new browser context, and its pages' requests to other machines."""

    def __init__(self, browser: Browser) -> None:
        self.strangers = []
        self.context = browser.new_context(viewport=WIDE)
        self.context.on("requestfinished", self._note)
        self.context.on("requestfailed", self._note)

    def _note(self, asked: Request) -> None:
        address = urlsplit(asked.url)
        near = address.hostname == "127.0.0.1" or not address.scheme.startswith(("http", "ws"))
        if not near and asked.failure != _BLOCKED:
            self.strangers.append(asked.url)

    def keep_pictures(self, name: str) -> None:
        """Save a screenshot of each page."""
        for number, page in enumerate(self.context.pages):
            page.screenshot(path=SCREENSHOTS / "failed" / f"{name}-{number}.png")

    def assert_alone(self) -> None:
        """Assert that no other machine was requested since the last call."""
        strangers, self.strangers = self.strangers, []
        assert strangers == []

    def close(self) -> None:
        """Close all pages, and assert that they requested no other machine."""
        self.context.close()
        self.assert_alone()
