"""Facts about the inbox page's requests and answers, also for hostile mails."""

import json
import re
import smtplib
from email.message import EmailMessage
from html import escape
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

import pytest
from werkzeug.test import Client

from confirmlab.mail import links, rendering
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.web.api import make_app
from confirmlab.notebook.views.registry import as_html

WITHOUT_PROXY = build_opener(ProxyHandler({}))  # an http_proxy cannot reach this machine
LINK = "http://127.0.0.1:5000/auth/confirm/aaa.bbb.ccc"
HOSTILE = """
<script>parent.location = "http://evil.example/"</script>
<img src="http://evil.example/pixel.png" onerror="alert(1)"><svg onload="alert(1)"></svg>
<a href="javascript:alert(1)">a</a> <meta http-equiv="refresh" content="0;url=http://evil.example">
<base href="http://evil.example/"> <form action="http://evil.example/"><input name="password">
<style>@import url(http://evil.example/x.css); p { background: url(http://evil.example/y) }</style>
<iframe src="http://evil.example/"></iframe><a href="http://evil.example/" target="_top" rel=opener>
"""


def opens(written):
    return (
        written.replace("http://127.0.0.1:5000", "/proxy/absolute/5000")
        if ":5000" in written
        else None
    )


@pytest.fixture
def inbox(tmp_path):
    made = Inbox(tmp_path / "mail", opens=opens)
    made.maildir.make()
    return made


@pytest.fixture
def browser(inbox):
    return Client(make_app(inbox))


def put(
    inbox, subject="Hello", text=f"See {LINK} now.\n", html=None, files=(), to="ann@pigeon.test"
):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "club@pigeon.test", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, kind, data in files:
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return inbox.maildir.add(message.as_bytes())


def listed(browser, **asked):
    return browser.get("/mails", query_string=asked).get_json()


def test_mails_are_listed_newest_first(inbox, browser):
    """The list has each mail, whether it was opened, and the number of all."""
    put(inbox, "first")
    last = put(inbox, "last", files=[("a.txt", "text/plain", b"x")])
    answer = listed(browser)

    assert [mail["subject"] for mail in answer["mails"]] == ["last", "first"]
    assert [mail["attached"] for mail in answer["mails"]] == [1, 0]
    assert (answer["count"], answer["unread"], answer["newest"]) == (2, 2, last)


def test_nothing_can_be_deleted_before_it_is_listed(browser):
    """The button that deletes all mails is off until the page has the list."""
    assert 'id="empty" disabled' in browser.get("/").get_data(as_text=True)


def test_an_unchanged_list_is_an_empty_answer(inbox, browser):
    """A page that has the present version gets an empty answer until something changes."""
    name = put(inbox)
    version = listed(browser)["version"]
    assert browser.get("/mails", query_string={"known": version}).status_code == 204

    inbox.slow(1)
    assert listed(browser, known=version)["notes"] == ["This inbox takes 1 s over each mail."]
    version = listed(browser)["version"]
    browser.post(f"/mails/{name}/seen")
    assert listed(browser, known=version)["unread"] == 0


def test_polling_reads_no_mail(inbox, browser, monkeypatch):
    """Asking for changes of a full inbox opens no file."""
    for number in range(5):
        put(inbox, str(number))
    version = listed(browser)["version"]
    monkeypatch.setattr(type(inbox.maildir), "read", None)
    monkeypatch.setattr(type(inbox.maildir), "mails", None)

    assert browser.get("/mails", query_string={"known": version}).status_code == 204


@pytest.mark.parametrize(
    "words", ["CLUB@", "ann@", "zwiebel", "coo coo", "only in html", " hello "]
)
def test_search_looks_everywhere(inbox, browser, words):
    """A search finds sender, recipient, subject, text, and HTML where there is no text."""
    put(inbox, "Hello Zwiebel", text="Coo COO\n")
    message = (
        b"From: club@x\nTo: ann@x\nSubject: hello zwiebel coo coo\nContent-Type: text/html\n\n"
    )
    inbox.maildir.add(message + b"<p>Only in <b></b>&#72;TML</p>")
    put(inbox, "Other", text="Nothing.\n", to="bob@pigeon.test")
    expected = 1 if words == "only in html" else 3 if words == "CLUB@" else 2

    answer = listed(browser, words=words if words != "only in html" else "only in")
    assert answer["found"] == len(answer["mails"]) == expected
    assert answer["count"] == 3


