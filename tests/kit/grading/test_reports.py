"""Facts about the reports on a class."""

import html as escaping
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from confirmlab.base import templating
from confirmlab.course import lessons
from confirmlab.course.results import Effort, ExerciseResult, TestResult
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.grading.reports import feedback, grades_csv, junit_xml, writer
from confirmlab.grading.reports.feedback import page_name
from confirmlab.grading.reports.lookalikes import Pair
from confirmlab.grading.reports.overview import MOST_ROWS, Overview

EVIL = "</pre></code><script>alert(1)</script><img src=x onerror='x'>\x00\x1b[31m\u202egnp\ud800"
NAMES = [
    *("ada", "Ada", "ADA", "ada ", "ada.html", "../../etc/passwd", "..", ".", "", " ", "-", "_"),
    *("CON", "con", "con.txt", "nul", "COM1", "LPT\u00b9", "conrad", "a/b", "a\\b", "a\nb", "a\tb"),
    *("x" * 500, "x" * 501, "é" * 300, "李小龍", "\u202eadA", "\ud800", "\udcff", "\x00", "a" * 99),
    *("Zoë", "Zoe\u0308", "=HYPERLINK(1)", EVIL, "ada-0123456789", "Smith, Ada; MSc", "हिन्दी"),
]
FILL = '''def confirm(self, token):
    """Confirm this user, if the token is theirs."""
    try:
        claims = jwt.decode(token, current_app.secret_key, algorithms=["HS512"])
    except jwt.ExpiredSignatureError:
        return False

    self.confirmed = True
    db.session.add(self)
    return True
'''
FACTS = (
    "A fresh token of this user is accepted.",
    "The token of somebody else is refused.",
    "A token that was signed with another key is refused.",
    "What is no token at all is refused, and `confirm` raises nothing.",
)
SEEN = {
    "failed": ("The token of user 2 confirmed user 1.", "app/models.py, line 61: return True"),
    "error": ("The app raised DecodeError: Not enough segments", "app/models.py, line 57"),
    "timeout": ("It was still running after 10 seconds and was ended.", ""),
}
OPEN = ExerciseResult("", "", "not-yet")
PAIR = Pair("gate", ("ada", "bob"), 0.9, ("x = 1", "x = 1"))


def result(*outcomes, hidden=(), note=""):
    tests = []
    for number, outcome in enumerate(outcomes):
        message, where = SEEN.get(outcome, ("", ""))
        sentence = FACTS[number % len(FACTS)]
        fact = TestResult(f"t{number}", sentence, outcome, message, where, hidden=number in hidden)
        tests.append(fact)
    status = "passed" if set(outcomes) == {"passed"} else "failed"
    return ExerciseResult("", "", status, tuple(tests), note)


PASSED = result(*["passed"] * 4)
PARTLY = result("passed", "failed", "passed", "error")
FAILED = result("error", "not-run", "not-run", "not-run")
HIDDEN = result("passed", "passed", "failed", "error", hidden=(2, 3), note=SEEN["error"][0])


def grade(learner, *results, status="graded", sentence="All was judged.", **values):
    """Return a grade; the last result is repeated for the rest, a pair is (full, reference app)."""
    entries = []
    for place, exercise in enumerate(lessons.load().exercises if results else ()):
        given = results[min(place, len(results) - 1)]
        full, reference = given if isinstance(given, tuple) else (given, None)
        fill = "" if full is OPEN else values.get("fill", FILL)
        fixed = (exercise.id, exercise.title, exercise.lesson, exercise.points)
        entries.append(ExerciseGrade(*fixed, full, reference, fill, exercise.hints[0]))
    values = {"seconds": 1.25, "sandbox": "bwrap", "content": "c0ffee" * 8} | values
    values.pop("fill", None)
    return Grade(learner, status, sentence, tuple(entries), **values)


