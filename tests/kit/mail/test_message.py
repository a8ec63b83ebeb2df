"""Facts about parsing one mail."""

import base64
import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from confirmlab.base.errors import MailError
from confirmlab.mail.attachments import extract
from confirmlab.mail.envelope import is_named, pack
from confirmlab.mail.message import parse

LINK = "http://127.0.0.1:5000/auth/confirm/aaa.bbb.ccc"


def letter(text="Coo.\n", html=None, **headers):
    message = EmailMessage()
    for name, value in {"From": "club@pigeon.test", "To": "ann@pigeon.test", **headers}.items():
        message[name] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def read(message):
    raw = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
    return parse("1", pack(raw, "bounce@pigeon.test", ["ann@pigeon.test"]))


def test_text_and_html_are_both_there():
    """A mail with two bodies has both the plain text and the HTML."""
    mail = read(letter("Coo.\n", "<p>Coo.</p>\n"))

    assert (mail.text, mail.html) == ("Coo.\n", "<p>Coo.</p>\n")


def test_repr_is_one_stable_line():
    """The repr of a mail is one line, the same in every run."""
    assert repr(read(letter(Subject="Hello"))) == "<Mail 'Hello' to ann@pigeon.test>"


def test_html_alone_leaves_the_text_empty():
    """A mail without a plain body has an empty text."""
    raw = b"Content-Type: text/html\r\n\r\n<p>Coo.</p>"

    assert (read(raw).text, read(raw).html) == ("", "<p>Coo.</p>")


def test_recipients_are_those_of_the_envelope():
    """All recipients of the envelope are listed, even those that no header names."""
    packed = pack(letter().as_bytes(), "", ["ann@pigeon.test", "bcc@pigeon.test"])

    assert parse("1", packed).to == ("ann@pigeon.test", "bcc@pigeon.test")


def test_a_mail_cannot_fake_its_envelope():
    """A Delivered-To header in the mail itself does not add a recipient."""
    mail = read(b"Delivered-To: fake@pigeon.test\nSubject: x\n\nCoo.\n")

    assert mail.to == ("ann@pigeon.test",)


def test_without_an_envelope_the_headers_count():
    """Without an envelope, the recipients are those of To and Cc."""
    raw = letter(Cc="Bob <bob@pigeon.test>").as_bytes()

    assert parse("1", raw).to == ("ann@pigeon.test", "bob@pigeon.test")


def test_the_source_is_what_was_sent():
    """The source does not contain the stored envelope."""
    assert read(b"Subject: x\r\n\r\nCoo.\r\n").source == "Subject: x\n\nCoo.\n"


@pytest.mark.parametrize(
    ("text", "index", "says"),
    [
        ("Coo.\n", 0, r"There is no links\[0\]: this mail to 'ann@pigeon.test' holds no link"),
        (f"{LINK}\n", 1, r"There is no links\[1\]: this mail to 'ann@pigeon.test' holds 1 link"),
    ],
)
def test_a_missing_link_is_reported(text, index, says):
    """The error for a link that a mail lacks names the mail, and says how to find another."""
    with pytest.raises(MailError, match=says) as caught:
        read(letter(text)).links[index]
    assert "inbox.wait(to=…, subject=…)" in str(caught.value)


def test_links_are_a_tuple():
    """Links are compared, sliced and counted from the end as in a tuple."""
    links = read(letter(f"{LINK}\n")).links

    assert links == (LINK,) and links[-1] == LINK and links[:5] == (LINK,)


def test_links_come_in_order_and_once():
    """A link in both bodies is listed once; the plain text's links come first."""
    html = f'<a href="{LINK}">here</a> <a href="https://pigeon.test/?a=1&amp;b=2">there</a>\n'
    mail = read(letter(f"Click {LINK}\n", html))

    assert mail.links == (LINK, "https://pigeon.test/?a=1&b=2")


@pytest.mark.parametrize("around", ["Click {}.", "({})", "<{}>", '"{}"', "{}, please", "**{}**"])
def test_a_link_ends_before_the_sentence_goes_on(around):
    """Full stops, commas and brackets around a link are not part of it."""
    assert read(letter(around.format(LINK) + "\n")).links == (LINK,)


def test_brackets_inside_a_link_stay():
    """A closing bracket is part of a link that contains the opening one."""
    link = "https://pigeon.test/wiki/Coo_(bird)"

    assert read(letter(link + "\n")).links == (link,)


def test_a_link_loses_few_closing_brackets():
    """At most fifty characters are taken from the end of a link."""
    [link] = read(letter(LINK + ")" * 60 + "\n")).links

    assert link == LINK + ")" * 10