def test_a_search_may_find_nothing(inbox, browser):
    """Words that no mail contains find nothing, and special characters do no harm."""
    put(inbox)
    for words in ("nowhere", ".*", "%", "\x00", "x" * 5000):
        assert listed(browser, words=words)["found"] == 0


def test_the_list_comes_in_pieces(inbox, browser):
    """The list is as long as requested, and has the number of all mails."""
    for number in range(5):
        put(inbox, str(number))
    answer = listed(browser, count=2)

    assert (len(answer["mails"]), answer["found"]) == (2, 5)
    assert len(listed(browser, count="many")["mails"]) == 5


def test_a_mail_is_shown_in_all_its_parts(inbox, browser):
    """One answer holds text, source, headers, links and attachments of a mail."""
    name = put(inbox, html="<p>x</p>", files=[("loft plan.pdf", "application/pdf", b"%PDF")])
    mail = browser.get(f"/mails/{name}").get_json()

    assert mail["text"].startswith("See http") and "boundary=" in mail["source"]
    assert ["Subject", "Hello"] in mail["headers"]
    assert mail["files"] == [{"name": "loft plan.pdf", "kind": "application/pdf", "bytes": 4}]
    assert (mail["html"], mail["pictured"]) == (True, True)


def test_links_say_where_they_lead(inbox, browser):
    """Each link is given as written and as it opens here, with a note on its target."""
    name = put(inbox, text=f"{LINK}\nhttps://example.com/x\nhttp://127.0.0.1:1/\n")
    links = browser.get(f"/mails/{name}").get_json()["links"]

    assert [link["opens"] for link in links] == [
        opens(LINK),
        "https://example.com/x",
        "http://127.0.0.1:1/",
    ]
    assert [link["leads"].partition(",")[0] for link in links] == [
        "your app",
        "another site: example.com",
        "port 1 of this machine",
    ]


@pytest.mark.parametrize(
    "written",
    [
        "http://127.0.0.1:8000/",
        "HTTPS://Localhost.:8000",
        "http://app.localhost/",
        "http://127.1:5/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0.0.0.0:9/",
        "http://[::1]:9/",
        "http://[::ffff:127.0.0.1]:9/",
        "http://a@127.0.0.1:9/",
        "http:\\\\127.0.0.1:9",
        "http:127.0.0.1:9",
        "//127.0.0.1:9/x",
        "http://127%2e0.0.1:9/",
        "http://１２７.0.0.1/",
        "http://127。0。0｡1:9/",
        "http://localhost。:9/",
        "http://lo\u00adcal\u2060host\u200b:9/",
        "http://local\u034fhos\u180bt\ufe0f:9/",
        "\x01 http://127.0.0.1:9/",
    ],
)
def test_a_link_to_another_port_does_not_open_by_itself(written):
    """A link to another port gets a warning, however the mail spells it."""
    assert rendering.is_strange(written, opens)
    page = rendering.relinked(
        f'<a href="{escape(written)}" href="http://127.0.0.1:1/">x</a>', opens
    )

    assert 'href="about:blank" href=' in page and page.index("[This link leads to") < page.index(
        "<a"
    )
    assert not rendering.is_strange(LINK, opens)


@pytest.mark.parametrize(
    "tag",
    [
        "<a/href='{}'>",
        "<AREA\fhref={}>",
        "<a title='a>b' href='{}'>",
        "<a data-href=q href='{}'>",
        "<a title=it's href='{}'>",
        '<a " href="{}">',
        "<a title='x'href='{}'>",
        "<a b='<a ' href='{}'>",
        "<textarea><a b='</textarea><a href={}>'></a>",
        "<svg><a xlink:href='{}'>",
    ],
)
def test_a_link_to_another_port_is_found_in_any_tag(tag):
    """A link to another port gets a warning and is listed, however its tag is written."""
    html = tag.format("http://127.0.0.1:9999/")
    page = rendering.relinked(html, opens)

    assert "[This link leads to port 9999 of this machine" in page
    assert re.search(
        '<a(rea)? target="_blank" rel="noopener noreferrer" href="about:blank"', page, re.I
    )
    assert list(links.find([], [html])) == ["http://127.0.0.1:9999/"]


