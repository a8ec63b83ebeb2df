"""Facts about running the graded tests, and about the result of each exercise."""

import pytest

from confirmlab.base.errors import KitError
from confirmlab.checks import runner
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.notebook.workspace import Workspace
from confirmlab.processes.jobs import Finished

TOKEN = lessons.load().exercise("generate-token")
CONFIRM = lessons.load().exercise("confirm-token")
MAKES = "def generate_confirmation_token(self, expiration_sec=3600):\n"
TESTS = [
    {"name": "t::one", "sentence": "One.", "exercise": TOKEN.id, "points": 1},
    {"name": "t::two[a]", "sentence": "Two.", "exercise": TOKEN.id, "points": 2},
    {"name": "t::two[b]", "sentence": "Two.", "exercise": TOKEN.id, "points": 2},
]


def ending(name, outcome="passed", message=""):
    return {"name": name, "outcome": outcome, "message": message, "where": ""}


def read(*messages, end="done", output=""):
    """Read a made-up run of the exercise's three tests."""
    finished = Finished(({"tests": TESTS}, *messages), output, end)
    return runner.read_results([TOKEN], finished)[TOKEN.id]


def outcomes(result):
    return [test.outcome for test in result.tests]


@pytest.fixture
def app(folder):
    """Return the reference fills of the model's three blanks."""
    workspace = Workspace(folder)
    for name in ("confirmed-column", "generate-token", "confirm-token"):
        workspace.fill(name, solutions.fill(name))
    return workspace


def test_a_model_without_the_column_marks_nobody(app):
    """If the column is missing, no message says that a bad token confirmed somebody."""
    app.fill("confirmed-column", "pass")

    tests = runner.judge(app.folder, [CONFIRM])[CONFIRM.id].tests

    failures = [test.message for test in tests if test.outcome == "failed"]
    assert failures and not any("marked" in message for message in failures), failures


def judged(app, body, seconds=10.0):
    """Judge the confirm-token exercise with this body of the method."""
    app.fill(TOKEN.id, f"{MAKES}    {body}")
    return runner.judge(app.folder, [TOKEN], seconds)[TOKEN.id]


def test_cases_of_a_test_are_one_requirement():
    """If a test has several cases, the first one that did not pass is the result."""
    result = read(ending("t::one"), ending("t::two[a]"), ending("t::two[b]", "failed", "b is odd"))

    assert [(test.sentence, test.outcome) for test in result.tests] == [
        ("One.", "passed"),
        ("Two.", "failed"),
    ]
    assert result.first_failure.message == "b is odd"


def test_all_passed_is_passed():
    """An exercise has passed if all of its tests passed."""
    result = read(*(ending(test["name"]) for test in TESTS))

    assert (result.status, result.score) == ("passed", 1.0)


def test_trouble_after_a_pass_counts():
    """A test that passes and then fails in its teardown has not passed."""
    result = read(ending("t::one"), ending("t::one", "error", "the database is locked"))

    assert outcomes(result)[0] == "error"


@pytest.mark.parametrize(
    ("end", "outcome", "words"),
    [
        ("timeout", "timeout", "The tests took too long and were ended"),
        ("died", "error", "does something call exit()?"),
        ("done", "error", "does something raise KeyboardInterrupt?"),
    ],
)
def test_a_run_that_is_cut_blames_the_running_test(end, outcome, words):
    """If a run ends early, the running test explains why; later ones were not run."""
    result = read(ending("t::one"), {"running": "t::two[a]"}, end=end)

    assert outcomes(result) == ["passed", outcome]
    assert words in result.first_failure.message


def test_a_test_that_was_never_reached_says_so():
    """A test that a completed run never reached counts as not run, with a sentence."""
    result = read(ending("t::one"), {"running": "t::one"})

    assert outcomes(result) == ["passed", "not-run"]
    assert "stopped before this test" in result.first_failure.message


def test_missing_tests_do_not_pass():
    """If a run omits an expected test, the exercise does not pass."""
    result = read(ending("t::one"), ending("t::two[a]"))

    assert result.status == "failed"
    assert result.score < 1


