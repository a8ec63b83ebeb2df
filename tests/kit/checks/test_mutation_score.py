"""Facts about scoring a learner's tests: valid first, then how many faulty apps they catch."""

import textwrap

import pytest

from confirmlab.checks.mutation import mutation_card, mutation_score
from confirmlab.checks.mutation.mutation_runner import Failure, Run
from confirmlab.course import mutants, solutions

OWN = """
def test_own_token(user):
    assert user.confirm(user.generate_confirmation_token())
"""

USUAL = f"""{OWN}

def test_other_users_token(user, other):
    assert not user.confirm(other.generate_confirmation_token())


def test_expired_token(user):
    assert not user.confirm(user.generate_confirmation_token(expiration_sec=-1))


def test_malformed_token(user):
    assert not user.confirm("this is no token")
"""

TOO_STRICT = """
def test_claims(user):
    claims = jwt.decode(user.generate_confirmation_token(), options={"verify_signature": False})
    assert sorted(claims) == ["confirm_id", "exp"]
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Raise the time limits, for a busy machine and the first start of the fork server."""
    monkeypatch.setattr(mutation_score, "SECONDS", 60.0)


@pytest.fixture
def few(monkeypatch):
    """Use two faulty apps only: one that is essential, and one that is not."""
    chosen = [m for m in mutants.of_the_model() if m.id in ("c3_always_no", "c9_end_not_required")]
    monkeypatch.setattr(mutants, "of_the_model", lambda: tuple(chosen))
    monkeypatch.setattr(mutants, "correct", lambda: ())


def score(suite, exercise_id="confirmation-tests"):
    return mutation_score.score(exercise_id, suite)


def uncaught(result):
    return {test.name.partition("_")[0] for test in result.tests if test.outcome != "passed"}


@pytest.mark.parametrize("exercise", mutants.mutation_tasks())
def test_the_reference_catches_all(exercise):
    """The reference suite is valid and catches every faulty app, so it earns full points."""
    result = score(solutions.fill(exercise), exercise)

    assert (result.status, uncaught(result)) == ("passed", set())
    assert f"Caught {len(mutants.mutation_tasks()[exercise].faulty)} of" in result.note
    assert "distinction" in result.note


def test_the_usual_four_catch_some():
    """The four usual tests are valid, and miss some of the essential apps."""
    result = score(USUAL)

    assert result.status == "failed"
    assert uncaught(result) == {"c1", "c4", "c7", "c9", "c11", "c12", "c14", "g1", "g7", "g9"}
    assert "Caught 9 of 19 faulty apps: C2, C3, C5, " in result.note
    assert "Not caught: C1, C4, C7, " in result.note
    assert "Of the essential 8, 3 slip through: C1, C7, C11." in result.note


@pytest.mark.usefixtures("few")
def test_essential_ones_are_enough():
    """A suite that catches all essential apps passes, even if it misses others."""
    result = score(OWN)

    assert (result.status, uncaught(result)) == ("passed", {"c9"})
    assert "a pass. 1 more to catch for a distinction." in result.note


def test_hints_come_one_at_a_time():
    """Only the first of the missed faulty apps shows its hint."""
    missed = [test for test in score(USUAL).tests if test.outcome != "passed"]

    assert missed[0].message and not any(test.message for test in missed[1:])


@pytest.mark.usefixtures("few")
def test_a_faulty_app_is_unnamed_until_caught():
    """A caught app shows its name and story; a missed one shows a hint only."""
    caught, missed = score(OWN).tests[1:]
    always_no, no_end = mutants.of_the_model()

    assert always_no.title in caught.sentence and always_no.story in caught.sentence
    assert "test_own_token" in caught.sentence
    assert no_end.hint in missed.message and no_end.title not in missed.sentence


@pytest.mark.needs_lessons("08")
def test_old_tests_catch_no_hardened_mutant():
    """The usual tests also pass on the hardened app, and catch none of its faulty variants."""
    result = score(USUAL, "hardening-tests")

    assert (result.status, result.tests[0].name) == ("failed", "valid")
    assert "Caught 0 of 7" in result.note


def test_an_over_strict_test_is_set_aside():
    """A test that fails on a correct app is named and costs points; the other tests count."""
    alone, result = score(USUAL), score(USUAL + TOO_STRICT)

    assert (result.status, result.tests[0].name) == ("failed", "test_claims")
    assert "On a correct app (its tokens also " in result.tests[0].message
    assert result.note.startswith("test_claims is set aside and costs")
    assert "Caught 9 of 19" in result.note
    assert alone.score - result.score == pytest.approx(mutation_score.STEP / 35)