MIXED = grade("Zoë Müller", PASSED, (FAILED, PASSED), (PARTLY, PARTLY), HIDDEN, FAILED, OPEN)
CLASS = [
    grade("ada", PASSED),
    MIXED,
    grade("bob", (FAILED, PARTLY), damage=("'gate' stands there twice; the later one counts.",)),
    grade("carl", PASSED, OPEN),
    grade("dora", status="no-submission", sentence="Nothing of this course was in it.", seconds=0),
    grade("eve", status="unreadable", sentence="The zip is cut off.", sandbox="", seconds=0.1),
    grade("fred", FAILED, status="timeout", sentence="It ran for 60 seconds.", seconds=60.0),
    grade("gus", status="crashed", sentence="The run used up its memory.", sandbox="limits"),
    grade("mallory", FAILED, status="tampered", sentence="A test that must fail had passed."),
    grade(EVIL, PARTLY, fill=EVIL, damage=(EVIL,)),
]


class _Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def tags(text, *names):
    return [attrs for tag, attrs in _Tags(text).tags if tag in names]


def overview(grades):
    made = Overview()
    for one in grades:
        made.add(one, f"feedback/{page_name(one.learner)}")
    return made.page()


def words(text):
    shown = re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", text)
    return " ".join(escaping.unescape(shown).split())


@pytest.fixture(params=[*CLASS, None], ids=lambda one: one.learner[:8] if one else "overview")
def page(request):
    return feedback.page(request.param) if request.param else overview(CLASS)


def rows(grades):
    return [grades_csv.headers(), *map(grades_csv.row, grades)]


# ---- the table


def test_a_row_a_learner():
    """The table has a header, a row for each learner, and nothing else."""
    table = rows(CLASS)
    ids = [exercise.id for exercise in lessons.load().exercises]

    assert [len(row) for row in table] == [16 + len(ids)] * (1 + len(CLASS))
    assert table[0][:6] == ["learner", "status", "total", "out_of", "percent", "welcome-line"]
    assert table[1][:6] == ["ada", "graded", str(CLASS[0].out_of), str(CLASS[0].out_of), "100", "1"]


def test_every_cell_is_quoted(tmp_path):
    """A comma, a quote or a line end in a name does not split a cell."""
    writer.write_all([grade('Smith, "Ada"\nMSc', PASSED)], tmp_path)
    lines = (tmp_path / "grades.csv").read_bytes().decode("utf-8-sig").split("\r\n")

    assert len(lines) == 3 and lines[1].startswith('"Smith, ""Ada""\\nMSc","graded",')


def test_an_ungraded_submission_has_empty_cells():
    """If nothing was graded, the points are empty, and a sentence says why."""
    row = dict(zip(*rows([CLASS[4]]), strict=True))

    assert (row["total"], row["percent"], row["gate"]) == ("", "", "")
    assert row["sentence"] == "Nothing of this course was in it."


@pytest.mark.parametrize("start", "= + - @ ＝ ＋ － ＠".split() + [" =", '"=', "x;=", 'x;"@'])
def test_no_cell_is_a_formula(start):
    """A spreadsheet finds no formula at the start of a cell or after a semicolon."""
    cell = grades_csv.row(grade(start + "1+1", PASSED, sentence=start + "1"))[0]

    assert not re.search(r"""(^|;)["\s]*[=+\-@＝＋－＠]""", cell)
    assert cell.replace("'", "") == start + "1+1"


@pytest.mark.parametrize("name", ["ada", "a.b@c.org", "12-34", "Zoë Müller", "O'Hara"])
def test_usual_names_stay_as_they_are(name):
    """Names are written unchanged, so that another gradebook finds its learners by them."""
    assert grades_csv.row(grade(name, PASSED))[0] == name


# ---- the name of a page


def test_page_names_are_unique_and_safe():
    """Each name gives a different file name, valid on every system and inside the folder."""
    taken = set()
    for name in NAMES:
        made = page_name(name, taken)
        assert made.lower() not in taken and len(made.encode()) < 200
        assert not re.search(r'[<>:"/\\|?*\x00-\x20\u202e]|^[.-]|\.\.|^(con|nul|com1)\.', made, 2)
        taken.add(made.lower())


def test_a_page_name_follows_from_the_learner():
    """A learner's page has the same name in every run and any order."""
    assert {page_name(name) for name in NAMES} == {page_name(n, {"bob.html"}) for n in NAMES}
    assert page_name("ada") == "ada.html" and page_name("Zoë Müller").startswith("Zoë-Müller-")


def test_a_taken_name_is_not_taken_twice():
    """Two learners of the same name get different pages."""
    assert page_name("ada", {"ada.html"}) != page_name("ada")
    first = page_name("Ada B")
    assert page_name("Ada B", {first.lower()}) != first


