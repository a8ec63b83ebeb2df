"""The parts of a notebook with own scripts: inbox page, token bench, certificate."""

import json
import smtplib
from email.message import EmailMessage

import axe
import jwt
import keys
import looks
import pytest
from playwright.sync_api import expect

from confirmlab.mail.inbox import Inbox
from confirmlab.notebook.token_bench import bench
from confirmlab.notebook.views.registry import as_html

START = "00_start_here"
KEY = "under the third perch of the loft, left of the door, in the straw"
TOKEN = jwt.encode({"confirm_id": 14}, KEY, algorithm="HS512")
HOSTILE = """<h1>Hello</h1><script>top.document.title = 'taken'</script>
<img src="http://192.0.2.1/pixel.gif" alt="" onerror="top.document.title = 'taken'">
<form action="http://192.0.2.1/"><button>Press</button></form>
<p><a href="http://192.0.2.1/prize">Fetch your prize</a></p>"""


@pytest.fixture
def opened(notebook):
    """Open a notebook with a running inbox."""
    opened = notebook(START)
    opened.run("setup")
    return opened


@pytest.fixture
def inbox(tmp_path):
    """Run an inbox without a notebook; its page is the same."""
    with Inbox(tmp_path / "mail") as inbox:
        yield inbox


def send(port, subject, html="<p>Coo.</p>"):
    """Send a mail as the app does."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "club@pigeonpost.example", "ada@example.com"
    mail["Subject"] = subject
    mail.set_content("Coo.")
    mail.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port) as wire:
        wire.send_message(mail)


def subjects(box):
    return box.locator("#mails .subject")


def test_mail_shows_up_by_itself(opened, lab):
    """A mail appears without a cell being run, marked as unread until it is opened."""
    box = opened.inbox("inbox.clear()\ninbox")
    expect(box.locator("#nothing")).to_contain_text("Nothing yet")
    port = json.loads((lab.folder / "my_app/.confirmlab/inbox.json").read_text())["port"]
    send(port, "First")
    send(port, "Second")

    expect(subjects(box)).to_have_text(["Second", "First"])
    expect(box.locator("#unread")).to_have_text("2 mails, 2 unread")
    subjects(box).last.click()
    expect(box.locator("#unread")).to_have_text("2 mails, 1 unread")
    box.get_by_role("tab", name="Text").click()
    expect(box.locator("#panel")).to_contain_text("Coo.")


def test_inbox_needs_no_mouse(page, inbox):
    """In its own tab, the inbox can be searched, read and cleared by the keyboard."""
    for subject in ("Otto", "Rita", "Otto again"):
        send(inbox.port, subject)
    page.goto(inbox.page)
    expect(subjects(page)).to_have_count(3)

    keys.reach(page, "Search")
    page.keyboard.type("otto")
    expect(subjects(page)).to_have_text(["Otto again", "Otto"])
    keys.reach(page, "Otto again")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#mail-title")).to_have_text("Otto")
    keys.reach(page, "HTML")
    desk = page.locator("#panel iframe").bounding_box()["width"]
    page.keyboard.press("ArrowRight")
    phone = page.locator("#panel iframe").bounding_box()["width"]
    assert phone < 420 < desk

    keys.reach(page, "Delete all", "Shift+Tab")
    page.keyboard.press("Enter")
    keys.reach(page, "Delete all")
    page.keyboard.press("Enter")
    expect(page.locator("#nothing")).to_be_visible()
    assert len(inbox) == 0


def test_more_mails_go_on_where_the_list_ended(page, inbox):
    """When the button for more mails vanishes, the focus is on the first mail that was added."""
    for number in range(51):
        inbox.maildir.add(f"Subject: mail {number}\n\nCoo.\n".encode())
    page.goto(inbox.page)
    expect(subjects(page)).to_have_count(50)
    page.get_by_role("button", name="Show more").press("Enter")

    expect(page.locator(".row").last).to_be_focused()
    expect(subjects(page).last).to_have_text("mail 0")


def test_the_focus_stays_when_a_mail_above_goes(page, inbox):
    """A mail that is deleted elsewhere takes the focus from no other row of the list."""
    for subject in ("Otto", "Rita"):
        send(inbox.port, subject)
    page.goto(inbox.page)
    expect(subjects(page)).to_have_text(["Rita", "Otto"])
    page.locator(".row").last.focus()
    inbox.maildir.remove(inbox.latest.id)

    expect(subjects(page)).to_have_text(["Otto"])
    expect(page.locator(".row")).to_be_focused()


def test_the_delete_key_asks_once(page, inbox):
    """If the Delete key is pressed twice, one Escape still brings the Delete button back."""
    send(inbox.port, "Otto")
    page.goto(inbox.page)
    subjects(page).first.click()
    expect(page.locator("#mail-title")).to_have_text("Otto")
    for _ in range(2):
        page.locator(".row").press("Delete")
    page.get_by_role("button", name="Keep").press("Escape")

    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    assert len(inbox) == 1


def test_the_mail_chosen_last_stays_open(page, inbox):
    """An answer that comes late does not replace the mail that was chosen after it."""
    for subject in ("slow", "fast"):
        send(inbox.port, subject)
    page.goto(inbox.page)
    expect(subjects(page)).to_have_text(["fast", "slow"])
    slow = page.locator("#mails li").last.get_attribute("data-id")
    held = []
    page.route(f"**/mails/{slow}", lambda route: held.append(route))
    subjects(page).last.click()
    subjects(page).first.click()
    expect(page.locator("#mail-title")).to_have_text("fast")
    with page.expect_response(f"**/mails/{slow}") as late:
        held[0].continue_()
    late.value.finished()

    send(inbox.port, "later")
    expect(subjects(page)).to_have_count(3)
    expect(page.locator("#mail-title")).to_have_text("fast")


def test_a_link_that_is_no_address_is_shown(page, inbox):
    """The inbox page lists a link that no browser can open, instead of stopping there."""
    written = "http://127.0.0.1:None/auth/confirm/abc"
    send(inbox.port, "Broken", f'<p><a href="{written}">Confirm</a></p>')
    page.goto(inbox.page)
    subjects(page).first.click()
    page.get_by_role("tab", name="Links").click()

    expect(page.locator("#panel")).to_contain_text(written)


def test_a_hostile_mail_does_nothing(page, inbox):
    """A mail's scripts, forms and remote pictures do nothing; its link shows its target.

    Whether anything was asked of another machine the context knows, as in every test.
    """
    send(inbox.port, "You have <b>won</b>", HOSTILE)
    page.goto(inbox.page)
    subjects(page).first.click()
    expect(subjects(page)).to_have_text("You have <b>won</b>")
    letter = page.frame_locator("#panel iframe")
    expect(letter.get_by_role("heading")).to_have_text("Hello")
    letter.get_by_role("button").click()
    page.get_by_role("tab", name="Links").click()

    expect(page.locator("#panel")).to_contain_text("http://192.0.2.1/prize")
    assert "taken" not in page.title()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inbox_is_for_all(page, inbox, scheme):
    """Each view of the inbox page is accessible, on a desktop and on a phone."""
    page.emulate_media(color_scheme=scheme)
    page.goto(inbox.page)
    expect(page.locator("#nothing")).to_be_visible()
    found = axe.findings(page)
    for subject in ("Otto", "Rita"):
        send(inbox.port, subject, HOSTILE)
    subjects(page).first.click()
    for view in page.get_by_role("tab").all():
        view.click()
        found += axe.findings(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    found += axe.findings(page)
    page.set_viewport_size({"width": 320, "height": 700})
    found += axe.findings(page)

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_bench_judges_while_one_types(opened):
    """Keys and changes are judged at once inside the frame, without any request."""
    asked = []
    bench = opened.add(f"bench({TOKEN!r})").frame_locator("iframe")
    badge = bench.locator("#badge")
    expect(badge).to_have_text("○ Not checked")
    opened.page.context.on("request", lambda request: asked.append(request.url))
    bench.get_by_label("Key").fill("wrong" * 20)
    expect(badge).to_have_text("✗ Refused")
    bench.get_by_label("Key").fill(KEY)
    expect(badge).to_have_text("✓ Accepted")
    bench.get_by_label("Payload").fill('{"confirm_id": 1}')
    expect(badge).to_have_text("✗ Refused")
    looks.picture(opened.page, "bench", opened.output("own").locator("iframe"))
    bench.get_by_role("button", name="Sign again").click()
    expect(badge).to_have_text("✓ Accepted")
    bench.get_by_label("Header").fill("{")
    expect(bench.locator("#header-why")).to_contain_text("Does not decode")
    inside = opened.output("own").locator("iframe").element_handle().content_frame()
    assert axe.findings(inside) == []

    assert [url for url in asked if KEY in url or "/api/" not in url] == []
    opened.save()
    saved = (opened.lab.folder / "notebooks" / f"{START}.ipynb").read_text(encoding="utf-8")
    assert KEY not in saved


def test_bench_judges_again_when_a_token_begins(page):
    """A token that is not valid yet is accepted as soon as its time has come."""
    page.clock.install(time=1_900_000_000)
    token = jwt.encode({"nbf": 1_900_000_060}, KEY, algorithm="HS512")
    page.set_content(as_html(bench(token)))
    frame = page.frame_locator("iframe")
    frame.get_by_label("Key").fill(KEY)
    expect(frame.locator("#badge")).to_have_text("✗ Refused")

    page.clock.run_for(70_000)
    expect(frame.locator("#badge")).to_have_text("✓ Accepted")


def test_certificate_opens_from_its_link(opened):
    """The link of the certificate opens its page in a tab of JupyterLab."""
    card = opened.add("%certificate Ada")
    card.get_by_role("link", name="Open certificate.html").click()
    page = opened.page.frame_locator(".jp-HTMLViewer iframe")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
