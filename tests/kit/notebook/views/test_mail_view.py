"""Facts about the views of mails and of the inbox."""

import re
from datetime import UTC, datetime, timedelta

from markup import attributes, picture

from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import parse
from confirmlab.notebook.views.registry import as_html, as_text, bundle

LINK = "http://127.0.0.1:5000/auth/confirm/aaa.bbb.ccc"
HEADERS = b"From: club@pigeon.test\nTo: ann@pigeon.test\nSubject: %s\nContent-Type: text/%s\n\n%s"
LONG_LINK = "http://127.0.0.1:5000/auth/confirm/" + "x" * 100
RAW = b"From: club@pigeon.test\nTo: ann@pigeon.test\nSubject: Hello\n\nCoo.\n"


def mail(content=LINK, kind="plain", subject="Hello"):
    return parse("1", HEADERS % (subject.encode(), kind.encode(), content.encode()))


def here(link):
    return link.replace("http://127.0.0.1:5000", "/proxy/absolute/5000")


def test_a_link_is_shown_twice():
    """A mailed link is shown as written, and as it opens here."""
    text = as_html(mail(), here)

    assert "Link as written" in text and LINK in text
    assert [a["href"] for a in attributes(text, "a")] == ["/proxy/absolute/5000" + LINK[21:]]


def test_without_another_way_a_link_is_shown_once():
    """A link that opens as written is shown once."""
    text = as_html(mail())

    assert "Opens here" not in text
    assert [a["href"] for a in attributes(text, "a")] == [LINK]


def test_no_script_hides_in_a_link():
    """A link with a script is not clickable."""
    text = as_html(mail(), lambda link: "javascript:alert(1)")

    assert "javascript" not in text


def test_a_mail_is_framed_in_a_sandbox():
    """The HTML of a mail runs and loads nothing, and opens links in a new tab."""
    text = as_html(mail(f"<p>Coo <a href='{LINK}'>x</a></p><script>1</script>", "html"), here)
    (frame,) = attributes(text, "iframe")

    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox" and frame["title"]
    assert "default-src 'none'" in picture(text).replace("&#39;", "'")
    assert '<base target="_blank"' in picture(text)
    assert attributes(picture(text), "a")[0]["href"] == here(LINK)


def test_hidden_characters_of_a_mail_are_written_out(tmp_path):
    """A mail cannot reverse or erase what is shown beside it, in a terminal or on a card."""
    odd = "a\u202eb\x1b[2Jc"
    content = f"From: {odd}\nTo: x@y.test\nSubject: {odd}\nX-Odd: {odd}\n\n{odd} {LINK}\u202e\n"
    packed = content.encode()
    inbox = Inbox(tmp_path / "mail")
    inbox.maildir.make()
    inbox.maildir.add(packed)

    for value in (parse("1", packed), inbox):
        shown = bundle(value, here)
        assert not re.search("[\u202e\x1b]", re.sub('href="[^"]*"', "", "".join(shown.values())))
        assert all(r"a\u202eb\x1b[2Jc" in text for text in shown.values())
    assert LINK + "\u202e" in [a["href"] for a in attributes(as_html(parse("1", packed)), "a")]


def test_a_missing_frame_leaves_a_sentence():
    """If the frame is removed, a sentence says how to get it."""
    text = as_html(mail("<p>Coo.</p>", "html"))

    assert ">Run this cell to see this view.</iframe>" in text


def test_a_huge_mail_is_cut():
    """The display of a mail of ten megabytes is much shorter."""
    for kind in ("plain", "html"):
        text = as_html(mail("<p>coo " * 1_500_000, kind))
        assert len(text) < 200_000 and ("more characters" in text)


def test_a_mail_of_many_headers_and_links_is_cut():
    """Only a limited number of headers and links is shown in the cell."""
    headers = b"".join(b"X-%d: %s\n" % (number, b"x" * 900) for number in range(20_000))
    links = b"".join(b"http://a.test/%d\n" % number for number in range(20_000))
    shown = bundle(parse("1", headers + b"\n" + links))

    assert all(len(text) < 250_000 for text in shown.values())
    assert "more headers" in shown["text/html"] and "and 450 more; see" in shown["text/html"]


def test_an_inbox_tells_its_trouble(tmp_path):
    """The card of an inbox shows the faults that are set."""
    inbox = Inbox(tmp_path)
    inbox.fail("550 <b>no</b>", to="eve@pigeon.test")

    assert "refuses mails to eve@pigeon.test with &#39;550 &lt;b&gt;" in as_html(inbox)


def test_an_inbox_folds_its_mails(tmp_path):
    """Each mail can be unfolded without a script, and the newest is open."""
    (tmp_path / "new").mkdir()
    for number in (1, 2):
        name = tmp_path / "new" / f"{number}.M000000"
        name.write_bytes(HEADERS % (b"mail %d" % number, b"plain", b"Coo."))
    text = as_html(Inbox(tmp_path))

    assert [("open" in attrs) for attrs in attributes(text, "details")] == [True, *[False] * 5]
    assert text.index("mail 2") < text.index("mail 1")


def test_a_mail_is_shown_with_its_links():
    """The text has sender, recipients, links and text of a mail, and no time of day."""
    mail = parse("1", RAW + LONG_LINK.encode())
    later = parse("2", RAW + LONG_LINK.encode(), datetime.now(UTC) + timedelta(hours=5))

    for part in ("Hello", "club@pigeon.test", "ann@pigeon.test", f"link: {LONG_LINK}", "Coo."):
        assert part in as_text(mail)
    assert as_text(mail) == as_text(later)


def test_an_inbox_is_a_numbered_list(tmp_path):
    """Mails are numbered by their index, newest first."""
    (tmp_path / "new").mkdir()
    for number in (1, 2):
        (tmp_path / "new" / f"{number}.M000000").write_bytes(RAW.replace(b"Hello", b"%d" % number))
    lines = as_text(Inbox(tmp_path)).splitlines()

    assert lines[0] == "Inbox: 2 mails, newest first"
    assert [line for line in lines if line.startswith("[")] == ["[0] 2", "[1] 1"]


def test_a_full_inbox_is_cut(tmp_path):
    """Only the newest of many mails are shown, and the others are counted."""
    (tmp_path / "new").mkdir()
    for number in range(23):
        (tmp_path / "new" / f"{number:02d}.M000000").write_bytes(RAW)

    assert as_text(Inbox(tmp_path)).endswith("and 3 more; see inbox[20] and on")


def test_a_slow_inbox_says_so(tmp_path):
    """The text of a slow inbox says so above its mails."""
    inbox = Inbox(tmp_path)
    inbox.slow(0.3)

    assert as_text(inbox).endswith("\nThis inbox takes 0.3 s over each mail.")


def test_an_empty_inbox_says_so(tmp_path):
    """An inbox without mails is shown as a sentence."""
    assert as_text(Inbox(tmp_path)).startswith("Inbox: empty.")


def test_a_mail_keeps_the_spaces_of_french():
    """No-break spaces in subject and text of a mail are shown as they are; an override is not."""
    french = mail("Confirmé\u00a0! \u202e", subject="=?utf-8?q?Confirm=C3=A9=C2=A0!?=")

    for shown in (as_text(french), as_html(french)):
        assert shown.count("Confirmé\u00a0!") >= 2
        assert "\\u202e" in shown and "\u202e" not in shown