# ---- both kinds of pages


def test_pages_are_self_contained(page):
    """A page loads nothing from outside, runs no script, and escapes hidden characters."""
    assert not tags(page, "script", "link", "img", "iframe", "form", "object")
    assert not re.search(r"url\(|@import|https?:", page)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u200e\u200f\u202a-\u202e\ud800-\udfff]", page)
    places = {re.sub("(?<=[#/]).*", "", a["href"]) for a in tags(page, "a")}
    assert places <= {"#", "feedback/", writer.LOOKALIKES}
    page.encode()


def test_messages_of_tests_hide_nothing():
    """Messages that learners' code wrote are cut, and their hidden characters escaped."""
    test = TestResult("t", EVIL, "failed", EVIL + "x" * 30_000, EVIL)
    evil = grade("eve", ExerciseResult("", "", "failed", (test,), EVIL), sentence=EVIL)

    for text in (feedback.page(evil), overview([evil])):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]|x{20001}", text)
        assert r"\x1b[31m\u202egnp" in text


def test_pages_are_built_for_all_readers(page):
    """A page has a language, one main heading, real tables, and no skipped heading level."""
    levels = [int(tag[1]) for tag, _ in _Tags(page).tags if re.fullmatch("h[1-6]", tag)]

    assert tags(page, "html") == [{"lang": "en"}] and "width=device-width" in page
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    assert all(th.get("scope") in ("row", "col") for th in tags(page, "th"))
    assert page.count("<table") <= page.count('<th scope="col"')


def test_ids_are_unique(page):
    """Each id that a page links to exists once."""
    ids = [attrs["id"] for _, attrs in _Tags(page).tags if "id" in attrs]
    targets = {a["href"][1:] for a in tags(page, "a") if a["href"][0] == "#"}
    targets |= {
        attrs["aria-labelledby"] for _, attrs in _Tags(page).tags if "aria-labelledby" in attrs
    }

    assert len(ids) == len(set(ids)) and targets <= set(ids)


# ---- feedback


def test_feedback_shows_total_and_status():
    """A page shows the total, the status with its sentence, and damaged files."""
    text = words(feedback.page(CLASS[2]))

    assert f"{CLASS[2].points:g} of {CLASS[2].out_of} points" in text
    assert "✓ graded All was judged." in text
    assert "'gate' stands there twice; the later one counts." in text


def test_a_late_penalty_is_explained_once():
    """A learner who was late reads in one place what is taken off."""
    note = "Handed in at 2. 10 % of the points are taken off."
    text = words(feedback.page(grade("ada", PASSED, penalty=10, notes=(note,))))

    assert note in text and text.count("10 %") == 1


def test_feedback_accuses_no_learner():
    """A learner's page says that a tampered submission will be reviewed, without the accusation."""
    accused = next(one for one in CLASS if one.status == "tampered")
    text = words(feedback.page(accused))

    assert f"to be reviewed {accused.sentence_for_learner}" in text
    assert "possible tampering" not in text and accused.sentence not in text


def test_a_failure_is_shown_with_the_code():
    """An exercise shows the first failure with its message and place, the hint and the code."""
    text = words(feedback.page(grade("ada", PARTLY)))

    assert "Look at this first: The token of somebody else is refused. ✗ not met" in text
    assert "The token of user 2 confirmed user 1. Look at app/models.py, line 61" in text
    assert "line 61: return True" in text and "line 61: return True." not in text
    assert lessons.load().exercises[0].hints[0].split("`")[0] in text
    assert "except jwt.ExpiredSignatureError:" in text


def test_feedback_says_which_result_counts():
    """If an exercise ran twice, the page shows both results, and which one counts."""
    text = words(feedback.page(grade("ada", (FAILED, PASSED))))

    assert "In your app this exercise earned 0 of 1; with only this blank of yours" in text
    assert "The second result counts: a mistake in another blank costs nothing here." in text
    assert "What failed first in your app: A fresh token" in text
    assert "This blank passes in the finished app, so the cause is in another blank" in text
    assert "Both agree, so the cause is in this blank itself." in words(
        feedback.page(grade("ada", (PARTLY, PARTLY)))
    )
    assert "The better result counts: the one in your app." in words(
        feedback.page(grade("ada", (PARTLY, FAILED)))
    )


