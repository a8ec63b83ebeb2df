"""Facts about the plain forms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from confirmlab.base.text import visible
from confirmlab.checks.result_view import headline
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import parse
from confirmlab.notebook.token_inspector import Token
from confirmlab.notebook.views.plain import plain
from confirmlab.site.page import read

LINK = "http://127.0.0.1:5000/auth/confirm/" + "x" * 100
RAW = b"From: club@pigeon.test\nTo: ann@pigeon.test\nSubject: Hello\n\nCoo.\n"


def verdict(*outcomes, status="failed"):
    tests = [
        TestResult(str(n), f"Sentence {n}.", outcome, f"Message {n}.", f"file {n}")
        for n, outcome in enumerate(outcomes)
    ]
    return ExerciseResult("confirm-token", "Checking a token", status, tuple(tests), "", "Go on.")


def test_a_mail_is_shown_with_its_links():
    """Sender, recipients, links and text of a mail are there, and no time of day."""
    mail = parse("1", RAW + LINK.encode())
    later = parse("2", RAW + LINK.encode(), datetime.now(UTC) + timedelta(hours=5))

    for part in ("Hello", "club@pigeon.test", "ann@pigeon.test", f"link: {LINK}", "Coo."):
        assert part in plain(mail)
    assert plain(mail) == plain(later)


def test_an_inbox_is_a_numbered_list(tmp_path):
    """Mails stand under the number that gives them, newest first."""
    (tmp_path / "new").mkdir()
    for number in (1, 2):
        (tmp_path / "new" / f"{number}.M000000").write_bytes(RAW.replace(b"Hello", b"%d" % number))
    lines = plain(Inbox(tmp_path)).splitlines()

    assert lines[0] == "Inbox: 2 mails, newest first"
    assert [line for line in lines if line.startswith("[")] == ["[0] 2", "[1] 1"]


def test_a_full_inbox_is_cut(tmp_path):
    """Of many mails the newest are shown, and the rest is counted."""
    (tmp_path / "new").mkdir()
    for number in range(23):
        (tmp_path / "new" / f"{number:02d}.M000000").write_bytes(RAW)

    assert plain(Inbox(tmp_path)).endswith("and 3 more; see inbox[20] and on")


def test_an_inbox_tells_its_trouble(tmp_path):
    """An inbox that is slow on purpose says so above its mails."""
    inbox = Inbox(tmp_path)
    inbox.slow(0.3)

    assert plain(inbox).endswith("\nThis inbox takes 0.3 s over each mail.")


def test_an_empty_inbox_says_so(tmp_path):
    """An inbox without mails is a sentence."""
    assert plain(Inbox(tmp_path)).startswith("Inbox: empty.")


def test_a_page_says_where_one_landed():
    """A page shows status, way, messages and text."""
    html = "<title>Log in</title><p class=flash>Not yet.</p><p>Coo.</p>"
    page = read(html, "http://h/auth/login", 200, ("/a", "/b"))

    assert plain(page).splitlines() == [
        "200 /auth/login  Log in",
        "by way of /a -> /b -> /auth/login",
        "message: Not yet.",
        "",
        "Not yet.",
        "Coo.",
    ]


def test_a_token_shows_three_named_parts():
    """Each part of a token stands on a line with its name."""
    token = Token("a.b.c", {"alg": "HS512"}, {"id": 1, "exp": 5}, b"12", (("exp", "ended"),))

    assert plain(token).splitlines() == [
        'header     {"alg": "HS512"}',
        "payload    id = 1",
        "           exp = 5  (ended)",
        "signature  2 bytes: 31 32",
    ]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (verdict("passed", "passed", status="passed"), "Passed"),
        (verdict("failed", "passed", "error"), "2 of 3 to go"),
        (verdict("not-run", status="not-yet"), "Not yet"),
        (verdict(), "Not yet"),
    ],
)
def test_a_verdict_begins_with_its_word(result, words):
    """How an exercise stands is said first."""
    assert headline(result) == words and plain(result).startswith(f"{words}: Checking a token")


def test_the_most_basic_failure_is_explained_first():
    """The first failing requirement leads, with message and place, and the next one follows."""
    text = plain(verdict("passed", "failed", "failed"))
    first = ["Sentence 1.", "Message 1.", "Look at file 1."]
    explained = [*first, "Sentence 2.", "Message 2.", "Sentence 0."]

    assert sorted(explained, key=text.index) == explained
    assert text.endswith("Go on.")


def test_what_fails_for_the_same_reason_is_explained_once():
    """A requirement that fails with the same words as one before it is listed without them."""
    result = verdict("failed", "failed", "not-run")
    twin = replace(result.tests[1], message="Message 0.")
    text = plain(replace(result, tests=(result.tests[0], twin, result.tests[2])))

    assert text.count("Message 0.") == 1 and "Sentence 1." in text


def test_an_untouched_blank_explains_nothing():
    """Before anything is filled in, requirements are listed, and none is a fault."""
    text = plain(verdict("not-run", "not-run", status="not-yet"))

    assert "Message" not in text and text.count("not run") == 2


def test_outcomes_are_words_and_signs():
    """Each outcome is told by a word and a sign, in ASCII for any terminal."""
    text = plain(verdict("passed", "failed", "error", "timeout", "not-run"))

    for mark in ("+ passed", "x not met", "! error", "! too slow", "- not run"):
        assert mark in text
    assert text.isascii()


def test_lines_fit_a_terminal():
    """Long sentences are wrapped, while a link stays whole."""
    test = TestResult("t", "word " * 60, "failed", f"See {LINK} " + "word " * 60)
    lines = plain(ExerciseResult("e", "T", "failed", (test,), "note " * 60)).splitlines()

    assert all(len(line) <= 80 or LINK in line for line in lines)
    assert sum(LINK in line for line in lines) == 1


def test_anything_else_is_its_repr():
    """A value of no special form is shown as Python shows it."""
    assert plain(5) == "5"


def test_letters_that_hide_are_written_out():
    """What turns, hides or breaks a line is shown as what it is; usual letters stay."""
    assert visible("a\x00\u202eb\ud800\r") == "a\\x00\\u202eb\\ud800\\r"
    assert visible("Zoë 李\n\t हिन्दी") == "Zoë 李\n\t हिन्दी"
