"""Find a browser for the tests, and start it."""

import os
import shutil
from pathlib import Path

MISSING = (
    "No browser was found for the browser tests; install Chromium (with Debian: apt install "
    "chromium), or run `python -m playwright install chromium`, or name one in CONFIRMLAB_BROWSER."
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Options that stop the browser's own requests.
_OPTIONS = (
    "--disable-background-networking --disable-component-update --disable-gpu --disable-quic "
    "--disable-sync --no-first-run"
).split()


def find(playwright) -> str | None:
    """Return the browser to use: the requested one, the system's, or Playwright's own."""
    own = playwright.chromium.executable_path
    if os.environ.get("CONFIRMLAB_BROWSER") or not Path(own).exists():
        return installed()
    return installed() or own


def installed() -> str | None:
    """Return the requested browser, or else the system's."""
    asked = os.environ.get("CONFIRMLAB_BROWSER")
    names = [asked] if asked else _NAMES
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright, path: str):
    """Start the browser without a window."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Chromium's own sandbox does not work for root.
    options = [*_OPTIONS, "--no-sandbox"] if root else _OPTIONS
    return playwright.chromium.launch(executable_path=path, args=options)