@pytest.mark.parametrize(
    "tag",
    [
        "<a {}href='http://127.0.0.1:9999/'>".format("b " * 5000),
        f"<a title='{'b' * 5000}' href='http://127.0.0.1:9999/'>",
        "<a <b href='http://127.0.0.1:9999/'>",
        "<a name=top>",
    ],
)
def test_a_tag_without_a_known_link_is_no_link(tag):
    """An anchor in which no link is found cannot be clicked."""
    assert rendering.relinked(tag, opens) == tag.replace("<a", "<x-a", 1)


@pytest.mark.parametrize(
    "written",
    ["/proxy/9999/", "lab?reset", "..\\proxy\\9999", "http:/proxy/9999/", "?a", "\x01/a", ""],
)
def test_a_link_without_a_host_opens_nothing(written):
    """A link without a host, which would lead to a page of Jupyter, is disabled and explained."""
    page = rendering.relinked(f'<a href="{escape(written)}">x</a>', opens)

    assert "[This link names no host" in page and 'href="about:blank" href=' in page


@pytest.mark.parametrize("written", ["mailto:ann@pigeon.test", "#top", "//pigeon.test/", "tel:1"])
def test_a_link_that_leads_elsewhere_needs_no_host(written):
    """A link to a place in the mail, to a person or to another site stays as it is."""
    page = rendering.relinked(f'<a href="{written}">x</a>', opens)

    assert f'href="{written}" href=' in page and "no host" not in page


def test_a_mail_cannot_refresh_to_another_page():
    """The meta elements of a mail have no effect."""
    page = rendering.relinked("<META http-equiv=refresh content=0;url=http://a/><meta/x>", opens)

    assert page == "<x-META http-equiv=refresh content=0;url=http://a/><x-meta/x>"


def test_a_mail_shows_no_page_in_an_attribute():
    """A frame in a mail shows nothing, since links in its srcdoc would be opened unchecked."""
    inner = escape('<a target="_blank" href="http://127.0.0.1:9999/">x</a>')
    page = rendering.relinked(f'<IFRAME srcdoc="{inner}"></IFRAME><iframe/srcdoc=x>', opens)

    assert page == f'<x-IFRAME srcdoc="{inner}"></IFRAME><x-iframe/srcdoc=x>'


def test_a_mail_cannot_change_a_link_by_itself():
    """The elements of a drawing that change where a link leads have no effect."""
    page = rendering.relinked("<set attributeName=href to=http://a/><animate values=x><p>", opens)

    assert page == "<x-set attributeName=href to=http://a/><x-animate values=x><p>"


@pytest.mark.parametrize("start", ["<math>", "<MATH display=block>", "<math/href=http://a/>"])
def test_a_formula_in_a_mail_is_plain_text(start):
    """No element of a formula is a link, since in some browsers each may be one."""
    page = rendering.relinked(f"{start}<mi href=http://127.0.0.1:9999/>x</mi></math>", opens)

    assert page.startswith(f"<x-{start[1:]}")


@pytest.mark.parametrize(
    "written",
    ["https://example.com:5/127.0.0.1", "http://localhost.example/", "mailto:a@localhost"],
)
def test_other_links_need_no_warning(written):
    """A link to another machine is not changed."""
    assert not rendering.is_of_this_machine(written)
    assert "warning" not in rendering.relinked(f'<a href="{written}">', opens)


