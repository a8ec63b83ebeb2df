"""Facts that hold for every view."""

import re
from pathlib import Path

import pytest
from markup import Markup, attributes

from confirmlab.base import templating
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import parse
from confirmlab.notebook.certificate import Certificate
from confirmlab.notebook.progress import CourseProgress, LessonState, NextStep
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.skeleton_diff import SkeletonDiff
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.token_inspector import examine, take_apart
from confirmlab.notebook.views.registry import as_html, bundle
from confirmlab.site.pages.page import read

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
    cards += [SkeletonDiff(Path(EVIL), ((EVIL, EVIL),)), SkeletonDiff(Path(EVIL), ())]
    cards += [Certificate(Path("certificate.html"), EVIL, "", CourseProgress((LESSON,)), {})]
    return cards


def test_all_forms_are_well_made(values):
    """Each view's HTML is balanced, and no value becomes markup."""
    for value in values:
        seen = Markup(as_html(value))
        assert seen.open == []
        assert not {tag for tag, _ in seen.tags} & {"script", "style", "svg", "form", "link"}
        assert not [name for name in seen.names if name.startswith(("on", "data-"))]


# The properties of inline styles that JupyterLab 4.6 keeps and that are used here.
KEPT = (
    "align-items background border border-bottom border-collapse border-left border-radius "
    "border-top box-sizing color cursor display flex flex-wrap font-family font-size font-weight "
    "gap height line-height list-style margin max-height max-width opacity overflow padding "
    "padding-top resize table-layout text-align vertical-align white-space width word-break "
    "word-wrap"
).split()


def test_looks_survive_the_sanitiser(values):
    """Inline styles use only what JupyterLab keeps in an untrusted notebook."""
    tags = [attrs for value in values for _, attrs in Markup(as_html(value)).tags]
    styles = {one.strip() for attrs in tags for one in attrs.get("style", "").split(";")} - {""}

    assert {one.partition(":")[0] for one in styles} <= set(KEPT)
    assert not styles & {"color:inherit", "word-break:break-word"}
    assert not [one for one in styles if "var(" in one or "light-dark(" in one]


def test_headings_and_tables_are_real(values):
    """Each card has one heading of its own, and each table has header cells."""
    for value in values:
        text = as_html(value)
        assert len(attributes(text, "h3")) == 1
        assert all(th.get("scope") in ("row", "col") for th in attributes(text, "th"))
        assert text.count("<table") <= text.count("<th")


def test_both_forms_come_in_a_bundle():
    """A value's bundle has its text and its HTML."""
    assert set(bundle(mail())) == {"text/plain", "text/html"}


def test_badges_can_be_read():
    """White words have a contrast of 4.5 : 1 or more to each background."""
    grounds = re.findall(
        r"#[0-9a-f]{6}", str(templating._templates().get_template("_look.html").module.grounds)
    )

    for ground in [*grounds, "#5f6368"]:
        parts = [int(ground[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        light = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
        assert 1.05 / (light + 0.05) >= 4.5
