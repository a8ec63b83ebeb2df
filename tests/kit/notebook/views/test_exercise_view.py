"""Facts about the views of an exercise's result and of a fill."""

from dataclasses import replace

import pytest

from confirmlab.checks.result_view import headline
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.notebook.views.registry import as_html, as_text

LINK = "http://127.0.0.1:5000/auth/confirm/" + "x" * 100
TESTS = (
    TestResult("a", "A fresh token is accepted.", "passed"),
    TestResult("b", "An old token is refused.", "failed", "It was accepted.", "app/models.py"),
    TestResult("c", "A token is text.", "not-run", "hidden"),
)


def test_a_verdict_explains_the_first_failure():
    """Each outcome has a sign and a word; the most basic failure is first and explained."""
    text = as_html(ExerciseResult("confirm-token", "Checking", "failed", TESTS))

    assert "✗ 2 of 3 to go" in text and "hidden" not in text
    order = ["✗ not met", "It was accepted.", "app/models.py", "✓ passed", "○ not run"]
    assert sorted(order, key=text.index) == order


@pytest.mark.parametrize(("status", "word"), [("passed", "✓ Passed"), ("not-yet", "○ Not yet")])
def test_a_verdict_says_its_word(status, word):
    """A card begins with the status of the exercise."""
    assert word in as_html(ExerciseResult("x", "X", status, TESTS[:1]))


def test_words_between_backticks_are_code():
    """A card shows words between backticks as code, and escapes them."""
    test = TestResult("a", "The answer is `False`.", "failed", "`<b>` was said.")
    text = as_html(ExerciseResult("x", "X", "failed", (test,)))

    assert "<code>False</code>" in text
    assert "<code>&lt;b&gt;</code>" in text


@pytest.mark.parametrize(
    ("where", "text", "html"),
    [
        ("app/models.py, line 9", "line 9.", "line 9.<"),
        ("a.txt, line 1: Dear <b>,", "line 1: Dear <b>,", ">Dear &lt;b&gt;,</code><"),
        ("line 5 of the cell of x (a.py, line 6: f(1))", "line 6: f(1))", ">f(1)</code>)<"),
    ],
)
def test_a_quoted_line_gets_no_full_stop(where, text, html):
    """A quoted line is shown as code, without a full stop behind it."""
    test = TestResult("a", "It works.", "failed", "It did not.", where)
    result = ExerciseResult("x", "X", "failed", (test,))

    assert as_text(result).endswith(text)
    assert html in as_html(result)


def verdict(*outcomes, status="failed"):
    tests = [
        TestResult(str(n), f"Sentence {n}.", outcome, f"Message {n}.", f"file {n}")
        for n, outcome in enumerate(outcomes)
    ]
    return ExerciseResult("confirm-token", "Checking a token", status, tuple(tests), "", "Go on.")


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
    """The text begins with the status of the exercise."""
    assert headline(result) == words and as_text(result).startswith(f"{words}: Checking a token")


def test_the_most_basic_failure_is_explained_first():
    """The first failing requirement comes first, with message and place; the next follows."""
    text = as_text(verdict("passed", "failed", "failed"))
    first = ["Sentence 1.", "Message 1.", "Look at file 1."]
    explained = [*first, "Sentence 2.", "Message 2.", "Sentence 0."]

    assert sorted(explained, key=text.index) == explained
    assert text.endswith("Go on.")


@pytest.mark.parametrize("show", [as_text, as_html])
def test_only_the_basics_are_explained_while_they_fail(show):
    """While a required test fails, the others are listed without their messages."""
    result = verdict("failed", "failed", "failed", "passed")
    basics = tuple(replace(test, required=True) for test in result.tests[:2])
    text = " ".join(show(replace(result, tests=basics + result.tests[2:])).split())

    assert "Message 0." in text and "Message 1." in text
    assert "Sentence 2." in text and "Message 2." not in text
    assert "Start with what is explained here" in text
    assert "Start with what is explained here" not in show(replace(result, tests=basics))


def test_what_fails_for_the_same_reason_is_explained_once():
    """Of several requirements with the same message, only the first shows it."""
    result = verdict("failed", "failed", "not-run")
    twin = replace(result.tests[1], message="Message 0.")
    text = as_text(replace(result, tests=(result.tests[0], twin, result.tests[2])))

    assert text.count("Message 0.") == 1 and "Sentence 1." in text


def test_an_untouched_blank_explains_nothing():
    """For an untouched blank, the requirements are listed without failures."""
    text = as_text(verdict("not-run", "not-run", status="not-yet"))

    assert "Message" not in text and text.count("not run") == 2


def test_outcomes_are_words_and_signs():
    """Each outcome has a word and an ASCII sign."""
    text = as_text(verdict("passed", "failed", "error", "timeout", "not-run"))

    for mark in ("+ passed", "x not met", "! error", "! too slow", "- not run"):
        assert mark in text
    assert text.isascii()


def test_lines_fit_a_terminal():
    """Long sentences are wrapped, while a link stays whole."""
    test = TestResult("t", "word " * 60, "failed", f"See {LINK} " + "word " * 60)
    lines = as_text(ExerciseResult("e", "T", "failed", (test,), "note " * 60)).splitlines()

    assert all(len(line) <= 80 or LINK in line for line in lines)
    assert sum(LINK in line for line in lines) == 1
