"""Facts about graded runs and how they are judged."""

import pytest

from confirmlab.base.errors import KitError
from confirmlab.checks import runner
from confirmlab.course import lessons, solutions
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


def told(name, outcome="passed", message=""):
    return {"name": name, "outcome": outcome, "message": message, "where": ""}


def read(*messages, end="done", output=""):
    """Read a made-up run of the exercise's three tests."""
    finished = Finished(({"tests": TESTS}, *messages), output, end)
    return runner.read_results([TOKEN], finished)[TOKEN.id]


def outcomes(result):
    return [test.outcome for test in result.tests]


@pytest.fixture
def app(folder):
    """Fill the three blanks of the model with the reference."""
    workspace = Workspace(folder)
    for name in ("confirmed-column", "generate-token", "confirm-token"):
        workspace.fill(name, solutions.fill(name))
    return workspace


def test_a_model_without_the_column_marks_nobody(app):
    """Where the column is missing, no message says that a bad token confirmed somebody."""
    app.fill("confirmed-column", "pass")

    tests = runner.judge(app.folder, [CONFIRM])[CONFIRM.id].tests

    told = [test.message for test in tests if test.outcome == "failed"]
    assert told and not any("marked" in message for message in told), told


def judged(app, body, seconds=10.0):
    """Judge the token's exercise with this body of the method."""
    app.fill(TOKEN.id, f"{MAKES}    {body}")
    return runner.judge(app.folder, [TOKEN], seconds)[TOKEN.id]


def test_cases_of_a_test_are_one_requirement():
    """Of a test's several cases the first that did not pass speaks for all."""
    result = read(told("t::one"), told("t::two[a]"), told("t::two[b]", "failed", "b is odd"))

    assert [(test.sentence, test.outcome) for test in result.tests] == [
        ("One.", "passed"),
        ("Two.", "failed"),
    ]
    assert result.first_failure.message == "b is odd"


def test_all_passed_is_passed():
    """An exercise has passed when each of its tests did."""
    result = read(*(told(test["name"]) for test in TESTS))

    assert (result.status, result.score) == ("passed", 1.0)


def test_trouble_after_a_pass_counts():
    """A test that passes and breaks while it is put away has not passed."""
    result = read(told("t::one"), told("t::one", "error", "the database is locked"))

    assert outcomes(result)[0] == "error"


@pytest.mark.parametrize(
    ("end", "outcome", "words"),
    [
        ("timeout", "timeout", "It was still running after 10 seconds and was ended"),
        ("died", "error", "does something call exit()?"),
        ("done", "error", "does something raise KeyboardInterrupt?"),
    ],
)
def test_a_run_that_is_cut_blames_the_running_test(end, outcome, words):
    """When a run ends early the test that ran says how, and those behind it were not run."""
    result = read(told("t::one"), {"running": "t::two[a]"}, end=end)

    assert outcomes(result) == ["passed", outcome]
    assert words in result.first_failure.message


def test_a_test_that_was_never_reached_says_so():
    """A run that is done without having reached a test is no pass, and has a sentence."""
    result = read(told("t::one"), {"running": "t::one"})

    assert outcomes(result) == ["passed", "not-run"]
    assert "stopped before this test" in result.first_failure.message


def test_fewer_tests_than_there_should_be_are_no_pass():
    """A run that leaves out one of its tests is no pass, though all that ran have passed."""
    result = read(told("t::one"), told("t::two[a]"))

    assert result.status == "failed"
    assert result.score < 1


def test_tests_that_do_not_start_are_an_error():
    """Without any test there is one error, with the last line that was printed."""
    finished = Finished((), "warming up\nno room left\n", "done")
    result = runner.read_results([TOKEN], finished)[TOKEN.id]

    assert result.status == "failed"
    assert result.tests[0].message == "The tests did not start: no room left"


def test_a_problem_of_the_suite_is_told():
    """A suite that cannot be read is told by its problem."""
    finished = Finished(({"problem": "ImportError: x"}, {"tests": []}), "", "done")

    assert runner.read_results([TOKEN], finished)[TOKEN.id].tests[0].message == "ImportError: x"


def test_nothing_to_judge_needs_no_run(folder):
    """Without exercises nothing is started."""
    assert runner.judge(folder, []) == {}


def test_the_reference_passes(app):
    """The reference fill meets all requirements of its exercise."""
    result = runner.judge(app.folder, [TOKEN])[TOKEN.id]

    assert (result.status, set(outcomes(result))) == ("passed", {"passed"})


def test_an_endless_loop_is_told(app):
    """A fill that never ends is ended by the time limit, and the card says so."""
    result = judged(app, "while True: pass", seconds=2)

    assert "timeout" in outcomes(result)
    assert "is there a loop that never stops?" in result.first_failure.message