def test_the_apps_own_link_may_open_as_written(tmp_path):
    """Without a proxy, a link to the app opens as written and without a warning."""
    inbox = Inbox(tmp_path / "mail", opens=lambda written: written if ":5000" in written else None)
    inbox.maildir.make()
    name = put(inbox)
    [link] = Client(make_app(inbox)).get(f"/mails/{name}").get_json()["links"]

    assert (link["ours"], link["strange"], link["here"]) == (True, False, False)
    assert link["leads"] == "your app, at /auth/confirm/aaa.bbb.ccc"


def test_the_page_and_the_card_warn(inbox, browser):
    """Page and card say that a link leads to another port before anything opens."""
    name = put(inbox, text="http://127.0.0.1:1/\n")
    [link] = browser.get(f"/mails/{name}").get_json()["links"]
    card = as_html(inbox.latest, opens)

    assert link["strange"] and link["leads"].startswith("port 1 of this machine, where something")
    assert card.index("port 1 of this machine") < card.index('href="http://127.0.0.1:1/"')


def test_opening_marks_and_takes_back(inbox, browser):
    """A mail can be marked as read, and as unread again."""
    name = put(inbox)
    browser.post(f"/mails/{name}/seen")
    assert [one.unread for one in inbox.maildir.mails()] == [False]

    browser.post(f"/mails/{name}/unseen")
    assert [one.unread for one in inbox.maildir.mails()] == [True]


def test_reading_by_code_marks_nothing(inbox):
    """Reading a mail by code does not mark it as read."""
    put(inbox)
    assert inbox.latest.subject == "Hello"

    assert all(one.unread for one in inbox.maildir.mails())


def test_deleting(inbox, browser):
    """A mail can be deleted, or all mails up to the newest one shown."""
    first, second, third = (put(inbox, str(number)) for number in range(3))
    browser.post(f"/mails/{second}/remove")
    assert [mail.subject for mail in inbox] == ["2", "0"]

    late = put(inbox, "late")
    browser.post(f"/mails/{third}/clear")
    assert [mail.id for mail in inbox] == [late]


@pytest.mark.parametrize("path", ["", "/page", "/files/0", "/whole"])
@pytest.mark.parametrize("name", ["no-such", "..%2f..%2fpage.json", "%00", "new", "x" * 3000])
def test_an_unknown_mail_is_not_found(inbox, browser, name, path):
    """Ids are looked up in the list and never used as paths."""
    put(inbox)

    assert browser.get(f"/mails/{name}{path}").status_code == 404


@pytest.mark.parametrize("path", ["/secret", "/inbox.py", "/..%2fwebmail.py", "/mails/x/y"])
def test_there_is_nothing_else(browser, path):
    """Only the page and its own files are served."""
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("action", ["seen", "unseen", "remove", "clear"])
def test_looking_changes_nothing(inbox, browser, action):
    """A GET request can neither delete nor mark a mail."""
    name = put(inbox)

    assert browser.get(f"/mails/{name}/{action}").status_code == 405
    assert [one.unread for one in inbox.maildir.mails()] == [True]


def test_every_answer_is_guarded(inbox, browser):
    """Each answer has headers against caching, sniffing, framing and Referer leaks."""
    name = put(inbox, html="<p>x</p>", files=[("a", "text/html", b"x")])
    paths = ["/", "/inbox.css", "/inbox.js", "/mails", "/nothing", f"/mails/{name}"]
    paths += [f"/mails/{name}/{rest}" for rest in ("page", "files/0", "whole")]
    for path in paths:
        headers = browser.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert re.search("frame-ancestors '(none|self)'", headers["Content-Security-Policy"])
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_runs_its_own_script_only(browser):
    """The page's policy allows one script by a fresh nonce, and no inline scripts."""
    answers = [browser.get("/") for _ in range(2)]
    nonces = [
        re.search("script-src 'nonce-([^']+)';", a.headers["Content-Security-Policy"])[1]
        for a in answers
    ]
    page = answers[0].get_data(as_text=True)

    assert nonces[0] != nonces[1] and re.findall("<script[^>]*>", page) == [
        f'<script src="inbox.js" defer nonce="{nonces[0]}">'
    ]
    assert "unsafe-inline" not in answers[0].headers["Content-Security-Policy"]
    assert not re.search(r"\s(style|on\w+)=|<style|https?://(?!www\.w3\.org)", page)


