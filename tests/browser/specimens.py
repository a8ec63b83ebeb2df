"""One example of everything that the kit can show, in each state that looks different."""

from dataclasses import replace
from pathlib import Path

from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading.grades import ExerciseGrade, Grade
from confirmlab.mail.message import parse
from confirmlab.notebook import certificate, progress
from confirmlab.notebook.lesson_opening import OpenedLesson
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.session import LessonSession
from confirmlab.notebook.skeleton_diff import SkeletonDiff
from confirmlab.notebook.submission_zip import PackedSubmission
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.token_bench import bench
from confirmlab.notebook.token_inspector import examine, take_apart
from confirmlab.notebook.workspace import FillResult
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard
from confirmlab.site.pages.page import Page, read
from confirmlab.site.server import Site

KEY = "k" * 64
TOKEN = "eyJhbGciOiJIUzUxMiJ9.eyJjb25maXJtX2lkIjoxNCwiZXhwIjo1fQ.c2lnbmF0dXJl"
EXERCISES = lessons.load().exercises
LETTER = b"""From: club@pigeon.test
To: ada@example.com
Subject: Confirm your address
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=coo

--coo
Content-Type: text/plain

http://127.0.0.1:5000/auth/confirm/aaa.bbb.ccc
--coo
Content-Type: text/html

<p>Dear Ada, <a href="http://127.0.0.1:5000/auth/confirm/aaa.bbb.ccc">confirm</a></p>
--coo--
"""
REPORT = b"""From: a
To: b
Subject: Two birds
Content-Type: text/csv
Content-Disposition: attachment; filename=birds.csv

otto,rita
"""
OUTCOMES = ("passed", "failed", "error", "timeout", "not-run")
TESTS = tuple(
    TestResult(name, f"A token that {name} says `so`.", name, "It was `True`.", "app/models.py")
    for name in OUTCOMES
)
ATTEMPTS = tuple(
    Attempt(f"used-link-{got_in}", "A link used twice", got_in, "It was confirmed.", "How so.")
    for got_in in (True, False, None)
)


def tokens():
    """Return tokens that were only decoded, accepted, refused and damaged."""
    import jwt

    good = jwt.encode({"confirm_id": 14, "exp": 2_000_000_000}, KEY, algorithm="HS512")
    return [take_apart(TOKEN), examine(good, KEY), examine(TOKEN, KEY), take_apart("coo")]


def verdicts():
    """Return a card for each state of an exercise."""
    states = {"passed": TESTS[:1], "failed": TESTS, "not-yet": ()}
    return [
        ExerciseResult("gate", "A `gate`", state, tests, "A `note`.", "Next: more.")
        for state, tests in states.items()
    ]


def page(status: int) -> Page:
    """Return a page of the app."""
    text = "<title>Home</title><ul role=status><li>Coo.</li></ul><h1>Home</h1><p>Hello.</p>"
    return read(f"<html lang=en>{text}</html>", "http://127.0.0.1:5000/a", status, ("/b",))


def steps(folder: Path):
    """Return progress and next steps: at the start, in the middle, and with passed exercises."""
    session = LessonSession(folder)
    session.workspace.ensure()
    maps = [progress.read(session.workspace)]
    session.workspace.use_reference([EXERCISES[1].id])
    session.workspace.store_result(EXERCISES[2].id, passed=True)
    maps.append(progress.read(session.workspace))
    states = [lesson for drawn in maps for lesson in drawn.lessons if lesson.total]
    found = [*maps, certificate.collect(session.workspace, maps[1], "Ada")]
    found.append(progress.NextStep(states[0], EXERCISES[:2], states[1], "write a view", ("03",)))
    return [*found, progress.NextStep(states[0], (), None)]


def cards(folder: Path):
    """Return one or more of each kind of value that a notebook shows."""
    session = LessonSession(folder / "my_app")
    empty, mails = session.inbox, LessonSession(folder / "other").inbox
    for number, letter in enumerate((LETTER, REPORT)):
        place = folder / "other" / ".confirmlab" / "mail" / "new" / f"{number}.M000000"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(letter)
    filled = FillResult(EXERCISES[0], folder / "app" / "models.py", 3, 5)
    kept = folder / "0003-hand.txt"
    done = ("gate", "welcome-line")
    return [
        *(empty, mails, parse("1", LETTER), parse("2", REPORT)),
        *(page(200), page(302), page(404)),
        *(*tokens(), bench(TOKEN), *verdicts(), *steps(folder / "my_app")),
        *(Site(session.inbox, folder), filled, replace(filled, kept=kept, old_file=kept)),
        OpenedLesson(lessons.load().lessons[3], ("The reference stands in for gate.",)),
        ResetResult("lesson 3", done, kept, "%restore gate 3", ("The site is new.",)),
        PackedSubmission(
            Path("submission.zip"), ("a.py",), EXERCISES[:1], EXERCISES[1:], ("Odd.",)
        ),
        SkeletonDiff(Path("keepsake.diff"), (("app/models.py", "+++ a\n-1\n+2\n" * 40),)),
        *(*ATTEMPTS, Scoreboard(ATTEMPTS, ATTEMPTS[0], {ATTEMPTS[1].name: True})),
        Timings(before={0: 0.2, 0.4: 1.4}, after={0: 0.1, 0.4: 0.1}),
    ]


def grades():
    """Return a grade in each status, with exercises in each state."""
    results = [*verdicts(), replace(verdicts()[1], note="", tests=TESTS[:2])]
    hidden = replace(TESTS[1], hidden=True)
    results.append(ExerciseResult("gate", "A gate", "failed", (hidden,)))
    entries = tuple(
        ExerciseGrade(
            *(exercise.id, exercise.title, exercise.lesson, exercise.points),
            in_full_app=results[place % len(results)],
            in_reference_app=results[0] if place % 2 else None,
            fill="def confirm(self, token):\n    return True\n",
            hint=exercise.hints[0],
        )
        for place, exercise in enumerate(EXERCISES)
    )
    statuses = ("graded", "no-submission", "unreadable", "crashed", "timeout", "tampered")
    sentence, odd = "This is what it means.", ("'gate' stands there twice.",)
    return [
        Grade(
            f"ada {status}", status, sentence, () if place in (1, 2) else entries, odd, 1.5, "bwrap"
        )
        for place, status in enumerate(statuses)
    ]
