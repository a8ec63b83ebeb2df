"""A notebook as a learner sees it, in a page of JupyterLab."""

import json
import re

from playwright.sync_api import FrameLocator, Locator, Page, TimeoutError, expect

SLOW = 300_000  # milliseconds; on a busy machine a check of the learner's own tests takes a while

_PROMPTS = "[...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputArea-prompt')]"
# Milliseconds between two looks at a notebook that runs. Without a number Chromium draws the page
# 60 times a second, to look each time; `expect` looks once a second.
PATIENTLY = {"polling": 100, "timeout": SLOW}
_UNHEARD = 30_000  # milliseconds until a run counts as lost with the kernel that was to do it

_ALL_THERE = "count => document.querySelectorAll('.jp-Notebook .jp-Cell').length === count"
_IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
# The number may be that of an earlier run, so it counts only once it has changed.
_WATCH = """prompt => {
    prompt.hasRun = false;
    new MutationObserver((_, watch) => {
        prompt.hasRun = /\\[\\d+\\]/.test(prompt.textContent);
        if (prompt.hasRun) watch.disconnect();
    }).observe(prompt, {childList: true, characterData: true, subtree: true});
}"""
_CHANGED = f"before => {_PROMPTS}.map(prompt => prompt.textContent).join() !== before"
_QUIET = f"""() => !{_PROMPTS}.some(prompt => prompt.textContent.includes('*'))
    && document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status === 'idle'"""


class NotebookPage:
    """Drive one notebook with the keyboard and the menus of JupyterLab."""

    def __init__(self, page: Page, lab, name: str) -> None:
        text = (lab.folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
        self.page, self.lab, self.name = page, lab, name
        self.source = json.loads(text)["cells"]
        self.places = {cell["id"]: place for place, cell in enumerate(self.source)}
        self.cells = page.locator(".jp-Notebook .jp-Cell")

    def is_there(self) -> None:
        """Wait for all cells and for the kernel."""
        # Lab adds cells when the page is idle after a draw, so it is drawn all the time.
        self.page.wait_for_function(_ALL_THERE, arg=len(self.places), timeout=SLOW)
        self.page.wait_for_selector(_IDLE, timeout=SLOW)

    def cell(self, cell_id: str) -> Locator:
        """Return a cell by its id."""
        return self.page.locator(
            f'.jp-Notebook .jp-Cell[data-windowed-list-index="{self.places[cell_id]}"]'
        )

    def output(self, cell_id: str) -> Locator:
        """Return the output below a cell."""
        return self.cell(cell_id).locator(".jp-Cell-outputArea")

    def write(self, cell_id: str, text: str) -> None:
        """Replace the text of a cell by typing."""
        self.cell(cell_id).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def text(self, cell_id: str) -> str:
        """Return the text of a cell."""
        return "\n".join(self.cell(cell_id).locator(".cm-line").all_text_contents())

    def run(self, cell_id: str) -> Locator:
        """Run a cell by the keyboard, and wait until it has finished."""
        prompt = self.cell(cell_id).locator(".jp-InputArea-prompt").element_handle()
        self.cell(cell_id).locator(".cm-content").click()
        prompt.evaluate(_WATCH)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function("prompt => prompt.hasRun", arg=prompt, **PATIENTLY)
        return self.output(cell_id)

    def add(self, text: str) -> Locator:
        """Run a text in a new cell at the end; later calls reuse that cell."""
        if "own" not in self.places:
            # Not in its middle, which may be a frame that takes the keys.
            self.cells.last.locator(".jp-InputArea-prompt").click()
            self.page.keyboard.press("Escape")
            self.page.keyboard.press("b")
            self.places["own"] = len(self.source)
            expect(self.cells).to_have_count(len(self.places), timeout=SLOW)
        self.write("own", text)
        return self.run("own")

    def inbox(self, text: str = "inbox") -> FrameLocator:
        """Show the inbox in a new cell and scroll to it, since it is not updated out of sight."""
        frame = self.add(text).locator("iframe[title='Inbox, live']")
        frame.scroll_into_view_if_needed()
        return frame.content_frame

    def choose(self, menu: str, item: str) -> None:
        """Choose an item from the menu bar."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def run_all(self, how: str = "Run All Cells") -> None:
        """Run the notebook from top to bottom, or by another menu item, and wait for the end."""
        # Its kernel may have found a port taken; then Lab starts another.
        assert self._runs(how) or self._runs(how), "no cell was run"

    def _runs(self, how: str) -> bool:
        before = ",".join(self._prompts())
        self.choose("Run", how)
        try:
            self.page.wait_for_function(_CHANGED, arg=before, polling=100, timeout=_UNHEARD)
        except TimeoutError:
            return False
        self.page.wait_for_function(_QUIET, **PATIENTLY)
        return bool(self._numbers())

    def _prompts(self) -> list[str]:
        return self.page.evaluate(f"{_PROMPTS}.map(prompt => prompt.textContent)")

    def _numbers(self) -> list[str]:
        return re.findall(r"\d+", " ".join(self._prompts()))

    def colours(self, scheme: str) -> None:
        """Set the preferred colour scheme, which Lab follows."""
        self.page.emulate_media(color_scheme=scheme)
        light = "true" if scheme == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")

    def save(self) -> None:
        """Save the notebook, and wait until it is on disk."""
        with self.page.expect_response(
            lambda answer: "/api/contents/" in answer.url and answer.request.method == "PUT"
        ):
            self.choose("File", "Save Notebook")

    def restart(self) -> None:
        """Restart the kernel, as the menu does."""
        self.choose("Kernel", "Restart Kernel…")
        with self.page.expect_response(lambda answer: "/restart" in answer.url):
            self.page.get_by_role("button", name="Confirm Kernel Restart").click()
        self.page.wait_for_selector(_IDLE, timeout=SLOW)

    def not_run(self) -> list[str]:
        """Return the ids of the cells that were not run."""
        code = [cell["id"] for cell in self.source if cell["cell_type"] == "code"]
        code += ["own"] * ("own" in self.places)
        named = zip(code, self._prompts(), strict=True)
        return [name for name, prompt in named if not re.search(r"\d", prompt)]

    def errors(self) -> list[str]:
        """Return the errors of cells that are not meant to fail."""
        found = []
        for place in self.page.evaluate(_WITH_ERRORS):
            meant = "raises-exception" in self.source[place]["metadata"].get("tags", [])
            if not meant:
                name = self.source[place]["id"]
                found.append(f"{name}: {self.output(name).inner_text()}")
        return found


_WITH_ERRORS = """() => [...document.querySelectorAll(
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')]
    .map(output => Number(output.closest('.jp-Cell').dataset.windowedListIndex))"""
