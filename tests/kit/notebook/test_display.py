"""Facts about the HTML forms."""

import html as escaping
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from confirmlab.base import templating
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult, LessonState, TestResult
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import parse
from confirmlab.notebook.certificate import Certificate
from confirmlab.notebook.progress import CourseProgress, NextStep
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.token_inspector import examine, take_apart
from confirmlab.notebook.views import display
from confirmlab.site.page import read

LINK = "http://127.0.0.1:5000/auth/confirm/aaa.bbb.ccc"
EVIL = "</iframe></pre><script>alert(1)</script><b onclick='x'>\"'"
HEADERS = b"From: club@pigeon.test\nTo: ann@pigeon.test\nSubject: %s\nContent-Type: text/%s\n\n%s"
TOKEN = "eyJhbGciOiJIUzUxMiJ9.eyJjb25maXJtX2lkIjoxNCwiZXhwIjo1fQ.c2lnbmF0dXJl"
TESTS = (
    TestResult("a", "A fresh token is accepted.", "passed"),
    TestResult("b", "An old token is refused.", "failed", "It was accepted.", "app/models.py"),
    TestResult("c", "A token is text.", "not-run", "hidden"),
)
EXERCISES = lessons.load().exercises
PACKED = PackedSubmission(Path("../a #1.zip"), (EVIL,), EXERCISES[:1], EXERCISES[1:], (EVIL,))
LESSON = LessonState("03", "The model", "open", 1, 2, 4, 9, 30, (("a", "One", "failing"),))


def mail(content=LINK, kind="plain", subject="Hello"):
    return parse("1", HEADERS % (subject.encode(), kind.encode(), content.encode()))


def here(link):
    return link.replace("http://127.0.0.1:5000", "/proxy/absolute/5000")