def test_the_page_says_how_much_is_kept(browser):
    """The page shows the limits of the inbox, and declares its language."""
    page = browser.get("/").get_data(as_text=True)

    assert "500 mails or 20 MB; it deletes the oldest first, or the largest when" in page
    assert '<html lang="en">' in page


def test_the_script_makes_no_markup(browser):
    """The page's script has no means to turn text of a mail into markup."""
    script = browser.get("/inbox.js").get_data(as_text=True)

    assert script.startswith('"use strict";')
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc", "eval"):
        assert way not in script


def test_a_hostile_mail_is_caged(inbox, browser):
    """The HTML of a mail comes with a policy against scripts, loading, forms and navigation."""
    name = put(inbox, html=HOSTILE)
    answer = browser.get(f"/mails/{name}/page")
    rules = dict(
        rule.strip().partition(" ")[::2]
        for rule in answer.headers["Content-Security-Policy"].split(";")
    )

    assert rules == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    # Of two attributes of one name the first counts.
    assert '<a target="_blank" rel="noopener noreferrer" href="http://evil.example/" href=' in (
        answer.get_data(as_text=True)
    )


def test_links_in_the_html_open_here(inbox, browser):
    """A link in the HTML leads to its address in this browser."""
    name = put(inbox, html=f'<A HREF="{LINK}">confirm</A>')

    assert f' href="{opens(LINK)}"' in browser.get(f"/mails/{name}/page").get_data(as_text=True)


def test_pictures_that_came_along_are_shown(inbox, browser):
    """An attached picture is shown in the HTML; an SVG with scripts is not."""
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("x")
    message.add_alternative(
        '<img src="cid:a@x"><img src="cid:b@x"><img src="cid:none">', subtype="html"
    )
    html = message.get_payload()[1]
    html.add_related(b"\x89PNG", "image", "png", cid="<a@x>")
    html.add_related(b"<svg/>", "image", "svg+xml", cid="<b@x>")
    name = inbox.maildir.add(message.as_bytes())

    page = browser.get(f"/mails/{name}/page").get_data(as_text=True)
    assert 'src="data:image/png;base64,iVBORw=="' in page
    assert 'src="cid:b@x"' in page and 'src="cid:none"' in page


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        ('a"; filename="b.exe', "a__ filename=_b.exe"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie_ x=1"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("Größe 😀.txt", "Größe 😀.txt"),
        ("...", "attachment-1"),
        ("x" * 500 + ".pdf", "x" * 80 + ".pdf"),
    ],
)
def test_names_of_attachments_are_harmless(inbox, browser, name, saved):
    """The name of a saved file has no folder, no disguised ending and no header break."""
    head = f"Content-Disposition: attachment; filename*=utf-8''{quote(name, safe='')}\n"
    mail = inbox.maildir.add(
        head.encode() + b"Content-Type: text/html\n\n<script>alert(1)</script>"
    )
    answer = browser.get(f"/mails/{mail}/files/0")

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")
    assert (
        "sandbox" in answer.headers["Content-Security-Policy"]
        and "Set-Cookie" not in answer.headers
    )
    assert browser.get(f"/mails/{mail}").get_json()["files"][0]["name"] == saved


def test_the_whole_mail_can_be_saved(inbox, browser):
    """A mail can be downloaded unchanged, named by its subject."""
    name = put(inbox, "Hello: you / me")
    answer = browser.get(f"/mails/{name}/whole")

    assert answer.data.startswith(b"From: club@pigeon.test\n")
    assert answer.headers["Content-Disposition"] == 'attachment; filename=" me.eml"' or (
        ".eml" in answer.headers["Content-Disposition"]
    )


