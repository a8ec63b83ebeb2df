"""Facts about grading one submission."""

import math
from dataclasses import replace

import pytest
from sample_fills import changed

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox import tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.grading.baseline import Baseline, measure
from confirmlab.grading.grader import Grader

HIDDEN = {
    "test_more.py": '''
import pytest

@pytest.mark.exercise("welcome-line", points=2)
def test_guests(visitor):
    """A guest is called stranger."""
    assert "stranger" in visitor().open("/").text, "the secret word was expected"
'''
}
SHOUTING = '<p class="lead">HELLO</p>'


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("auto") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def known(sandbox):
    return measure(sandbox, HIDDEN)


@pytest.fixture(scope="module")
def grader(sandbox, known):
    grader = Grader(sandbox, known)
    yield grader
    grader.close()


@pytest.fixture
def graded(grader, tmp_path):
    """Return a function that grades fills, and returns the grade and its exercises by id."""

    def graded(fills, by=grader):
        app = skeleton.build(tmp_path / "my_app", fills)
        grade = by.grade("ada", [app])
        return grade, {entry.exercise: entry for entry in grade.exercises}

    return graded


@pytest.fixture(scope="module")
def visible(sandbox, known):
    """Return a function that makes a grader of some lessons without hidden tests."""
    graders = []

    def visible(*lessons, **more):
        tests = tuple(test for test in known.tests if not test["hidden"])
        given = replace(known, tests=tests, hidden={}, lessons=lessons, **more)
        graders.append(Grader(sandbox, given))
        return graders[-1]

    yield visible
    for grader in graders:
        grader.reader.close()


@pytest.fixture(scope="module")
def of_the_model(visible):
    return visible("03", "05")


def solved(**changed):
    return solutions.fills() | {name.replace("_", "-"): text for name, text in changed.items()}


def test_the_finished_app_earns_all(graded):
    """The finished app earns all points, and passes each exercise."""
    grade, entries = graded(solved())
    assert (grade.status, grade.points) == ("graded", grade.out_of)
    assert {entry.status for entry in entries.values()} == {"passed"}


def test_each_test_counts_once(graded, of_the_model):
    """Without hidden tests, each test is run once and listed once in the grade."""
    _, entries = graded(solved(), of_the_model)
    names = [test.name for entry in entries.values() for test in entry.in_full_app.tests]
    assert len(names) == len(set(names)) > 0


def test_only_the_wanted_lessons_are_graded(graded, of_the_model):
    """A grade of some lessons contains only their exercises and points."""
    grade, entries = graded(solved(gate="pass"), of_the_model)
    assert {entry.lesson for entry in entries.values()} == {"03", "05"}
    assert grade.points == grade.out_of


def test_one_mistake_costs_one_exercise(graded, of_the_model):
    """A missing column costs its own points, not those of the exercises that need it."""
    _, entries = graded(solved(confirmed_column="pass"), of_the_model)
    missed = [name for name, entry in entries.items() if entry.status != "passed"]
    assert missed == ["confirmed-column"]
    both = entries["confirm-token"]
    assert (both.in_full_app.status, both.in_reference_app.status) == ("failed", "passed")


def test_one_mistake_takes_three_runs(graded, visible, monkeypatch):
    """If one fill fails many exercises, the others run together, and each gets its result."""
    grader, ran = visible("03", "05", "06"), []
    run = grader._run_app
    monkeypatch.setattr(grader, "_run_app", lambda *given: ran.append(given) or run(*given))
    fill = "def confirm(self, token):\n    return False"

    _, entries = graded(solutions.fills("07") | {"confirm-token": fill}, grader)

    missed = [name for name, entry in entries.items() if entry.status != "passed"]
    assert missed == ["confirm-token"]
    again = [name for name, entry in entries.items() if entry.in_reference_app]
    assert len(again) > 3
    assert len(ran) == 3


def test_two_mistakes_are_separated(graded, visible):
    """Two wrong fills each fail alone; the exercises that build on them pass."""
    fills = solutions.fills("07")
    wrong = {
        "generate-token": fills["generate-token"].replace("HS512", "HS256"),
        "confirm-view": fills["confirm-view"].replace("db.session.commit()", "pass"),
    }

    _, entries = graded(fills | wrong, visible("03", "05", "06"))

    assert {name for name, entry in entries.items() if entry.status != "passed"} == set(wrong)


