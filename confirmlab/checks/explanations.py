"""Explain an error that ended a test in a sentence for the learner."""

import re
from pathlib import Path
from typing import Any

import pytest

from confirmlab.base.errors import SiteError
from confirmlab.base.text import clipped
from confirmlab.checks.app.app_errors import AppDied, AppError, AppTimeout, InvalidAnswer
from confirmlab.processes.jobs import DIED, STILL_RUNNING
from confirmlab.processes.limits import ORDER_SECONDS
from confirmlab.site.driver import json_values

TIMEOUT_MESSAGE = f"{STILL_RUNNING} Or does your code wait for something that never comes?"
INVALID_ANSWER_MESSAGE = (
    "The process of the app sent something that the tests did not ask for: {what}. Does your code "
    "write to a socket or a pipe that it did not open?"
)
# SQLAlchemy does not name the argument that it refuses.
_SERVER_DEFAULT = (
    "server_default takes SQL and no value of Python; lesson 03 says how SQLAlchemy spells it, "
    "brackets and all"
)
# Type of an exception, part of its message, and a sentence that explains it better.
_EXPLANATIONS = (
    (
        *("AttributeError", "AnonymousUserMixin"),
        "nobody is logged in, in this request. Does @login_required stand between the route and "
        "the function? Where visitors are welcome, ask current_user.is_authenticated first",
    ),
    ("AttributeError", "'str' object has no attribute 'decode'", "jwt.encode returns a text"),
    ("TypeError", "'bool' object is not callable", "is_authenticated and the like take no ()"),
    ("TypeError", "send_email() takes", "what the templates use is passed by name"),
    ("TypeError", "url_for() takes", "what goes into the path is passed by name, as in token=…"),
    (
        *("NameError", "name 'self'"),
        "only a method has one, and names self as its first parameter",
    ),
    (
        *("NameError", "name 'user' is not defined"),
        "a method calls its own user `self`, and a view calls whoever is logged in `current_user`",
    ),
    (
        *("NameError", "name 'current_user' is not defined"),
        "a model knows nothing of requests: a method calls its own user `self`",
    ),
    (
        *("NameError", "name 'app' is not defined"),
        "views belong to a blueprint, here `auth`; elsewhere `current_app` is the app",
    ),
    (
        *("TypeError", "encode() got an unexpected keyword argument 'algorithms'"),
        "jwt.encode signs with one algorithm, and its argument is in the singular",
    ),
    *(
        ("TypeError", f"User.{method}() missing 1", "it is called on a user, not on the class")
        for method in ("confirm", "generate_confirmation_token")
    ),
    (
        *("TypeError", "User.confirm() takes 1 positional argument"),
        "the token is its second parameter, after self",
    ),
    *(
        ("TypeError", f"{decorator}() missing 1", "this decorator stands without ()")
        for decorator in ("login_required", "before_app_request")
    ),
    ("AttributeError", "'dict' object has no attribute", "what a dict holds is read with []"),
    (
        *("AttributeError", "'SecureCookieSession' object"),
        "`session` is the visitor's cookie, `db.session` the database's",
    ),
    ("BuildError", "Did you mean", "%flask routes lists the endpoints that there are"),
    (
        *("UndefinedError", "'user' is undefined"),
        "a page knows `current_user`; the template of a mail knows what send_email was given",
    ),
    (
        *("TypeError", "unexpected keyword argument 'token'"),
        "what stands in < > in a route is passed to its function under that name",
    ),
    ("TypeError", "unexpected keyword argument 'method'", "a route takes `methods`, a list"),
    *(
        ("TypeError", f"argument of type '{kind}'", "which attribute of it holds the text?")
        for kind in ("User", "EmailField")
    ),
    (
        *("TypeError", "a bytes-like object is required, not 'str'"),
        'a text becomes bytes with .encode(), or with a b before its quotes, as in b"…"',
    ),
    (
        *("TypeError", "Expected a string or bytes value"),
        "the key is neither a text nor bytes. If it comes from a function, does that return a list "
        "of keys, and is one of them taken?",
    ),
    (
        *("IntegrityError", "NOT NULL constraint failed"),
        "a row was saved with no value for this column: is there a default, or does your code set "
        "one?",
    ),
    ("TemplateNotFound", "", "a template's name is its path below app/templates"),
    ("TemplateNotFound", ".txt", "send_email takes a name without an ending"),
    (
        *("TemplateSyntaxError", "Encountered unknown tag 'url_for'"),
        "what is to be shown stands in {{ … }}; {% … %} is for words such as `if`",
    ),
    ("TemplateSyntaxError", "unexpected '}'", "what begins with two braces ends with two"),
    ("TypeError", "is not JSON serializable", "a claim holds a text or a number"),
    (
        *("TypeError", "type datetime is not JSON serializable"),
        "only for `exp` and a few more names does jwt.encode take a datetime",
    ),
    *(
        ("TypeError", f"type {kind} is not JSON serializable", "was it called, with ()?")
        for kind in ("function", "method")
    ),
    (
        *("ArgumentError", "Python typing annotation is required"),
        "state the type before the =, as for other columns",
    ),
    (
        *("ArgumentError", "'SchemaItem' object"),
        "in the brackets a default needs its name before it, as in `default=…`, and the SQL type "
        "can be left out",
    ),
    ("MappedAnnotationError", "", "the annotation of a column is Mapped[…], such as Mapped[bool]"),
)
# What pytest.raises says if nothing was raised.
_NOT_RAISED = re.compile("DID NOT RAISE (.+)")
_FIXTURES = ("app", "user", "other")  # those of my_app/tests/conftest.py
# The same for an exception that a line of the learner's own tests raised.
_HINTS_FOR_TESTS = (
    ("TypeError", "'User' object is not callable", "what a fixture made is used without ()"),
    (
        *("InvalidAudienceError", ""),
        "only to read the claims, decode with `verify_signature` off, as in the table of forgeries",
    ),
)
_MAX_MESSAGE = 300  # characters of an exception's message on a card