def test_hidden_characters_are_written_out(inbox, browser):
    """A subject cannot reverse the text that follows it."""
    name = put(inbox, "pay \u202ephoto")

    assert browser.get(f"/mails/{name}").get_json()["subject"] == "pay \\u202ephoto"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(range(256)),
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 200,
        b"Content-Type: text/html; charset=no-such\n\n<p>\xff",
        b"Subject: =?utf-8?q?" + b"=F0" * 3000,
        b'Content-Type: text/html\n\n<a href="' + b"<" * 100_000,
        b"Content-Type: text/html\n\n" + b"x" * 500_000,
    ],
)
def test_broken_mails_are_shown_too(inbox, browser, raw):
    """List, mail and search answer, whatever the bytes of a mail are."""
    name = inbox.maildir.add(raw)

    assert listed(browser, words="x")["count"] == 1
    assert browser.get(f"/mails/{name}").status_code == 200
    assert browser.get(f"/mails/{name}/page").status_code in (200, 404)


def test_a_mail_of_ten_megabytes(inbox, browser):
    """A huge mail is listed and shown in part, and downloaded completely."""
    name = inbox.maildir.add(b"Subject: big\n\n" + b"coo " * 2_500_000)
    shown = browser.get(f"/mails/{name}")

    assert len(shown.data) < 1_000_000 and "… and more" in shown.get_json()["text"]
    assert len(browser.get(f"/mails/{name}/whole").data) > 10_000_000
    assert listed(browser, words="coo")["found"] == 1


def test_a_mail_deleted_during_listing(inbox, browser, monkeypatch):
    """A mail that is deleted while it is listed is left out, and cannot be opened."""
    name = put(inbox)
    monkeypatch.setattr(type(inbox.maildir), "read", lambda self, file: None)

    assert listed(browser)["mails"] == [] and listed(browser, words="see")["found"] == 0
    assert browser.get(f"/mails/{name}").status_code == 404


def test_over_http_from_smtp_to_page(inbox):
    """A mail sent over SMTP appears on the inbox's page."""
    with inbox.start():
        with smtplib.SMTP("127.0.0.1", inbox.port, local_hostname="localhost") as client:
            client.sendmail("a@x", ["b@x"], b"Subject: real\r\n\r\nCoo.\r\n")
        with WITHOUT_PROXY.open(f"{inbox.page}mails", timeout=10) as answer:
            assert json.load(answer)["mails"][0]["subject"] == "real"


def test_the_card_frames_the_page(inbox, monkeypatch):
    """In a notebook with a server, the card has the live page, a link, and the folded list."""
    put(inbox, "Hello")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ann/")
    card = as_html(inbox)
    page = inbox.page
    inbox.close()

    assert page.startswith("/user/ann/proxy/absolute/")
    assert f'href="{page}"' in card and f'src="{page}"' in card
    assert "Run this cell to see the live inbox.</iframe>" in card
    assert card.index("<details") > card.index("</iframe>")


def test_without_a_server_the_card_has_no_frame(inbox):
    """Without a Jupyter server, the card has no frame."""
    put(inbox, "Hello")

    assert "<iframe" not in as_html(inbox)
    assert not inbox.page_served


def test_a_page_is_resumed_only_where_there_was_one(inbox, relay):
    """Starting the site serves the page again if it was open before, and only then."""
    inbox.resume_page()
    assert not inbox.page_served

    page = inbox.page
    inbox.close()
    again = Inbox(inbox.folder)
    again.resume_page()
    assert (again.page_served, again.page) == (True, page)
    again.close()


def test_being_away_leaves_the_page(inbox):
    """While the mail server is away, the page is served and says so."""
    with inbox.start():
        page = inbox.page
        inbox.away()
        with WITHOUT_PROXY.open(f"{page}mails", timeout=10) as answer:
            assert json.load(answer)["notes"] == ["This inbox is away."]


@pytest.mark.parametrize("proxied", ["proxy/absolute/5000", "confirmlab/site-0123abcd"])
def test_a_link_from_behind_the_proxy_is_named_short(proxied):
    """A link made behind Jupyter's proxy is shown as the path in the app."""
    here = f"/user/ann/{proxied}/auth/confirm/a.b.c"

    assert (
        rendering.leads_to(f"https://hub.example{here}", here) == "your app, at /auth/confirm/a.b.c"
    )