def test_tests_that_do_not_start_are_an_error():
    """If no test started, there is one error, with the last line that was printed."""
    finished = Finished((), "warming up\nno room left\n", "done")
    result = runner.read_results([TOKEN], finished)[TOKEN.id]

    assert result.status == "failed"
    assert result.tests[0].message == "The tests did not start: no room left"


def test_a_problem_of_the_suite_is_reported():
    """If the suite cannot be collected, the error is reported."""
    finished = Finished(({"problem": "ImportError: x"}, {"tests": []}), "", "done")

    assert runner.read_results([TOKEN], finished)[TOKEN.id].tests[0].message == "ImportError: x"


def test_nothing_to_judge_needs_no_run(folder):
    """Without exercises, no process is started."""
    assert runner.judge(folder, []) == {}


def test_the_reference_passes(app):
    """The reference fill meets all requirements of its exercise."""
    result = runner.judge(app.folder, [TOKEN])[TOKEN.id]

    assert (result.status, set(outcomes(result))) == ("passed", {"passed"})


def test_an_endless_loop_is_reported(app):
    """A fill that never ends is stopped at the time limit, and the card says so."""
    result = judged(app, "while True: pass", seconds=2)

    assert "timeout" in outcomes(result)
    assert "is there a loop that never stops?" in result.first_failure.message


def test_a_hard_exit_is_reported(app):
    """If a fill ends the process, the result says so in a sentence."""
    result = judged(app, "import os; os._exit(0)")

    assert "does something call exit()?" in result.first_failure.message


def test_an_exit_is_reported_with_its_line(app):
    """A call of sys.exit() is reported with its line, and the other tests still run."""
    result = judged(app, "import sys; sys.exit()")

    assert result.first_failure.message == "The app raised SystemExit."
    assert "sys.exit()" in result.first_failure.where
    assert "not-run" not in outcomes(result)


@pytest.mark.parametrize(
    "body",
    [
        "print('x' * 5_000_000); return ''",
        "import os; os.fork(); return ''",
        "import sys; sys.stdout = None; return ''",
        "import threading as t; t.Thread(target=t.Event().wait).start(); return ''",
    ],
    ids=["prints", "forks", "takes stdout", "starts threads"],
)
def test_an_odd_fill_is_judged_by_what_it_does(app, body):
    """A fill that prints much, forks or leaves threads is judged like any other wrong one."""
    result = judged(app, body)

    assert "returned an empty text" in result.first_failure.message
    assert "not-run" not in outcomes(result)


def test_a_slow_method_passes(app):
    """A method that takes a twentieth of a second for a token passes."""
    slow = solutions.fill(TOKEN.id).replace(
        "jwt.encode(",
        "(any(iter(lambda end=time.thread_time() + 0.05: time.thread_time() > end, True)) or jwt)"
        ".encode(",
    )
    assert "thread_time" in slow
    app.fill(TOKEN.id, slow)

    result = runner.judge(app.folder, [TOKEN], 10.0)[TOKEN.id]

    assert result.status == "passed", result.first_failure


def test_copies_of_an_app_do_not_go_on(app, tmp_path):
    """If a fill forks at each call, the copies make no further tokens."""
    calls = tmp_path / "calls"
    judged(app, f"import os; print(end='.', file=open({str(calls)!r}, 'a')); os.fork(); return ''")

    assert 0 < calls.stat().st_size < 1000


@pytest.mark.parametrize(
    "body",
    [
        "import sys; sys.stdout.close(); return ''",
        "raise KeyboardInterrupt",
        "raise ValueError('x' * 3_000_000)",
    ],
    ids=["closes stdout", "interrupts", "says too much"],
)
def test_an_odd_fill_never_passes_in_silence(app, body):
    """A fill that breaks the run fails, and the first failure has a message."""
    result = judged(app, body)

    assert result.status == "failed"
    assert result.first_failure.message


def test_a_crash_at_import_names_its_line(app):
    """If the app cannot be imported, each test fails with the learner's line."""
    app.fill(TOKEN.id, "unheard_of")
    failure = runner.judge(app.folder, [TOKEN])[TOKEN.id].first_failure

    assert failure.message == "The app raised NameError: name 'unheard_of' is not defined"
    assert failure.where.startswith("app/models.py, line ")
    assert failure.where.endswith(": unheard_of")