def test_hidden_tests_are_named_only():
    """For a hidden test, a learner sees only the sentence and the outcome."""
    for text in (feedback.page(grade("ada", HIDDEN)), feedback.page(grade("a", (FAILED, HIDDEN)))):
        assert FACTS[2] in text and "A hidden test" in text
    text = feedback.page(grade("ada", HIDDEN))
    assert "user 2" not in text and "DecodeError" not in text and "line 57" not in text


def test_an_open_blank_is_no_failure():
    """An open blank is described kindly, and not as a failure."""
    text = words(feedback.page(grade("ada", OPEN)))

    assert "This blank is still open, so there was nothing to grade." in text
    assert "not met" not in text and "Wrong" not in text


def test_a_pass_with_something_left():
    """If an exercise passes with less than all points, the page says what is missing."""
    nearly = replace(PARTLY, status="passed")

    assert "What is left: The token of somebody" in words(feedback.page(grade("ada", nearly)))


def test_nothing_judged_is_not_zero_of_zero():
    """If nothing was judged, the page gives the reason instead of a number."""
    text = words(feedback.page(CLASS[5]))

    assert "No points yet: there was nothing that could be graded." in text and "0 of 0" not in text
    assert "handed in, not readable The zip is cut off." in text


def test_a_huge_submission_makes_no_huge_page():
    """Ten thousand lines or tests are cut, and the page says so."""
    text = feedback.page(grade("ada", result(*["failed"] * 10_000), fill="x = 1\n" * 10_000))

    assert len(text) < 2_000_000
    assert "and 9600 more lines" in text and "and 9960 more requirements" in text


def test_one_thing_left_out_is_singular():
    """If a page leaves out one line, requirement or pair, it counts it in the singular."""
    text = feedback.page(grade("ada", result(*["failed"] * 41), fill="x = 1\n" * 401))
    tests = [TestResult(f"t{n}", f"Fact {n}.", "failed") for n in range(26)]
    class_ = [grade("ada", ExerciseResult("", "", "failed", tuple(tests)), *[PASSED] * 20)]
    pairs = templating.document("lookalikes.html", pairs=[PAIR], more=1)

    assert "and 1 more line<" in text and "and 1 more requirement<" in text
    assert "and 1 rarer one<" in overview(class_)
    assert "and 1 pair that shares less<" in pairs


# ---- overview


def test_the_overview_counts():
    """The overview counts the statuses, and names the kind of isolation."""
    text = words(overview(CLASS))

    assert "10 learners, 7 with a total." in text
    assert "✓ graded 5 50 %" in text and "possible tampering tampered 1 10 %" in text
    assert "bwrap (8 submissions), limits (1 submission)" in text
    assert "fred 60.0 ran out of time" in text


def test_the_overview_leads_to_the_lookalikes():
    """The overview links the page of learners with similar texts."""
    assert {"href": writer.LOOKALIKES} in tags(overview(CLASS), "a")


def test_frequent_failures_come_first_and_name_nobody():
    """The most frequent failure comes first, with its share and one submission's message."""
    own = TestResult("test_ada", "test_ada passes on every correct app.", "failed", "ada: it fails")
    class_ = [grade("bob", PARTLY), grade("ada", ExerciseResult("", "", "failed", (own, own)))]
    text = words(overview([*class_, grade("carl", OPEN)]).partition('id="failures"')[2])

    assert "1 50 % – The token of user 2 confirmed user 1." in text
    assert "A test of their own passes on every correct app. welcome-line 1 50 %" in text
    assert "test_ada" not in text and "…: it fails" in text


def test_hidden_messages_stay_out_of_the_overview():
    """The overview may be shown to the class, so it has no messages of hidden tests."""
    text = overview([grade("ada", HIDDEN)])

    assert "(a hidden test)" in text and "user 2" not in text


def test_the_heat_map_needs_no_colour():
    """Each cell of the table shows the result by a sign and a word."""
    text = words(overview([MIXED]).partition('id="learners"')[2])

    assert (
        "✓ passed ✓ passed ◐ partly there 50 % ◐ partly there 50 % ✗ not there yet ○ open" in text
    )


