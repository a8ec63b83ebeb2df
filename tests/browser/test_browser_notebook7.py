"""The notebooks in Notebook 7, which shows one notebook per page."""

from importlib.util import find_spec

import looks
import pytest
from lab_page import NotebookPage
from playwright.sync_api import expect

from confirmlab.course import solutions

# Not "notebook", since a folder of tests has this name.
pytestmark = pytest.mark.skipif(
    find_spec("notebook.app") is None, reason="Notebook 7 is not there: pip install notebook."
)


class Notebook7(NotebookPage):
    """Drives one notebook in a page of Notebook 7."""

    def open(self) -> "Notebook7":
        """Open the notebook in a new page, and wait for its cells and its kernel."""
        lab = self.lab
        self.page.goto(f"{lab.url}notebooks/notebooks/{self.name}.ipynb?token={lab.token}")
        self.is_there()
        return self


@pytest.fixture
def notebook7(page, lab):
    """Open notebooks by their names; their kernels end with the test."""
    yield lambda name: Notebook7(page, lab, name).open()
    lab.end_kernels()


@pytest.mark.parametrize("name", ["02_tokens_in_the_shell", "short/07_gate_the_unconfirmed"])
def test_a_notebook_runs_in_notebook_7(notebook7, name):
    """A notebook with no blank filled runs to its last cell, and no card or frame is empty."""
    opened = notebook7(name)
    opened.run_all()
    looks.spread(opened.page)

    assert (opened.not_run(), opened.errors()) == ([], [])
    assert looks.empty_frames(opened.page) == []


def test_an_hour_in_notebook_7(notebook7, context):
    """A blank is filled, its card passes, the site opens in a tab, and the inbox shows its mail."""
    opened = notebook7("short/07_gate_the_unconfirmed")
    for cell in ("setup", "empty-club", "start", "ada-walks-in"):
        opened.run(cell)
    opened.write("ex-gate-fill", f"%%fill gate\n{solutions.fills('07')['gate']}")
    opened.run("ex-gate-fill")
    expect(opened.run("ex-gate-check").locator("h3")).to_contain_text("Passed")

    with context.expect_page() as opening:
        opened.output("start").get_by_role("link", name="Open the site in a new tab").click()
    expect(opening.value.get_by_role("heading", level=1)).to_have_text("Letters by pigeon")

    box = opened.inbox()
    box.locator("#mails .subject", has_text="Confirm").click()
    expect(box.locator("#unread")).to_have_text("3 mails, 2 unread")
