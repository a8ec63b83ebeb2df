"""A page of JupyterLab that several tests share, since it takes seconds to load."""

from lab_page import NotebookPage
from lab_server import Lab
from playwright.sync_api import Browser, expect
from watched_context import WIDE, WatchedContext

_OPEN = "async path => { await jupyterapp.commands.execute('docmanager:open', {path}) }"
# Changes are not saved, as when a page is closed.
_CLOSE_ALL = "[...jupyterapp.shell.widgets('main')].forEach(tab => tab.dispose())"


class LabWindow:
    """Shows one notebook after another in one page, until the page is closed."""

    def __init__(self, browser: Browser, lab: Lab) -> None:
        self._browser, self._lab = browser, lab
        self._watched = self._page = None

    def open(self, name: str) -> NotebookPage:
        """Open a notebook alone."""
        loads = self._page is None
        if loads:
            self._watched = WatchedContext(self._browser)
            self._page = self._watched.context.new_page()
            self._page.goto(self._lab.address(name))
        else:
            self._page.evaluate(_OPEN, f"notebooks/{name}.ipynb")
        opened = NotebookPage(self._page, self._lab, name)
        opened.is_there()
        if loads:
            self._page.keyboard.press("Control+b")  # fold the list of files away
            expect(self._page.locator("#jp-left-stack")).to_be_hidden()
        return opened

    def clear(self) -> None:
        """Close all documents, end the kernels, and restore the initial size and colours."""
        if self._page is not None:
            for tab in self._watched.context.pages[1:]:
                tab.close()
            self._page.evaluate(_CLOSE_ALL)
            self._page.set_viewport_size(WIDE)
            self._page.emulate_media(color_scheme="light")
        self._lab.end_kernels()
        if self._watched is not None:
            self._watched.assert_alone()

    def keep_pictures(self, name: str) -> None:
        """Save screenshots of all pages."""
        if self._watched is not None:
            self._watched.keep_pictures(name)

    def close(self) -> None:
        """Close the page; the next notebook loads another."""
        if self._watched is not None:
            watched, self._watched, self._page = self._watched, None, None
            watched.close()