def test_a_view_with_another_name_earns_half(graded, visible):
    """A working view that url_for does not find earns half; what builds on it earns all."""
    fills = solutions.fills("07")
    view = changed(fills, "confirm-view", ("def confirm(", "def confirm_address("))

    _, entries = graded(fills | {"confirm-view": view}, visible("05", "06", "07"))

    missed = {name: entry.points for name, entry in entries.items() if entry.status != "passed"}
    assert missed == {"confirm-view": lessons.load().exercise("confirm-view").points / 2}


def test_a_mistake_that_nothing_else_explains_takes_one_run(graded, visible, monkeypatch):
    """If only one fill fails, it is not run again; later lessons are still open."""
    grader, ran = visible("03"), []
    run = grader._run_app
    monkeypatch.setattr(grader, "_run_app", lambda *given: ran.append(given) or run(*given))
    fills = solutions.fills("03")
    fills["confirm-token"] = fills["confirm-token"].replace("return True", "return False")

    _, entries = graded(fills, grader)

    assert [name for name, entry in entries.items() if entry.status != "passed"] == [
        "confirm-token"
    ]
    assert len(ran) == 1


def test_lessons_that_are_not_graded_are_the_references(graded, visible):
    """Open blanks of lessons that are not graded are filled by the reference."""
    only = {"confirm-view": solutions.fills("07")["confirm-view"]}

    _, entries = graded(only, visible("05"))

    assert entries["confirm-view"].in_full_app.status == "passed"


def test_a_mistake_in_a_lesson_that_is_not_graded_costs_nothing(graded, visible):
    """A wrong fill of a lesson that is not graded takes no points from one that is."""
    wrong = {"confirm-token": "def confirm(self, token):\n    return False"}

    _, entries = graded(solutions.fills("07") | wrong, visible("05"))

    assert entries["confirm-view"].in_full_app.status == "failed"
    assert entries["confirm-view"].status == "passed"


def test_an_open_blank_is_open(graded):
    """An untouched blank is open, and earns nothing even if some of its tests pass."""
    grade, entries = graded({"welcome-line": solutions.fills()["welcome-line"]})
    assert entries["gate"].status == "open"
    assert grade.points == entries["welcome-line"].points == 1


def test_a_hidden_test_counts(graded):
    """A hidden test counts with its points, in addition to the visible tests."""
    _, entries = graded({"welcome-line": SHOUTING})
    hidden = [test for test in entries["welcome-line"].in_full_app.tests if test.hidden]
    assert [(test.outcome, test.points) for test in hidden] == [("failed", 2)]


def test_a_syntax_error_is_named(graded, of_the_model):
    """If the app cannot be imported, each exercise names the error."""
    grade, entries = graded({**solved(), "confirm-token": "def confirm(:"}, of_the_model)
    assert grade.status == "graded"
    assert "SyntaxError" in entries["confirm-token"].best.first_failure.message
    assert entries["confirm-view"].status == "passed"


def test_an_exit_is_a_crash(graded, of_the_model):
    """An app that ends its process gets the status crashed; its other blanks keep their points."""
    leaving = "def confirm(self, token):\n    import os\n    os._exit(0)"
    grade, entries = graded(solved(confirm_token=leaving), of_the_model)
    assert grade.status == "crashed"
    assert (entries["confirm-token"].points, entries["confirm-view"].status) == (0, "passed")


@pytest.mark.parametrize("exercise", mutants.mutation_tasks())
def test_tests_of_the_learner_are_scored(graded, exercise):
    """Learners' tests that catch no faulty app earn nothing."""
    idle = "def test_nothing():\n    assert True"
    _, entries = graded({exercise: idle})
    entry = entries[exercise]
    assert (entry.points, entry.status) == (0, "failed")


def test_nothing_handed_in(grader, tmp_path):
    """A folder without the course's files gets a status and a sentence, but no points."""
    (tmp_path / "essay.txt").write_text("Dear teacher")
    grade = grader.grade("ada", [tmp_path])
    assert (grade.status, grade.exercises) == ("unreadable", ())
    assert grade.sentence not in grade.damage  # reports show both
    assert "essay.txt" in grade.sentence


def test_a_reference_that_fails_stops_the_class(sandbox):
    """If the reference fails, nobody is graded, and the first failure is named."""
    wrong = {"test_more.py": HIDDEN["test_more.py"].replace('"stranger"', '"pigeon loft"')}
    with pytest.raises(KitError, match="test_guests.*The secret word.*Correct the hidden tests"):
        measure(sandbox, wrong, ("00",))