def test_the_order_of_the_class_does_not_matter():
    """The overview is the same in whatever order learners were graded."""
    shuffled = random.Random(1).sample(CLASS, len(CLASS))

    assert overview(CLASS) == overview(shuffled)


def test_a_large_class_stays_readable():
    """Thousands of learners are shown in bands, and little is stored about each."""
    few = [grade("", PASSED, OPEN), grade("", PARTLY), grade("", PASSED), CLASS[4]]
    text = overview(replace(few[n % 4], learner=f"learner{n:04}") for n in range(4000))

    assert len(text) < 1_500_000 and text.count("<bdi>") == MOST_ROWS + 5
    assert "in bands of about 300" in text and f"The {MOST_ROWS} of 4000 learners" in text


def test_an_empty_class_has_an_overview():
    """If nobody handed in anything, the overview says so."""
    assert "0 learners" in overview([])


def test_only_submissions_are_timed():
    """Learners who handed in nothing count neither for the usual time nor as slow."""
    absent = [grade(f"absent{n}", status="no-submission", seconds=0.0) for n in range(3)]
    text = words(overview([grade("ada", PASSED, seconds=40.0), *absent]).partition('id="time"')[2])

    assert "Half of the submissions took 40.0 seconds or less." in text
    assert "ada 40.0 graded" in text and "absent" not in text
    assert "Half of the submissions" not in overview(absent)


# ---- JUnit


def suites(grades):
    text = "".join([junit_xml.START, *map(junit_xml.suite, grades), junit_xml.END])
    return ElementTree.fromstring(text.encode())


def test_junit_counts():
    """Each learner is a suite, each test is a case, and the counts are right."""
    (suite,) = suites([MIXED])

    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    assert suite.get("name") == "Zoë Müller" and suite.get("time") == "1.250"
    for count, tag in {"tests": "testcase", **kinds}.items():
        assert int(suite.get(count)) == len(list(suite.iter(tag))) > 0


def test_junit_takes_hostile_text():
    """Control characters and markup in names and messages leave the XML valid."""
    made = suites(CLASS)

    assert len(made) == len(CLASS) and "\\x00" in made[-1].get("name")


def test_junit_says_why_nothing_was_graded():
    """An unreadable submission is an error with its sentence, a missing one is skipped."""
    (suite,) = suites([CLASS[5]])

    assert suite.find("testcase/error").get("message") == "unreadable: The zip is cut off."
    assert suites([CLASS[4]]).find(".//skipped") is not None


def test_junit_hides_what_is_hidden():
    """A hidden test has only its outcome in the XML."""
    text = junit_xml.suite(grade("ada", HIDDEN))

    assert 'message="failed"' in text and "user 2" not in text


# ---- all of them


def test_one_pass_writes_all(tmp_path):
    """One pass over the grades writes every report, and each page under its linked name."""
    writer.write_all(iter(CLASS), tmp_path)
    linked = set(re.findall(r'href="feedback/([^"]+)"', (tmp_path / "overview.html").read_text()))

    assert {path.name for path in tmp_path.iterdir()} == {
        *("grades.csv", "overview.html", "junit.xml", "feedback", "lookalikes.html")
    }
    assert len(linked) == len(list((tmp_path / "feedback").iterdir())) == len(CLASS)
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(ElementTree.parse(tmp_path / "junit.xml").getroot()) == len(CLASS)


def test_the_same_grades_make_the_same_files(tmp_path):
    """Written twice, the reports are byte-for-byte the same."""
    seen = []
    for name in ("one", "two"):
        writer.write_all(CLASS, tmp_path / name)
        seen.append({p.name: p.read_bytes() for p in (tmp_path / name).rglob("*.*")})

    assert seen[0] == seen[1]


def test_reports_appear_whole_or_not_at_all(tmp_path):
    """If reading the grades fails, the reports of the previous run are kept."""
    writer.write_all(CLASS[:1], tmp_path)
    before = (tmp_path / "grades.csv").read_bytes()

    def broken():
        yield CLASS[1]
        raise OSError("the disk is full")

    with pytest.raises(OSError):
        writer.write_all(broken(), tmp_path)
    assert (tmp_path / "grades.csv").read_bytes() == before
    assert len([path for path in tmp_path.iterdir() if path.name.startswith(".")]) == 0