def test_only_web_links_are_links():
    """Relative links, mail addresses and scripts are not listed."""
    html = '<a href="/auth/confirm/x">a</a><a href="mailto:a@b.c">b</a><a href="javascript:1">c</a>'

    assert read(letter("", html)).links == ()


@pytest.mark.parametrize(
    ("html", "links"),
    [
        (f"<a class=x href={LINK}>x</a>", (LINK,)),
        (f"<A\n  title='x' HREF = '{LINK}' >x</A>", (LINK,)),
        (f"<!-- <a href='{LINK}'> --><p>x", ()),
        (f"<img src='{LINK}'>", ()),
    ],
)
def test_anchors_are_found_as_people_write_them(html, links):
    """Links are found however their tag is written, but not in comments or images."""
    assert read(letter("", html + "\n")).links == links


def test_quoted_printable_does_not_break_links():
    """A link longer than a quoted-printable line is read completely."""
    link = LINK + "x=y" * 100
    message = letter()
    message.set_content(link + "\n", cte="quoted-printable")

    assert "=\r\n" in message.as_bytes(policy=SMTP).decode() and read(message).links == (link,)


def test_encoded_words_are_readable():
    """A subject in encoded words is decoded."""
    assert read(letter(Subject="Grüße, Täubchen 🕊")).subject == "Grüße, Täubchen 🕊"


def test_raw_eight_bit_is_readable():
    """UTF-8 without a declaration is decoded correctly in headers and body."""
    mail = read("Subject: Grüße\r\n\r\nGrüße\r\n".encode())

    assert (mail.subject, mail.text) == ("Grüße", "Grüße\n")


def test_other_charsets_are_read():
    """A body in a declared charset is decoded by it."""
    raw = b"Content-Type: text/plain; charset=latin-1\r\n\r\nGr\xfc\xdfe"

    assert read(raw).text == "Grüße"


def test_attachments_are_named():
    """Attachments are listed by name, and are not taken for the body."""
    message = letter("Coo.\n")
    message.add_attachment("a,b\n", filename="list.csv")

    assert (read(message).attachments, read(message).text) == (("list.csv",), "Coo.\n")


HOSTILE = {
    "empty": b"",
    "no header": b"just words\r\n",
    "blank first": b"\r\n\r\nwords",
    "no message id": b"Subject: x\r\n\r\nwords",
    "unknown charset": b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH",
    "nul in charset": b"Content-Type: text/plain; charset=a\0b\r\n\r\nwords",
    "no boundary": b"Content-Type: multipart/mixed\r\n\r\nwords",
    "open boundary": b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    "deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
        for i in range(1500)
    ),
    "bad base64": b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@@@",
    "bad encoding": b"Content-Transfer-Encoding: \xff\r\n\r\nwords",
    "bad encoded word": b"Subject: =?utf-8?b?@@?= =?x?q?=?= =?\r\n\r\nwords",
    "bad address": b"From: <<<>>>,;:@\r\nTo: =?utf-8?q?=00?= (((((\r\n\r\nwords",
    "comments": b"To: " + b"(" * 9000 + b"\r\n\r\nwords",
    "bad filename": b"Content-Disposition: attachment; filename*=x'y\r\n\r\nwords",
    "many tags": b"Content-Type: text/html\r\n\r\n" + b"<a " * 500_000,
    "open comments": b"Content-Type: text/html\r\n\r\n" + b"<!-- " * 500_000,
    "dots": b"\r\n\r\nhttp://x" + b"." * 500_000,
    "brackets": b"\r\n\r\nhttp://x" + b")" * 100_000,
    "bracketed links": b"\r\n\r\n" + (b"http://x" + b")" * 3900 + b" ") * 1000,
    "open quotes": b"Content-Type: text/html\r\n\r\n" + b"<a x=\"<a y='" * 400_000,
    "crossed quotes": b"Content-Type: text/html\r\n\r\n" + b'<a x="<a y=\'"z="\'' * 250_000,
    "long attributes": b"Content-Type: text/html\r\n\r\n" + b"<a b=c href=" * 350_000,
    "controls": bytes(range(256)),
    "long header": b"Subject: " + b"word " * 400_000 + b"\r\n\r\nwords",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mails_are_readable(raw):
    """Every part of a mail is text that can be shown, whatever its bytes are."""
    started = time.process_time()
    mail = read(raw)

    for value in [mail.sender, mail.subject, mail.text, mail.html or "", *mail.attachments]:
        assert value.encode("utf-8") is not None
    assert mail.size == len(raw) and time.process_time() - started < 30