def test_the_latest_fill_is_judged(app):
    """If two fills are made in the same second, the second one is judged."""
    wrong = judged(app, "return ''")
    app.fill(TOKEN.id, solutions.fill(TOKEN.id))

    assert wrong.status == "failed"
    assert runner.judge(app.folder, [TOKEN])[TOKEN.id].status == "passed"


def test_a_good_fill_passes_beside_a_bad_one(app):
    """A correct fill in a broken app passes alone, with a note about the whole app."""
    app.fill(TOKEN.id, f"{MAKES}    raise RuntimeError('no ink')")
    result = runner.judge_fairly(app.folder, [CONFIRM], app.text)[CONFIRM.id]

    assert result.status == "passed"
    assert result.note.startswith("This blank does its part, but your app as a whole does not yet")
    assert "RuntimeError: no ink" in result.note


def test_a_cause_outside_the_blanks_is_reported(app):
    """A failure caused by a line of config.py is not attributed to another blank."""
    config = app.folder / "app" / "config.py"
    config.write_text(f"{config.read_text()}\nraise RuntimeError('no ink')\n")
    result = runner.judge_fairly(app.folder, [CONFIRM], app.text)[CONFIRM.id]

    assert result.status == "passed"
    assert "because of a change outside the blanks" in result.note
    assert "another blank" not in result.note


def test_a_bad_fill_fails_alone_too(app):
    """A wrong fill fails, whatever the other fills do, and without a note."""
    app.fill(CONFIRM.id, "def confirm(self, token):\n    return True")
    result = runner.judge_fairly(app.folder, [CONFIRM], app.text)[CONFIRM.id]

    assert (result.status, result.note) == ("failed", "")


NO_FORM = "<p>Please wait for the mail to {{ current_user.email }}.</p>"
NO_PAGE = """@auth.route("/unconfirmed")
def unconfirmed():
    return "Not confirmed yet."
"""
OTHER_LINK = '{{ url_for("main.index", _external=True) }}'


@pytest.mark.parametrize(
    ("exercise_id", "others"),
    [
        ("resend-throttle", {"unconfirmed-page": NO_FORM}),
        ("resend-view", {"unconfirmed-view": NO_PAGE}),
        ("send-in-background", dict.fromkeys(("confirm-txt", "confirm-html"), OTHER_LINK)),
    ],
)
def test_no_card_names_an_exception_of_the_tests(tmp_path, exercise_id, others):
    """If another blank keeps a test from a form or link, the card names no Python exception."""
    exercise = lessons.load().exercise(exercise_id)
    fills = solutions.fills() if exercise.lesson > lessons.load().finished else solutions.finished()
    app = skeleton.build(tmp_path / "my_app", fills | others)
    tests = runner.judge(app, [exercise], seconds=60)[exercise_id].tests

    assert [test.message for test in tests if "The test raised" in test.message] == []


def test_judging_leaves_the_workspace_alone(app):
    """A graded run writes nothing to the learner's app."""
    before = sorted(path.relative_to(app.folder) for path in app.folder.rglob("*"))
    runner.judge_fairly(app.folder, [TOKEN], app.text)

    assert sorted(path.relative_to(app.folder) for path in app.folder.rglob("*")) == before


def test_the_app_has_nothing_of_the_tests(app):
    """An app that searches its own process finds no class of the tests' browser."""
    looks = "assert not any(c.__module__.startswith('httpx') for c in object.__subclasses__())\n"
    init = app.folder / "app" / "__init__.py"
    init.write_text(looks + init.read_text())

    assert runner.judge(app.folder, [TOKEN])[TOKEN.id].status == "passed"


def test_a_system_without_fork_is_reported(monkeypatch, app):
    """If no process can be forked, a check says what to do."""
    monkeypatch.setattr("confirmlab.processes.fork_server.FORKS", False)
    with pytest.raises(KitError, match="WSL"):
        runner.judge(app.folder, [TOKEN])