def explain(error: BaseException, file: str = "") -> tuple[str, str, str]:
    """Return the outcome of a test that raised this error, a sentence, and the line of the app.

    If the error came through a line of `file`, where the learner works, this one is named.
    """
    raised_by = error if isinstance(error, AppError) else error.__cause__
    where = raised_by.where_in(file) if isinstance(raised_by, AppError) else ""
    lines = str(error).strip().splitlines()
    message = clipped(lines[0], _MAX_MESSAGE) if lines else ""
    if isinstance(error, AssertionError):
        message = message.removeprefix("AssertionError: ") or "An assert does not hold."
        return "failed", _with_capital(message), where
    if isinstance(error, AppError):
        return "error", raised(error), where
    if isinstance(error, AppTimeout):
        return "timeout", TIMEOUT_MESSAGE.format(seconds=str(error) or ORDER_SECONDS), ""
    if isinstance(error, AppDied):
        return "error", DIED, ""
    if isinstance(error, InvalidAnswer):
        return "error", INVALID_ANSWER_MESSAGE.format(what=message), ""
    if isinstance(error, pytest.fail.Exception):
        return "failed", _with_capital(message), where
    if isinstance(error, pytest.FixtureLookupError):
        return "error", f"There is no fixture named {error.argname!r}", where
    if isinstance(error, SiteError):
        return "error", message, where
    name = type(error).__name__
    return (
        "error",
        f"The test raised {name}: {message}" if message else f"The test raised {name}.",
        where,
    )


def explain_inside(error: BaseException, folder: Path) -> tuple[str, str]:
    """Return a sentence and the app's line for an error of a test in the app's own process."""
    report = json_values.error_report(error, folder)
    if isinstance(error, AssertionError | pytest.fail.Exception) and report["message"]:
        text = report["message"].removeprefix("AssertionError: ")
        text = _NOT_RAISED.sub(
            r"pytest.raises waited for \1, and nothing was raised: what comes back instead?", text
        )
    elif isinstance(error, pytest.FixtureLookupError):
        text = f"There is no fixture named {error.argname!r}; given are {', '.join(_FIXTURES)}"
    else:
        in_test = report["where"].startswith("tests/")
        # What a name stands for in the app is of no use in a test: it has fixtures.
        text = raised(AppError(report), hinting=not (in_test and isinstance(error, NameError)))
        if in_test:
            text = text.replace("The app raised", "The test raised", 1)
            text += _hint_for_test(error, report)
    return text, report["where"]


def _hint_for_test(error: BaseException, report: dict[str, Any]) -> str:
    """Return a hint on an exception of a learner's test, for the end of a message."""
    if not isinstance(error, NameError):
        return _hints(_HINTS_FOR_TESTS, report["type"], report["message"])
    name = getattr(error, "name", "")
    if name in _FIXTURES:
        return "; a fixture is there if the test has it as a parameter"
    if name == "current_app":
        return "; in a test, name the fixture app as a parameter, and use that"
    return "; is it spelt as where it was made, or imported?"


def raised(error: AppError, hinting: bool = True) -> str:
    """Return a sentence about the exception that the app raised, with hints on usual ones."""
    message = error.message
    if error.type == "SyntaxError":
        return f"SyntaxError: {message}"
    if error.type == "ArgumentError" and message.startswith("Argument 'arg' is expected"):
        message = _SERVER_DEFAULT
    hints = _hints(_EXPLANATIONS, error.type, message) if hinting else ""
    if hints and message.endswith("?"):
        message = f"{clipped(message, _MAX_MESSAGE)} {hints.removeprefix('; ')}"
    elif hints:
        message = f"{clipped(message, _MAX_MESSAGE).removesuffix('.')}{hints}"
    return f"The app raised {error.type}: {message}" if message else f"The app raised {error.type}."


def _hints(table: tuple[tuple[str, str, str], ...], kind: str, message: str) -> str:
    """Return the sentences of a table on an exception of this type, each after a semicolon."""
    fitting = (hint for name, part, hint in table if name == kind and part in message)
    return "".join(f"; {hint}" for hint in fitting)


def _with_capital(message: str) -> str:
    """Return a message as a sentence begins, unless it begins with code such as confirm()."""
    is_word = re.match(r"[a-z]+,? ", message)
    return message[0].upper() + message[1:] if is_word else message
