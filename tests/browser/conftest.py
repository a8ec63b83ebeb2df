"""What the browser tests share: one browser and one JupyterLab a file, one page a test."""

import os
from urllib.parse import urlsplit

import chromium
import lab_server
import pytest

try:
    import looks
    from lab_page import NotebookPage
    from playwright.sync_api import sync_playwright
except ImportError:
    collect_ignore_glob = ["test_*.py"]

FAILED = pytest.StashKey[bool]()
BLOCKED = "csp"  # asked for by a page, and held back by its policy before it left the browser
WIDE = {"width": 1280, "height": 1000}


def pytest_terminal_summary(terminalreporter):
    """Report that these tests were skipped."""
    if "collect_ignore_glob" in globals():
        terminalreporter.write_line(
            "The browser tests need Playwright: pip install 'confirmlab[browser]'."
        )


def _without(sentence):
    """Skip, unless somebody asked for just these tests."""
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
    """Remember that a test failed, so that its pages are kept as pictures."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def context(browser, request):
    """Return a fresh browser context; requests to other machines fail."""
    strangers = []

    def note(asked):
        address = urlsplit(asked.url)
        near = address.hostname == "127.0.0.1" or not address.scheme.startswith(("http", "ws"))
        if not near and asked.failure != BLOCKED:
            strangers.append(asked.url)

    context = browser.new_context(viewport=WIDE)
    context.on("requestfinished", note)
    context.on("requestfailed", note)
    yield context
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(context.pages):
            page.screenshot(path=looks.SCREENSHOTS / "failed" / f"{request.node.name}-{number}.png")
    context.close()
    assert strangers == []


@pytest.fixture
def page(context):
    """Return an empty page."""
    return context.new_page()


@pytest.fixture
def notebook(page, lab):
    """Open notebooks by their names; their kernels end with the test."""
    yield lambda name: NotebookPage(page, lab, name).open()
    lab.end_kernels()
