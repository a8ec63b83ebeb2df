"""What lives in a notebook by itself: the inbox's page, the token bench, and the certificate."""

import json
import smtplib
from email.message import EmailMessage

import axe
import jwt
import keys
import pytest
from playwright.sync_api import expect

START = "00_start_here"
KEY = "k" * 64
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


def send(lab, subject, html="<p>Coo.</p>", to="ada@example.com"):
    """Send a mail as the app does."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "club@pigeonpost.example", to, subject
    mail.set_content("Coo.")
    mail.add_alternative(html, subtype="html")
    note = json.loads((lab.folder / "my_app" / ".confirmlab" / "inbox.json").read_text())
    with smtplib.SMTP("127.0.0.1", note["port"]) as wire:
        wire.send_message(mail)


def subjects(box):
    return box.locator("#mails .subject")


def test_mail_shows_up_by_itself(opened, lab):
    """A mail appears in the notebook without a cell being run, marked as unread until opened."""
    box = opened.add("inbox.clear()\ninbox").frame_locator("iframe[title='Inbox, live']")
    expect(box.locator("#nothing")).to_contain_text("Nothing yet")
    send(lab, "First")
    send(lab, "Second")

    expect(subjects(box)).to_have_text(["Second", "First"])
    expect(box.locator("#unread")).to_have_text("2 mails, 2 unread")
    subjects(box).last.click()
    expect(box.locator("#unread")).to_have_text("2 mails, 1 unread")
    box.get_by_role("tab", name="Text").click()
    expect(box.locator("#panel")).to_contain_text("Coo.")


def test_inbox_needs_no_mouse(opened, lab, context):
    """In a tab of its own mails are searched, opened, turned over and deleted by the keyboard."""
    card = opened.add("inbox.clear()\ninbox")
    for subject in ("Otto", "Rita", "Otto again"):
        send(lab, subject)
    with context.expect_page() as opening:
        card.get_by_role("link", name="Open the inbox in a tab of its own").click()
    tab = opening.value
    expect(subjects(tab)).to_have_count(3)

    keys.reach(tab, "Search")
    tab.keyboard.type("otto")
    expect(subjects(tab)).to_have_text(["Otto again", "Otto"])
    keys.reach(tab, "Otto again")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tab.locator("#mail-title")).to_have_text("Otto")
    keys.reach(tab, "HTML")
    tab.keyboard.press("ArrowRight")
    phone = tab.locator("#panel iframe").bounding_box()["width"]
    tab.keyboard.press("ArrowLeft")
    desk = tab.locator("#panel iframe").bounding_box()["width"]
    assert phone < 420 < desk

    keys.reach(tab, "Delete all", "Shift+Tab")
    tab.keyboard.press("Enter")
    keys.reach(tab, "Delete all")
    tab.keyboard.press("Enter")
    expect(tab.locator("#nothing")).to_be_visible()


def test_a_hostile_mail_does_nothing(opened, lab):
    """Scripts, forms and far pictures of a mail stay dead, and its link says where it leads.

    Whether anything was asked of another machine the context knows, as in every test.
    """
    box = opened.add("inbox.clear()\ninbox").frame_locator("iframe[title='Inbox, live']")
    send(lab, "You have <b>won</b>", HOSTILE)
    subjects(box).first.click()
    expect(subjects(box)).to_have_text("You have <b>won</b>")
    letter = box.frame_locator("#panel iframe")
    expect(letter.get_by_role("heading")).to_have_text("Hello")
    letter.get_by_role("button").click()
    box.get_by_role("tab", name="Links").click()

    expect(box.locator("#panel")).to_contain_text("http://192.0.2.1/prize")
    assert "taken" not in opened.page.title()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inbox_is_for_all(opened, lab, context, scheme):
    """The page of the inbox shuts nobody out, on a desk and on a phone, in each of its views."""
    card = opened.add("inbox.clear()\ninbox")
    address = card.get_by_role("link", name="in a tab of its own").get_attribute("href")
    tab = context.new_page()
    tab.emulate_media(color_scheme=scheme)
    tab.goto(lab.url.rstrip("/") + address)
    expect(tab.locator("#nothing")).to_be_visible()
    found = axe.findings(tab)
    for subject in ("Otto", "Rita"):
        send(lab, subject, HOSTILE)
    subjects(tab).first.click()
    for view in tab.get_by_role("tab").all():
        view.click()
        found += axe.findings(tab)
    tab.get_by_role("button", name="Delete", exact=True).click()
    found += axe.findings(tab)
    tab.set_viewport_size({"width": 320, "height": 700})
    found += axe.findings(tab)

    assert found == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


def test_bench_judges_while_one_types(opened, context):
    """Keys and changes are judged at once, inside the frame, and no request is made."""
    asked = []
    bench = opened.add(f"from confirmlab.bench import bench\nbench({TOKEN!r})").frame_locator(
        "iframe"
    )
    badge = bench.locator("#badge")
    expect(badge).to_have_text("○ Not checked")
    context.on("request", lambda request: asked.append(request.url))
    bench.get_by_label("Key").fill("wrong" * 20)
    expect(badge).to_have_text("✗ Refused")
    bench.get_by_label("Key").fill(KEY)
    expect(badge).to_have_text("✓ Accepted")
    bench.get_by_label("Payload").fill('{"confirm_id": 1}')
    expect(badge).to_have_text("✗ Refused")
    bench.get_by_role("button", name="Sign again").click()
    expect(badge).to_have_text("✓ Accepted")
    bench.get_by_label("Header").fill("{")
    expect(bench.locator("#header-why")).to_contain_text("Does not decode")

    assert [url for url in asked if KEY in url or "/api/" not in url] == []
    opened.save()
    saved = (opened.lab.folder / "notebooks" / f"{START}.ipynb").read_text(encoding="utf-8")
    assert KEY not in saved


def test_certificate_opens_from_its_link(opened):
    """The certificate is a page that opens in a tab of Lab."""
    card = opened.add("%certificate Ada")
    card.get_by_role("link", name="Open certificate.html").click()
    page = opened.page.frame_locator(".jp-HTMLViewer iframe")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")
