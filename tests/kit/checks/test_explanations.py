"""Facts about the sentences that explain why a test failed."""

import pytest

from confirmlab.base.errors import SiteError
from confirmlab.checks.app.app_errors import AppDied, AppError, AppTimeout
from confirmlab.checks.explanations import explain
from confirmlab.processes.jobs import DIED
from confirmlab.site.driver import json_values


def test_an_assertion_speaks_for_itself():
    """The first line of an assertion's message is shown, without the exception's name."""
    assert explain(AssertionError("seen: 3\nassert 3 == 4"))[:2] == ("failed", "seen: 3")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("the mail has no link", "The mail has no link"),
        ("two, or three, mails came", "Two, or three, mails came"),
        ("confirm() said no", "confirm() said no"),
        ("jwt.decode took it", "jwt.decode took it"),
        ("confirm_id is missing", "confirm_id is missing"),
        ("'confirmed' is 1", "'confirmed' is 1"),
    ],
)
@pytest.mark.parametrize("kind", [AssertionError, pytest.fail.Exception])
def test_a_message_begins_with_a_capital(kind, message, shown):
    """A message begins with a capital, unless code stands at its beginning."""
    assert explain(kind(message))[:2] == ("failed", shown)


@pytest.mark.parametrize(
    ("raised", "sentence"),
    [
        ({"type": "NameError", "message": "x"}, "The app raised NameError: x"),
        ({"type": "SystemExit"}, "The app raised SystemExit."),
        ({"type": "SyntaxError", "message": "no"}, "SyntaxError: no"),
        (
            {
                "type": "ArgumentError",
                "message": "Argument 'arg' is expected to be one of type '<class 'str'>' or …",
            },
            "The app raised ArgumentError: server_default takes SQL and no value of Python; "
            "lesson 03 says how SQLAlchemy spells it, brackets and all",
        ),
        (
            {"type": "AttributeError", "message": "'str' object has no attribute 'decode'"},
            "The app raised AttributeError: 'str' object has no attribute 'decode'; "
            "jwt.encode returns a text",
        ),
        ({"type": {}, "message": ["x"]}, "The app raised ."),
    ],
)
def test_what_the_app_raised_is_reported(raised, sentence):
    """An exception of the app is reported with its type and its line."""
    explained = explain(AppError(raised | {"where": "app/models.py, line 3: x"}))

    assert explained == ("error", sentence, "app/models.py, line 3: x")


def test_the_line_where_the_learner_works_is_named():
    """If an error came through several lines, the one in the exercise's file is named."""
    raised = {"type": "ValueError", "message": "x", "where": "app/models.py, line 3: x"}
    calls = ["app/auth/views.py, line 9: y", "app/auth/views.py, line 7: z"]

    error = AppError(raised | {"by_way_of": calls})

    assert explain(error, "app/auth/views.py")[2] == calls[0]
    assert explain(error, "app/email.py")[2] == "app/models.py, line 3: x"
    assert explain(AppError(raised | {"by_way_of": {"x": 1}}))[2] == "app/models.py, line 3: x"


def test_timeouts_and_crashes_are_distinguished():
    """A timeout and a crash each have their own outcome and sentence."""
    assert explain(AppTimeout("4"))[0] == "timeout"
    assert "4 seconds" in explain(AppTimeout("4"))[1]
    assert explain(AppDied()) == ("error", DIED, "")


def test_a_long_message_is_cut():
    """A message of megabytes is shortened to fit on a card."""
    assert len(explain(AssertionError("x" * 5_000_000))[1]) < 400


def test_endless_redirects_are_explained():
    """For endless redirects a sentence is shown, and no exception name."""
    assert explain(SiteError("The redirects never end."))[1] == "The redirects never end."


def test_the_line_of_the_cause_is_named():
    """If an assertion was raised from an exception of the app, the app's line is named."""
    error = AssertionError("confirm() raised NameError")
    error.__cause__ = AppError({"type": "NameError", "where": "app/models.py, line 3: x"})

    assert explain(error)[2] == "app/models.py, line 3: x"


def test_a_name_of_the_class_body_gets_a_hint(tmp_path):
    """For a NameError in a method, an import in the class body is named as the cause."""
    path = tmp_path / "models.py"
    path.write_text(
        "class User:\n    import time\n    def now(self):\n        return time.time()\n"
    )
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    with pytest.raises(NameError) as raised:
        space["User"]().now()
    _, message, _ = explain(AppError(json_values.error_report(raised.value, tmp_path)))

    assert message.startswith("The app raised NameError: name 'time' is not defined; it stands in")
    assert "self.time" in message
