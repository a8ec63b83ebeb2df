"""Below a prefix, as on a hub, every link of the site, of a mail and of the inbox works."""

import lab_server
import pytest
from playwright.sync_api import expect

from confirmlab.course import solutions

BASE = "/courses/ada/"
ADA = {"E-mail address": "ada@example.com", "Password": "carrier pigeon"}
FILLED = ("gate", "unconfirmed-view", "unconfirmed-page", "resend-view")


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """Start JupyterLab below a path, as a hub does."""
    tree = lab_server.copied(tmp_path_factory.mktemp("lab") / "kit")
    lab = lab_server.serve(tree, BASE)
    yield lab
    lab.stop()


def fill_in(page, fields):
    for name, text in fields.items():
        page.get_by_label(name).fill(text)
    page.locator("main [type=submit], main button").first.click()


def test_links_open_below_a_prefix(notebook):
    """A learner registers, follows the mailed link and sees the members, below the prefix."""
    opened = notebook("07_gate_the_unconfirmed")
    context = opened.page.context
    for cell in ("setup", "empty-club", "start"):
        opened.run(cell)
    for name in FILLED:
        opened.write(f"ex-{name}-fill", f"%%fill {name}\n{solutions.fills('07')[name]}")
        opened.run(f"ex-{name}-fill")
    with context.expect_page() as opening:
        opened.output("start").get_by_role("link", name="Open the site in a new tab").click()
    tab = opening.value
    tab.get_by_role("link", name="Join the club").click()
    fill_in(tab, {"Name": "Ada", **ADA})
    fill_in(tab, ADA)
    expect(tab.get_by_role("heading", level=1)).to_have_text("Not confirmed yet")
    assert f"{BASE}confirmlab/site-" in tab.url

    live = opened.inbox()
    live.locator("#mails .subject", has_text="Confirm").click()
    live.frame_locator("#panel iframe").get_by_role("link").focus()
    with context.expect_page() as opening:
        opened.page.keyboard.press("Enter")
    tab = opening.value
    expect(tab.get_by_role("status")).to_contain_text("Your account is confirmed")
    tab.get_by_role("link", name="Members", exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Members")
    assert f"{BASE}confirmlab/site-" in tab.url