def test_an_over_strict_test_earns_nothing():
    """A faulty app that only a set-aside test catches counts as missed."""
    result = score("def test_never(user):\n    assert user.confirm is None")

    assert (result.status, result.score) == ("failed", 0)
    assert "Caught 0 of 19" in result.note and "No test that counts catches" in result.note


@pytest.mark.usefixtures("few")
def test_each_over_strict_test_is_named_once():
    """A function that fails in many cases is named once, and costs points once."""
    result = score(f"""{OWN}

@pytest.mark.parametrize("text", ["a", "b", "c"])
def test_it(user, text):
    assert user.confirm(text), "let me in"
""")

    assert [test.name for test in result.tests][:2] == ["test_it", "c3_always_no"]
    assert result.tests[0].message == "On the reference it fails: let me in"
    assert result.lost == mutation_score.STEP


def test_one_mistake_in_a_helper_costs_once():
    """Tests that fail at the same line of a helper are all set aside, and cost points once."""
    key = "current_app.secret_key"
    strict = f'jwt.decode(token, {key}, algorithms=["HS512"])'
    suite = solutions.fill("confirmation-tests")
    result = score(
        suite.replace('jwt.decode(token, options={"verify_signature": False})', strict).replace(
            "def claims_of", "from flask import current_app\n\n\ndef claims_of"
        )
    )

    assert "test_lifetime" in result.note and "for one mistake, which costs" in result.note
    assert result.lost == mutation_score.STEP


def test_tests_may_use_the_pages_of_the_app():
    """A test can use the app's views, which are those after the core lessons."""
    result = score(f"""{USUAL}

def test_click(app, user):
    client = app.test_client()
    form = {{"email": user.email, "password": "correct horse"}}
    client.post("/auth/login", data=form)
    client.get(f"/auth/confirm/{{user.generate_confirmation_token()}}")
    db.session.refresh(user)
    assert user.confirmed
""")

    assert not result.lost, result.note


def test_a_test_that_fails_by_chance_is_set_aside():
    """A test that fails nine times of ten is set aside, since it fails on a correct app."""
    result = score("import random\n\n\ndef test_it():\n    assert random.random() > 0.9")

    assert (result.tests[0].name, result.score) == ("test_it", 0)


def test_what_is_caught_once_only_does_not_count(monkeypatch):
    """If essential apps were missed, a faulty app must be caught in two rounds to count."""
    mutation_task = mutants.mutation_tasks()["confirmation-tests"]
    rounds = iter([mutation_task.faulty[:4], mutation_task.faulty[3:6]])

    def run(sound, faulty, *_):
        failed = (Failure("test_it", ""),)
        caught = next(rounds)
        assert set(caught) & set(faulty)
        bad = [Run(one, ("test_it",), failed if one in caught else (), "done") for one in faulty]
        return [*bad, *(Run(one, ("test_it",), (), "done") for one in sound)]

    monkeypatch.setattr(mutation_score.mutation_runner, "run", run)
    assert uncaught(score(OWN)) == {m.id.partition("_")[0] for m in mutation_task.faulty} - {"c4"}


def test_what_is_caught_counts_after_many_rounds_with_strict_tests(monkeypatch):
    """However many rounds set tests aside, the apps that the other tests catch count."""
    mutation_task = mutants.mutation_tasks()["confirmation-tests"]
    too_strict = [f"test_strict_{letter}" for letter in "abcd"]
    failing = iter(too_strict)
    caught = mutation_task.faulty[:2]

    def run(sound, faulty, *_):
        strict = next(failing, None)
        failed = (Failure(strict, ""),) if strict else ()
        names = ("test_it", *filter(None, [strict]))
        noticed = (Failure("test_it", ""),)
        bad = [Run(one, names, noticed if one in caught else (), "done") for one in faulty]
        return [*bad, *(Run(one, names, failed, "done") for one in sound)]

    monkeypatch.setattr(mutation_score.mutation_runner, "run", run)
    result = score(OWN)

    assert [test.name for test in result.tests if test.name in too_strict] == too_strict
    assert f"Caught 2 of {len(mutation_task.faulty)} faulty apps" in result.note


@pytest.mark.usefixtures("few")
def test_essential_apps_weigh_more():
    """Only faulty apps earn points; an essential one is worth as much as three others."""
    assert score(OWN).score == 3 / 4
    assert score("def test_it():\n    assert True").score == 0


