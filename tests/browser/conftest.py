"""Fixtures of the browser tests: one browser and one JupyterLab per file, with one page."""

import os

import chromium
import lab_server
import pytest

try:
    from lab_window import LabWindow
    from playwright.sync_api import sync_playwright
    from watched_context import WatchedContext
except ImportError:
    collect_ignore_glob = ["test_*.py"]

FAILED = pytest.StashKey[bool]()


def pytest_terminal_summary(terminalreporter):
    """Report that these tests were skipped."""
    if "collect_ignore_glob" in globals():
        terminalreporter.write_line(
            "The browser tests need Playwright: pip install 'confirmlab[browser]'."
        )


def _without(sentence):
    """Skip the test, unless these tests were requested explicitly."""
    if os.environ.get("CONFIRMLAB_NEED_BROWSER") == "1":
        pytest.exit(sentence, returncode=1)
    pytest.skip(sentence)


# For one file only: while Playwright runs, no other test in the same process can run asyncio.
@pytest.fixture(scope="module")
def browser():
    """Start one browser for all tests of a file."""
    with sync_playwright() as playwright:
        path = chromium.find(playwright)
        if not path:
            _without(chromium.MISSING)
        browser = chromium.launch(playwright, path)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """Start one JupyterLab for all tests of a file, on a copy of the kit."""
    lab = lab_server.serve(lab_server.copied(tmp_path_factory.mktemp("lab") / "kit"))
    yield lab
    lab.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Record that a test failed, so that screenshots of its pages are kept."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def context(browser, request):
    """Return a fresh browser context; requests to other machines fail."""
    watched = WatchedContext(browser)
    yield watched.context
    if failed(request):
        watched.keep_pictures(request.node.name)
    watched.close()


@pytest.fixture
def page(context):
    """Return an empty page."""
    return context.new_page()


@pytest.fixture(scope="module")
def window(browser, lab):
    """Keep one page of JupyterLab for all tests of a file: it takes seconds to load."""
    window = LabWindow(browser, lab)
    yield window
    window.close()


@pytest.fixture
def notebook(window, request):
    """Return a function that opens notebooks by name; their kernels end with the test.

    The page of a test that failed is kept as a picture, and the next test loads its own.
    """
    yield window.open
    if failed(request):
        window.keep_pictures(request.node.name)
        window.close()
    window.clear()


def failed(request):
    return request.node.stash.get(FAILED, False)