# ---- discrimination of a requirement


def test_the_discrimination_of_a_requirement():
    """If only the upper third meets a requirement it has +1; with few learners it has none."""
    half = result("passed", "failed", "passed", "passed")
    class_ = [grade(f"g{n}", PASSED) for n in range(4)] + [grade(f"b{n}", half) for n in range(5)]

    assert "5 56 % +1.00" in words(overview(class_).partition('id="failures"')[2])
    assert "56 % +" not in words(overview(class_[:2]).partition('id="failures"')[2])


def test_ungraded_exercises_are_left_out():
    """If one lesson was graded, the overview has no tables of the others."""
    exercise = ExerciseGrade("gate", "The gate", "07", 5, PASSED)
    text = words(overview([Grade("ada", "graded", "", (exercise,))]))

    assert "confirm-token" not in text and "gate" in text


# ---- hints and attempts


def test_hints_and_attempts_are_shown_by_exercise_and_to_their_learner():
    """The overview counts the class's hints and attempts; a learner's page has only their own."""
    entry = lessons.load().exercise("gate")
    efforts = [Effort(2, 5, "2026-03-02"), Effort(1, 4, "2026-03-01"), Effort(3), None]
    about = (entry.id, entry.title, entry.lesson, entry.points, PASSED)
    class_ = [
        Grade(f"g{n}", "graded", "", (ExerciseGrade(*about, effort=effort),))
        for n, effort in enumerate(efforts)
    ]

    assert "gate 3 2.0 2 4.5 2026-03-01" in words(overview(class_).partition('id="efforts"')[2])
    assert "2 hints read, 5 attempts, passed in the notebook on 2026-03-02." in words(
        feedback.page(class_[0])
    )
    assert "From your own record" not in words(feedback.page(class_[3]))
    assert "Hints and attempts" not in overview(class_[3:])


# ---- what does not compile


def test_a_syntax_error_is_shown_once():
    """A fill with a syntax error gets one sentence with its line, and no list of failures."""
    entry = lessons.load().exercise("confirm-token")
    broken = "def confirm(self, token):\n    if token\n        return True"
    failed = result("error", "error", "error")
    exercise = ExerciseGrade(entry.id, entry.title, entry.lesson, entry.points, failed, fill=broken)
    text = words(feedback.page(Grade("ada", "graded", "All was judged.", (exercise,))))

    assert text.count("Line 2 of what you wrote cannot be read") == 1
    assert "SyntaxError" in text and "Not met yet" not in text
    assert SEEN["error"][0] not in text


def test_a_fill_that_is_nested_too_deeply_has_a_page():
    """The page of a learner whose fill cannot be parsed is written, and says why."""
    entry = lessons.load().exercise("confirm-token")
    fill = f"x = {'-' * 100_000}1"
    exercise = ExerciseGrade(
        entry.id, entry.title, entry.lesson, entry.points, result("error"), fill=fill
    )
    text = words(feedback.page(Grade("ada", "graded", "All was judged.", (exercise,))))

    assert "What you wrote cannot be read, so nothing in it could run: it is nested" in text
    assert "bracket or quote" not in text


@pytest.mark.parametrize("character", ["\x00", "\ud83d"])
def test_a_character_that_cannot_be_read_is_no_open_bracket(character):
    """The page of a fill with a NUL byte names that, and asks for no open bracket or quote."""
    text = words(feedback.page(unparsed(f"x = 'a{character}'")))

    assert "What you wrote cannot be read, so nothing in it could run: it contains a NUL" in text
    assert "bracket or quote" not in text


def test_the_listing_counts_lines_as_python_does():
    """A form feed or another rare separator in a string starts no new line of the listing."""
    section = feedback._section(unparsed("x = 'a\x0cb\u2028c'\nif x\n").exercises[0])

    assert section.syntax_error_line == 2
    assert section.lines == ("x = 'a\x0cb\u2028c'", "if x")


def unparsed(fill):
    """Return a grade with one exercise whose fill does not compile."""
    entry = lessons.load().exercise("confirm-token")
    exercise = ExerciseGrade(
        entry.id, entry.title, entry.lesson, entry.points, result("error"), fill=fill
    )
    return Grade("ada", "graded", "All was judged.", (exercise,))