@pytest.mark.parametrize(
    ("suite", "sentence"),
    [
        ("user.confirm(user.generate_confirmation_token())", "No test asserts anything"),
        ("assert True", "No test calls confirm()"),
        ("assert 'HS512' in open('app/models.py').read()", "No test calls confirm()"),
        ("assert user.confirm\nassert user.generate_confirmation_token", "whatever the app does"),
        (
            "User.confirm = lambda self, token: False\nassert not user.confirm('x')",
            "something that they have put there themselves",
        ),
    ],
    ids=["no assert", "asserts True", "reads the source", "calls nothing", "patches the app"],
)
@pytest.mark.usefixtures("few")
def test_tests_that_catch_nothing(suite, sentence):
    """Tests that cannot fail catch nothing, and the card says why."""
    result = score("def test_it(user):\n" + textwrap.indent(suite, "    "))

    assert result.status == "failed" and uncaught(result) == {"c3", "c9"}
    assert sentence in result.first_failure.message


@pytest.mark.usefixtures("few")
def test_a_missing_exception_is_explained():
    """If pytest.raises sees no exception, the card says so, and asks what comes back instead."""
    own = """
    import jwt, pytest

    def test_it(user):
        with pytest.raises(jwt.InvalidTokenError):
            user.confirm("coo")
    """
    result = score(textwrap.dedent(own))

    assert "waited for InvalidTokenError, and nothing was raised" in result.tests[0].message


def test_an_empty_suite_is_not_valid():
    """A suite without tests is not called valid."""
    result = score("# Tests will follow.")

    assert (result.status, len(result.tests)) == ("failed", 1)
    assert "begins with test_" in result.tests[0].message


@pytest.mark.usefixtures("few")
def test_a_test_that_leaves_is_set_aside():
    """A test that ends the process is set aside, and the others still run."""
    result = score("def test_it():\n    import os\n\n    os._exit(0)\n" + OWN)

    assert (result.status, result.tests[0].name, uncaught(result)) == (
        "failed",
        "test_it",
        {"test", "c9"},
    )
    assert "does a test call exit()?" in result.tests[0].message


@pytest.mark.usefixtures("few")
def test_an_endless_loop_is_set_aside(monkeypatch):
    """A test that never ends is stopped and set aside."""
    monkeypatch.setattr(mutation_score, "SECONDS", 1.0)

    result = score("def test_it():\n    while True:\n        pass\n" + OWN)

    assert (result.status, result.tests[0].name, uncaught(result)) == (
        "failed",
        "test_it",
        {"test", "c9"},
    )
    assert "is there a loop that never stops?" in result.tests[0].message


def test_a_broken_file_is_reported():
    """If the file of tests cannot be imported, the result says so and gives the reason."""
    result = score("import nonsuch\n" + OWN)

    assert result.status == "failed"
    assert "No module named 'nonsuch'" in result.tests[0].message


@pytest.mark.usefixtures("few")
def test_a_name_used_twice_is_told():
    """Of two tests with one name Python keeps the last; the note says so, however it ended."""
    twice = f"{OWN}\n\ndef test_own_token(user):\n    assert not user.confirm('coo')\n"
    result = score(twice)

    assert result.status == "failed"
    assert result.note.startswith("Defined more than once: test_own_token. Only the last one")
    assert "more than once" not in score(OWN).note


USER_USED = "token = user.generate_confirmation_token()\n    assert user.confirm(token)"
SLIPS = {
    "a fixture that is no parameter": (
        f"def test_yes():\n    {USER_USED}",
        "name 'user' is not defined; a fixture is there if the test has it as a parameter",
    ),
    "current_app": (
        "def test_key(user):\n    assert current_app.secret_key",
        "in a test, name the fixture app as a parameter",
    ),
    "a name that is not imported": (
        "def test_late(user):\n    time.sleep(1)",
        "name 'time' is not defined; is it spelt as where it was made, or imported?",
    ),
    "an unknown fixture": (
        "def test_yes(users):\n    assert users",
        "There is no fixture named 'users'; given are app, user, other",
    ),
    "a fixture that is called": (
        "def test_yes(user):\n    assert user().id",
        "what a fixture made is used without ()",
    ),
}


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_test_is_explained(slip):
    """A name or fixture that a test does not have is explained on the card."""
    suite, words = SLIPS[slip]

    assert words in score(suite).first_failure.message


def test_claims_are_read_without_a_key():
    """A test that decodes with the key fails where there is an audience; the card says why."""
    read = "jwt.decode(user.generate_confirmation_token(), app.secret_key, algorithms=['HS512'])"
    result = score(f"def test_id(user, app):\n    assert {read}['confirm_id'] == user.id")

    assert "decode with `verify_signature` off" in result.first_failure.message


@pytest.mark.parametrize("name", ["raises(TypeError)", "pytest.raises(TypeError)"])
def test_raises_is_an_assertion(name):
    """A suite that asserts with `raises` only is not told that it asserts nothing."""
    suite = f"def test_it(user):\n    with {name}:\n        user.confirm()"

    assert "asserts anything" not in mutation_card.why_none_is_caught(suite)