def test_a_hard_exit_is_told(app):
    """A fill that ends the process is told in a sentence."""
    result = judged(app, "import os; os._exit(0)")

    assert "does something call exit()?" in result.first_failure.message


def test_an_exit_is_told_with_its_line(app):
    """A fill that calls sys.exit() is told with its line, and the other tests still run."""
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
    """A fill that floods, forks or leaves threads is judged like any other wrong one."""
    result = judged(app, body)

    assert "returned an empty text" in result.first_failure.message
    assert "not-run" not in outcomes(result)


def test_a_slow_method_is_no_fault(app):
    """A method that takes a twentieth of a second for a token passes: a few tokens are enough."""
    slow = solutions.fill(TOKEN.id).replace(
        "jwt.encode(", "(sum(range(2_000_000)) and jwt).encode("
    )
    assert "range" in slow
    app.fill(TOKEN.id, slow)

    result = runner.judge(app.folder, [TOKEN], 10.0)[TOKEN.id]

    assert result.status == "passed", result.first_failure


def test_copies_of_an_app_do_not_go_on(app, tmp_path):
    """A fill that forks at each call leaves copies that make no token more."""
    calls = tmp_path / "calls"
    judged(app, f"import os; print(end='.', file=open({str(calls)!r}, 'a')); os.fork(); return ''")

    assert 50 < calls.stat().st_size < 1000


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
    """A fill that breaks the run itself fails, and the first failure has words."""
    result = judged(app, body)

    assert result.status == "failed"
    assert result.first_failure.message


def test_a_crash_at_import_names_its_line(app):
    """An app that cannot be imported fails each test with the learner's line."""
    app.fill(TOKEN.id, "unheard_of")
    failure = runner.judge(app.folder, [TOKEN])[TOKEN.id].first_failure

    assert failure.message == "The app raised NameError: name 'unheard_of' is not defined"
    assert failure.where.startswith("app/models.py, line ")
    assert failure.where.endswith(": unheard_of")


def test_the_latest_fill_is_judged(app):
    """Of two fills in the same second the second is judged."""
    wrong = judged(app, "return ''")
    app.fill(TOKEN.id, solutions.fill(TOKEN.id))

    assert wrong.status == "failed"
    assert runner.judge(app.folder, [TOKEN])[TOKEN.id].status == "passed"


def test_a_good_fill_passes_beside_a_bad_one(app):
    """A fill that does its part passes alone, with a note on what the whole app does."""
    app.fill(TOKEN.id, f"{MAKES}    raise RuntimeError('no ink')")
    result = runner.judge_fairly(app.folder, [CONFIRM], app.text)[CONFIRM.id]

    assert result.status == "passed"
    assert result.note.startswith("This blank does its part, but your app as a whole does not yet")
    assert "RuntimeError: no ink" in result.note


def test_a_cause_outside_the_blanks_is_told(app):
    """What a line of config.py spoils is not put down to another blank."""
    config = app.folder / "app" / "config.py"
    config.write_text(f"{config.read_text()}\nraise RuntimeError('no ink')\n")
    result = runner.judge_fairly(app.folder, [CONFIRM], app.text)[CONFIRM.id]

    assert result.status == "passed"
    assert "because of a change outside the blanks" in result.note
    assert "another blank" not in result.note


def test_a_bad_fill_fails_alone_too(app):
    """A wrong fill fails, whatever the others do, and without a note."""
    app.fill(CONFIRM.id, "def confirm(self, token):\n    return True")
    result = runner.judge_fairly(app.folder, [CONFIRM], app.text)[CONFIRM.id]

    assert (result.status, result.note) == ("failed", "")


def test_judging_leaves_the_workspace_alone(app):
    """A graded run writes nothing into the learner's app."""
    before = sorted(path.relative_to(app.folder) for path in app.folder.rglob("*"))
    runner.judge_fairly(app.folder, [TOKEN], app.text)

    assert sorted(path.relative_to(app.folder) for path in app.folder.rglob("*")) == before


def test_the_app_has_nothing_of_the_tests(app):
    """An app that searches its own process finds no class of the browser that tests it."""
    looks = "assert not any(c.__module__.startswith('httpx') for c in object.__subclasses__())\n"
    init = app.folder / "app" / "__init__.py"
    init.write_text(looks + init.read_text())

    assert runner.judge(app.folder, [TOKEN])[TOKEN.id].status == "passed"


def test_a_system_without_fork_is_told(monkeypatch, app):
    """Where no process can be forked, a check says what to do."""
    monkeypatch.setattr("confirmlab.processes.fork_server.FORKS", False)
    with pytest.raises(KitError, match="WSL"):
        runner.judge(app.folder, [TOKEN])