class _Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.names, self.open = [], set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.names |= {name for name, _ in attrs}
        if tag not in ("br", "meta", "base", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def attributes(text, tag):
    return [attrs for name, attrs in _Seen(text).tags if name == tag]


def picture(text):
    return attributes(text, "iframe")[0]["srcdoc"]


@pytest.fixture
def values(tmp_path):
    inbox = Inbox(tmp_path)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.M000000").write_bytes(HEADERS % (b"x", b"html", b"<p>Coo.</p>"))
    failed = ExerciseResult("confirm-token", "Checking", "failed", TESTS, "A note.", "Go on.")
    page = read(f"<title>{EVIL}</title><p>{EVIL}</p>", "http://h/x", 404, ("/a",))
    hostile = ExerciseResult("x", EVIL, "failed", (TestResult("a", EVIL, "error", EVIL, EVIL),))
    tokens = [take_apart(TOKEN), take_apart(EVIL), examine(TOKEN, "k" * 64)]
    mails = [mail(), mail(EVIL, "html", EVIL), mail(EVIL, "plain", EVIL)]
    cards = [
        inbox,
        *mails,
        page,
        *tokens,
        failed,
        hostile,
        PACKED,
        CourseProgress((LESSON, LESSON)),
    ]
    cards += [NextStep(LESSON, EXERCISES[:2], LESSON, EVIL, (EVIL,)), NextStep(LESSON, (), None)]
    cards += [ResetResult(EVIL, (EVIL,), Path(EVIL), EVIL, (EVIL,))]
    cards += [Certificate(Path("certificate.html"), EVIL, "", CourseProgress((LESSON,)), {})]
    return [*cards, EVIL, [failed, page]]


def test_all_forms_are_well_made(values):
    """Each form is balanced HTML, and nothing from outside becomes markup."""
    for value in values:
        seen = _Seen(display.html(value))
        assert seen.open == []
        assert not {tag for tag, _ in seen.tags} & {"script", "style", "svg", "form", "link"}
        assert not [name for name in seen.names if name.startswith(("on", "data-"))]


# What JupyterLab 4.6 keeps of an inline style, as far as it is used here.
KEPT = (
    "align-items background border border-bottom border-collapse border-left border-radius "
    "border-top box-sizing color cursor display flex flex-wrap font-family font-size font-weight "
    "gap height line-height list-style margin max-height max-width opacity overflow padding "
    "padding-top resize table-layout text-align vertical-align white-space width word-break "
    "word-wrap"
).split()


def test_looks_survive_the_sanitiser(values):
    """Inline styles use only what JupyterLab keeps in a notebook that it does not trust."""
    tags = [attrs for value in values for _, attrs in _Seen(display.html(value)).tags]
    styles = {one.strip() for attrs in tags for one in attrs.get("style", "").split(";")} - {""}

    assert {one.partition(":")[0] for one in styles} <= set(KEPT)
    assert not styles & {"color:inherit", "word-break:break-word"}
    assert not [one for one in styles if "var(" in one or "light-dark(" in one]


def test_headings_and_tables_are_real(values):
    """Each card has one heading of its own, and each table has header cells."""
    for value in values[:-2]:
        text = display.html(value)
        assert len(attributes(text, "h3")) == 1
        assert all(th.get("scope") in ("row", "col") for th in attributes(text, "th"))
        assert text.count("<table") <= text.count("<th")


def test_both_forms_come_in_a_bundle():
    """A value is given as text and as HTML."""
    assert set(display.bundle(mail())) == {"text/plain", "text/html"}


def test_a_link_is_shown_twice():
    """A mailed link stands as it was written, and as it opens here."""
    text = display.html(mail(), here)

    assert "Link as written" in text and LINK in text
    assert [a["href"] for a in attributes(text, "a")] == ["/proxy/absolute/5000" + LINK[21:]]


def test_without_another_way_a_link_is_shown_once():
    """A link that opens as it is written stands once."""
    text = display.html(mail())

    assert "Opens here" not in text
    assert [a["href"] for a in attributes(text, "a")] == [LINK]


def test_no_script_hides_in_a_link():
    """A link that would run a script is not made clickable."""
    text = display.html(mail(), lambda link: "javascript:alert(1)")

    assert "javascript" not in text


def test_a_mail_is_framed_in_a_sandbox():
    """The HTML of a mail runs nothing, loads nothing, and opens links in a new tab."""
    text = display.html(mail(f"<p>Coo <a href='{LINK}'>x</a></p><script>1</script>", "html"), here)
    (frame,) = attributes(text, "iframe")

    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox" and frame["title"]
    assert "default-src 'none'" in picture(text).replace("&#39;", "'")
    assert '<base target="_blank"' in picture(text)
    assert attributes(picture(text), "a")[0]["href"] == here(LINK)


def test_a_missing_frame_leaves_a_sentence():
    """Where the frame is taken away, its place says how to get it."""
    text = display.html(mail("<p>Coo.</p>", "html"))

    assert ">Run this cell to see this view.</iframe>" in text


def test_a_huge_mail_is_cut():
    """Ten megabytes of mail do not become ten megabytes of notebook."""
    for kind in ("plain", "html"):
        text = display.html(mail("<p>coo " * 1_500_000, kind))
        assert len(text) < 200_000 and ("more characters" in text)


def test_a_mail_of_many_headers_and_links_is_cut():
    """Headers and links beyond a number that people read do not fill the cell."""
    headers = b"".join(b"X-%d: %s\n" % (number, b"x" * 900) for number in range(20_000))
    links = b"".join(b"http://a.test/%d\n" % number for number in range(20_000))
    bundle = display.bundle(parse("1", headers + b"\n" + links))

    assert all(len(text) < 250_000 for text in bundle.values())
    assert "more headers" in bundle["text/html"] and "and 450 more; see" in bundle["text/html"]


def test_an_inbox_tells_its_trouble(tmp_path):
    """An inbox that refuses mails on purpose says so on its card."""
    inbox = Inbox(tmp_path)
    inbox.fail("550 <b>no</b>", to="eve@pigeon.test")

    assert "refuses mails to eve@pigeon.test with &#39;550 &lt;b&gt;" in display.html(inbox)


def test_an_inbox_folds_its_mails(tmp_path):
    """Each mail can be unfolded without a script, and the newest is open."""
    (tmp_path / "new").mkdir()
    for number in (1, 2):
        name = tmp_path / "new" / f"{number}.M000000"
        name.write_bytes(HEADERS % (b"mail %d" % number, b"plain", b"Coo."))
    text = display.html(Inbox(tmp_path))

    assert [("open" in attrs) for attrs in attributes(text, "details")] == [True, *[False] * 5]
    assert text.index("mail 2") < text.index("mail 1")


def test_a_page_shows_status_way_and_picture():
    """A page tells where one landed and by which way, and shows itself."""
    page = read(
        "<link rel=stylesheet href=/s.css><p class=flash>No.</p><img src=/p.svg><a href=/x>x</a>",
        "http://127.0.0.1:5000/auth/login",
        403,
        ("/a",),
    )
    text = display.html(page, here, lambda url: f"a > b {{}} /* {url} */")
    shown = picture(text)

    assert "✗ 403 Forbidden" in text and "/a</code> → " in text and "Message:</b> No." in text
    assert "a > b {} /* http://127.0.0.1:5000/s.css */" in shown
    assert attributes(shown, "img")[0]["src"].startswith("data:image/svg+xml;base64,")
    assert attributes(shown, "a")[0]["href"] == "/proxy/absolute/5000/x"


def test_a_token_has_three_named_blocks():
    """The parts of a token are told apart by name and by line, not by colour alone."""
    text = display.html(take_apart(TOKEN))

    assert [re.search(f">{name}</span>", text) is not None for name in ("Header", "Payload")]
    assert all(kind in text for kind in ("2px solid", "2px dashed", "2px dotted"))
    assert "without any key" in text and "ended on 1970-01-01" in text


def test_a_token_is_never_just_valid():
    """The card of an examined token names algorithm, key and time."""
    text = display.html(examine(TOKEN, "k" * 64))

    assert "✗ Refused</span> for HS512, the key of 64 bytes with fingerprint" in text
    assert "valid" not in text.replace("InvalidSignatureError", "")


def test_a_verdict_explains_the_first_failure():
    """Sign and word tell each outcome; the most basic failure leads and is explained."""
    text = display.html(ExerciseResult("confirm-token", "Checking", "failed", TESTS))

    assert "✗ 2 of 3 to go" in text and "hidden" not in text
    order = ["✗ not met", "It was accepted.", "app/models.py", "✓ passed", "○ not run"]
    assert sorted(order, key=text.index) == order


@pytest.mark.parametrize(("status", "word"), [("passed", "✓ Passed"), ("not-yet", "○ Not yet")])
def test_a_verdict_says_its_word(status, word):
    """A card begins with how the exercise stands."""
    assert word in display.html(ExerciseResult("x", "X", status, TESTS[:1]))


def test_a_hand_in_can_be_downloaded():
    """The zip has a link that downloads it, and what is open is named with its lesson."""
    text = display.html(PACKED)
    (link,) = attributes(text, "a")

    assert link == {"href": "../a%20%231.zip", "download": "a #1.zip"}
    assert f"1 of {len(EXERCISES)} exercises filled." in text
    assert "○ open</span> 03: The confirmed column" in text


def test_badges_can_be_read():
    """White words stand on every ground with a contrast of 4.5 : 1 or more."""
    grounds = re.findall(
        r"#[0-9a-f]{6}", str(templating._templates().get_template("_look.html").module.grounds)
    )

    for ground in [*grounds, "#5f6368"]:
        parts = [int(ground[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        light = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
        assert 1.05 / (light + 0.05) >= 4.5


def test_anything_else_is_shown_as_text():
    """A value of no special form is its repr, escaped."""
    text = display.html(EVIL)

    assert repr(EVIL) in escaping.unescape(text) and EVIL not in text


def test_words_between_backticks_are_code():
    """A card shows words between backticks as code, and obeys nothing that stands there."""
    test = TestResult("a", "The answer is `False`.", "failed", "`<b>` was said.")
    text = display.html(ExerciseResult("x", "X", "failed", (test,)))

    assert "<code>False</code>" in text
    assert "<code>&lt;b&gt;</code>" in text