def test_ten_megabytes_are_readable():
    """A mail of ten megabytes is parsed in a few seconds at most."""
    message = letter("Coo.\n")
    message.add_attachment(bytes(7_500_000), maintype="image", subtype="png", filename="big.png")
    started = time.process_time()
    mail = read(message)

    assert mail.size > 10_000_000 and mail.attachments == ("big.png",)
    assert time.process_time() - started < 60


def test_base64_bodies_are_decoded():
    """A plain body in base64 is decoded."""
    raw = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"Coo.")

    assert read(raw).text == "Coo."


def forwarded(*parts):
    """Return a mail with another mail attached, between or after other parts."""
    inner = b"\n".join(
        [
            b"Content-Type: message/rfc822\n",
            b"Subject: Confirm",
            b"From: loft@pigeon.test",
            b"Content-Type: text/html\n",
            b'<a href="http://127.0.0.1:5/inner">x</a>',
        ]
    )
    blocks = [inner if part is None else part for part in parts]
    body = b"".join(b"--B\n%s\n" % block for block in blocks)
    return b"Subject: Fwd\nContent-Type: multipart/mixed; boundary=B\n\n" + body + b"--B--\n"


@pytest.mark.parametrize("parts", [[None, b"\nMy words."], [b"\nMy words.", None]])
def test_a_mail_in_a_mail_is_an_attachment(parts):
    """A forwarded mail is an attachment named by its subject; its links are not listed."""
    mail = read(forwarded(*parts))

    assert (mail.text, mail.html, mail.links) == ("My words.", None, ())
    assert mail.attachments == ("Confirm.eml",)


def test_an_attached_mail_can_be_saved():
    """The attachment holds the inner mail as it was sent."""
    [inner] = extract(forwarded(b"\nMy words.", None))

    assert (inner.name, inner.kind) == ("Confirm.eml", "message/rfc822")
    assert parse("2", inner.data).links == ("http://127.0.0.1:5/inner",)


def test_a_bounce_says_what_failed():
    """The report of a mail server is part of the text; the returned mail is attached."""
    report = b"Content-Type: message/delivery-status\n\nAction: failed\n\nStatus: 5.1.1\n"
    mail = read(forwarded(b"\nSorry.", report, None))

    assert mail.text.split() == ["Sorry.", "Action:", "failed", "Status:", "5.1.1"]
    assert mail.attachments == ("Confirm.eml",)


def test_every_part_is_shown():
    """All texts and HTML parts in a row are shown, and the links of all are listed."""
    texts = [b"\nOne http://a.test/1", b"\nTwo http://a.test/2"]
    pages = [b'Content-Type: text/html\n\n<a href="http://a.test/%d">' % n for n in (3, 4)]
    mail = read(forwarded(*texts, *pages))

    assert mail.text == "One http://a.test/1\nTwo http://a.test/2"
    assert mail.html.count("<a") == 2
    assert mail.links == tuple(f"http://a.test/{n}" for n in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("stored", "asked", "same"),
    [
        ("ada@xn--bcher-kva.example", "Ada@bücher.example", True),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", True),
        ("ada@xn--strae-oqa.example", "ada@straße.example", True),
        ("ada@strasse.example", "ada@straße.example", True),
        ("ada@bucher.example", "ada@bücher.example", False),
        ("ada@b.example", "ada@..ü", False),
    ],
)
def test_a_domain_has_several_spellings(stored, asked, same):
    """An address is found by both the Unicode and the DNS form of its domain."""
    assert is_named((stored,), asked) is same


def test_a_hundred_thousand_headers_are_read_in_no_time():
    """Of very many headers the first and the important ones are shown, and the rest counted."""
    many = b"".join(b"X-%d: a\n b\n" % number for number in range(100_000))
    start = time.process_time()
    mail = read(many + b"Subject: late\nContent-Type: text/html\n\n<p>Coo.")

    assert time.process_time() - start < 30
    assert (mail.subject, mail.html) == ("late", "<p>Coo.")
    assert mail.headers[-1] == ("…", "99,800 more headers; the source has them")
    assert 200 < len(mail.headers) < 210


def test_twenty_thousand_parts_are_read_in_no_time():
    """Of very many parts and links only the first are shown."""
    start = time.process_time()
    mail = read(forwarded(*[b"\nhttp://a.test/%d" % number for number in range(20_000)]))

    assert time.process_time() - start < 30
    assert mail.links[:2] == ("http://a.test/0", "http://a.test/1") and len(mail.links) < 300