def test_a_kit_that_fails_its_own_tests_names_the_way_out(sandbox, monkeypatch):
    """If the kit's own tests fail on the reference, the error does not ask to correct them."""
    monkeypatch.setattr(solutions, "fills", lambda *_: {})
    with pytest.raises(KitError, match=r"fails the graded tests .* Run confirmlab doctor, close"):
        measure(sandbox, {}, ("00",))


def test_the_limit_follows_the_work(known):
    """An app gets four times the reference's time for the lessons that are judged."""
    one = [e for e in lessons.load().exercises if e.lesson == "07"]
    assert known.limit(one) == max(known.least, math.ceil(4 * known.seconds["07"]))
    assert known.limit(lessons.load().exercises) > known.limit(one)


def test_the_reference_is_run_once_for_all_lessons(sandbox, monkeypatch):
    """One run measures all graded lessons; each gets a part of its processor time."""
    runs, judged = [], tasks.run_app_and_tests
    monkeypatch.setattr(
        tasks, "run_app_and_tests", lambda *given: runs.append(judged(*given)) or runs[-1]
    )

    known = measure(sandbox, {}, ("03", "05"))

    (run,) = runs
    assert sorted(known.seconds) == ["03", "05"] and all(known.seconds.values())
    assert math.isclose(sum(known.seconds.values()), run.seconds)


def test_only_what_is_handed_in_is_measured(sandbox, tmp_path):
    """The reference runs only on lessons that somebody hands in, when that is needed."""
    grader = Grader(sandbox, Baseline())
    assert not grader.baseline.seconds

    grade = grader.grade("ada", [skeleton.build(tmp_path / "my_app", {"welcome-line": SHOUTING})])
    grader.reader.close()

    assert grade.status == "graded"
    assert set(grader.baseline.seconds) == {"00"}


def test_hidden_tests_without_an_exercise_stop_the_class(sandbox):
    """Hidden tests without a graded exercise are an error."""
    unmarked = {"test_more.py": "def test_nothing():\n    assert True"}
    with pytest.raises(KitError, match="None of the hidden tests.*; mark one with"):
        measure(sandbox, unmarked, ("00",))


def test_an_endless_loop_is_a_timeout(graded, visible):
    """An app that never answers gets the status timeout, within the reference's limit."""
    loop = "OPEN_WHILE_UNCONFIRMED = set()\n\n@auth.before_app_request\ndef gate():\n    while 1: 0"
    grade, entries = graded({"gate": loop}, visible("07", seconds={}, least=1.0))
    assert grade.status == "timeout"
    assert entries["gate"].best.first_failure.outcome == "timeout"


def test_equal_apps_are_run_once(graded, grader, monkeypatch):
    """A second submission with the same text gets the first one's results without a run."""
    first, _ = graded({"welcome-line": SHOUTING})
    monkeypatch.setattr(grader, "_run_app", lambda *_: pytest.fail("it was run again"))

    second, _ = graded({"welcome-line": SHOUTING})

    assert [e.points for e in second.exercises] == [e.points for e in first.exercises]


def test_equal_tests_are_scored_once(graded, visible, monkeypatch):
    """A second submission with the same learner's tests gets their score without a run."""
    grader = visible("04")
    task = next(iter(mutants.mutation_tasks()))
    suite = "def test_nothing():\n    assert 1"
    first, _ = graded({task: suite}, grader)
    monkeypatch.setattr(grader, "_score", lambda *_: pytest.fail("it was run again"))

    second, _ = graded({task: suite}, grader)

    assert second.exercises == first.exercises


def test_learners_tests_can_be_scored_beside_their_app(visible, sandbox, graded, monkeypatch):
    """With a second sandbox for the learner's tests, the grade is the same."""
    alone = visible("03", "04")
    fills = solutions.fills("04")
    with Sandbox(sandbox.kind) as beside:
        ran = []
        run = beside.run
        monkeypatch.setattr(beside, "run", lambda job: ran.append(job.work.__name__) or run(job))
        both = Grader(sandbox, alone.baseline, alone.reader, beside=beside)

        given, _ = graded(fills, both)

    assert ran == ["run_suite"]
    assert given.points == graded(fills, alone)[0].points == given.out_of


def test_an_error_beside_is_an_error(visible, sandbox, graded, monkeypatch):
    """If the second sandbox does not start, grading stops with its error."""
    alone = visible("04")
    with Sandbox(sandbox.kind) as beside:
        both = Grader(sandbox, alone.baseline, alone.reader, beside=beside)
        monkeypatch.setattr(beside, "run", lambda job: raised("no room"))

        with pytest.raises(KitError, match="no room"):
            graded(solutions.fills("04"), both)


def raised(text):
    raise KitError(text)
