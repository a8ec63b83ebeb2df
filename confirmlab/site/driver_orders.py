"""The orders that the app's process carries out for the graded tests; each method is a verb."""

import atexit
import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any, TypeVar

from confirmlab.site import plain_process, sleepers
from confirmlab.site.in_process_server import Request, ThreadedWSGIServer, passed_on
from confirmlab.site.json_values import LONGEST, SHORT, error_report, plain

T = TypeVar("T")


class Orders:
    """The app, with a method for each verb of an order."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.db = app.extensions["sqlalchemy"]
        self._server = ThreadedWSGIServer()
        self._travel: Any = None
        self._undo: list[Callable[[], None]] = []
        self._mistakes: list[dict[str, Any]] = []
        self._key: Any = None
        self._reason = ""
        self._watch_jwt()

    def visit(
        self, method: str, path: str, host: str, headers: list[list[str]], body: str
    ) -> dict[str, Any]:
        """Return the app's answer to one request."""
        request = Request(method, path, host, headers, body)
        with self._raising(request):
            self._server.answer(passed_on(self.app), request)
        return {
            "status": request.status,
            "headers": [[str(name), str(value)] for name, value in request.answered],
            "body": request.answer.decode("latin-1")[:LONGEST],
        }

    def call(
        self,
        what: str,
        on: int | dict[str, str] | None = None,
        args: Sequence[Any] = (),
        named: dict[str, Any] | None = None,
        end: str = "",
        within: dict[str, Any] | None = None,
        view: str = "",
    ) -> dict[str, Any]:
        """Call a method of a user, or the function `module:name`; commit or roll back if asked.

        It is called within a request if one is given, in place of a view if its endpoint is given.
        Return its result, the user's `confirmed`, and the key and error that `jwt` was seen with.
        """
        work = partial(self._call, what, on, args, named or {}, end)
        if within is not None and view in self.app.view_functions:
            told = self._in_place_of(view, within, work)
            if told:
                return told[0]
        return self._inside(within, work)

    def tokens(self, numbers: list[int], within: dict[str, Any] | None = None) -> list[Any]:
        """Return a confirmation token for each of these users."""

        def work() -> list[Any]:
            from app.models import User

            users = [self.db.session.get(User, number) for number in numbers]
            return [made(user) for user in users]

        own = os.getpid()

        def made(user: Any) -> Any:
            token = plain(user.generate_confirmation_token())
            if os.getpid() != own:
                os._exit(0)  # a copy that the learner's code forked: each call would double them
            return token

        return self._inside(within, work)

    def _in_place_of(self, endpoint: str, asked: dict[str, Any], work: Callable[[], T]) -> list[T]:
        """Send a request and do work in its view's place; return the result, if it got there."""
        told: list[T] = []
        raised: list[BaseException] = []

        def view(**_: Any) -> str:
            try:
                told.append(work())
            except BaseException as error:
                raised.append(error)
            return ""

        before = self.app.view_functions[endpoint]
        self.app.view_functions[endpoint] = view
        try:
            self._server.answer(passed_on(self.app), Request(**asked))
        finally:
            self.app.view_functions[endpoint] = before
        if raised:
            raise raised[0]
        return told

    def _inside(self, within: dict[str, Any] | None, work: Callable[[], T]) -> T:
        """Do work in an app context, or in the context of a request."""
        if within is None:
            with self.app.app_context():
                return work()
        told: list[T] = []

        def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            with self.app.request_context(environ):
                told.append(work())
            start_response("204 No Content", [])
            return []

        self._server.answer(passed_on(answer), Request(**within))
        return told[0]

    def _call(
        self, what: str, on: Any, args: Sequence[Any], named: dict[str, Any], end: str
    ) -> dict[str, Any]:
        from app.models import User

        if what.count(":"):
            module, _, name = what.partition(":")
            user, call = None, getattr(importlib.import_module(module), name)
        else:
            user = User(**on) if isinstance(on, dict) else self.db.session.get(User, on)
            call = getattr(user, what)
        args = [self._meant(value) for value in args]
        named = {name: self._meant(value) for name, value in named.items()}
        self._key, self._reason = None, ""
        said = _called_in_a_view(call, args, named)
        if end:
            getattr(self.db.session, end)()
            if end == "commit":
                self.db.session.expire_all()
        marked = None if user is None else getattr(user, "confirmed", "nothing")
        return {
            "said": plain(said),
            "marked": plain(marked),
            "key": None if self._key is None else _bytes(self._key).hex(),
            "reason": self._reason,
        }

    def add(self, **values: Any) -> dict[str, Any]:
        """Insert a user with SQLAlchemy; return its id, and `confirmed` after flush and reload."""
        from app.models import User

        password, confirmed = values.pop("password"), values.pop("confirmed", None)
        with self.app.app_context():
            user = User(**values)
            user.set_password(password)
            if confirmed is not None:
                user.confirmed = confirmed
            self.db.session.add(user)
            self.db.session.flush()
            by_python = plain(vars(user).get("confirmed", "nothing"))
            self.db.session.commit()
            number = user.id
            self.db.session.expire_all()
            user = self.db.session.get(User, number)
            read = plain(getattr(user, "confirmed", "nothing"))
        return {"id": plain(number), "by_python": by_python, "confirmed": read}

    def attribute(self, member: int, name: str) -> Any:
        """Return an attribute of a saved user; "nothing" if it has none of this name."""
        from app.models import User

        with self.app.app_context():
            return plain(getattr(self.db.session.get(User, member), name, "nothing"))

    def has_default(self, name: str) -> bool:
        """Return whether a column of the User model has a default in Python."""
        from app.models import User

        column = User.__table__.columns.get(name)
        return column is not None and column.default is not None

    def url(self, endpoint: str, values: dict[str, Any]) -> Any:
        """Return the result of url_for for an endpoint."""
        with self.app.test_request_context("/"):
            from flask import url_for

            return plain(url_for(endpoint, **values))

    def config(self, **values: Any) -> None:
        """Change settings, until `reset`."""
        before = {name: self.app.config.get(name) for name in values}
        self._undo.append(lambda: self.app.config.update(before))
        self.app.config.update(values)

    def clock(self, at: float | None, tick: bool = False) -> None:
        """Set the clock, until `reset`."""
        machine: Any = plain_process.kept["time_machine"]
        if self._travel is not None:
            self._travel.stop()
            sys.modules.pop("time_machine", None)
        self._travel = machine.travel(at, tick=tick) if at is not None else None
        if self._travel is not None:
            sys.modules["time_machine"] = machine  # its C code looks there
            self._travel.start()

    def zone(self, name: str) -> None:
        """Set the time zone, until `reset`."""
        before = os.environ.get("TZ")

        def back() -> None:
            os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
            time.tzset()

        self._undo.append(back)
        os.environ["TZ"] = name
        time.tzset()

    def stand_in(self, endpoint: str, text: str) -> None:
        """Replace a view by one that returns `text`, until `reset`."""
        before = self.app.view_functions[endpoint]
        self._undo.append(lambda: self.app.view_functions.update({endpoint: before}))
        self.app.view_functions[endpoint] = lambda **_: text

    def templates(self, texts: dict[str, str]) -> None:
        """Replace templates, until `reset`."""
        from jinja2 import ChoiceLoader, DictLoader

        before = self.app.jinja_env.loader
        self._undo.append(lambda: setattr(self.app.jinja_env, "loader", before))
        self.app.jinja_env.loader = ChoiceLoader([DictLoader(texts), before])

    def reset(self) -> None:
        """Undo changes to settings, clock, time zone, views and templates."""
        self.clock(None)
        while self._undo:
            self._undo.pop()()

    def at_once(self, first: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
        """Carry out `first`, and all of `other` just before its first INSERT, UPDATE or DELETE.

        This simulates a race between two requests. Return the answers in the order in
        which they finished. If `first` writes nothing, `other` is not run.
        """
        from sqlalchemy import event

        answers: list[dict[str, Any]] = []

        def carry_out(order: dict[str, Any]) -> None:
            try:
                answers.append({"said": getattr(self, order["verb"])(**order["with"])})
            except Exception as error:
                answers.append({"failed": type(error).__name__})

        begun: list[bool] = []

        def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not begun and statement.split()[0].upper() in ("INSERT", "UPDATE", "DELETE"):
                begun.append(True)
                thread = threading.Thread(target=carry_out, args=(other,))
                thread.start()
                thread.join()

        with self.app.app_context():
            engine = self.db.engine
        event.listen(engine, "before_cursor_execute", before)
        try:
            carry_out(first)
        finally:
            event.remove(engine, "before_cursor_execute", before)
        return answers

    def logged(self, name: str, texts: list[str]) -> list[str]:
        """Log each text as the server logs a request line; return the messages.

        They are read from a handler of the logger `name`, so its filters have been applied.
        """
        import logging

        lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign,assignment]
        logger = logging.getLogger(name)
        before = logger.level, logger.propagate
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            for text in texts:
                logger.info('"%s" %s', text, 200)
        finally:
            logger.removeHandler(handler)
            logger.level, logger.propagate = before
        return lines

    def command(self, args: list[str]) -> dict[str, Any]:
        """Run a command of the app's command line, and return its result."""
        done = self.app.test_cli_runner().invoke(args=args)
        return {"code": done.exit_code, "output": done.output, "error": repr(done.exception)}

    def settings(self, environment: dict[str, str | None], names: list[str]) -> dict[str, Any]:
        """Run config.py with these environment variables, and return some of its settings."""
        import runpy

        before = dict(os.environ)
        try:
            for name, value in environment.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})
            path = Path(self.app.root_path) / "config.py"
            there = runpy.run_path(str(path))["Config"]
        finally:
            os.environ.clear()
            os.environ.update(before)
        return {name: plain(getattr(there, name, None)) for name in names}

    def watch_log(self) -> None:
        """Record the exceptions that the app logs."""
        note = self.app.logger.exception
        folder = Path(self.app.root_path).parent

        def keep(*args: Any, **named: Any) -> None:
            from sqlalchemy.exc import OperationalError

            error = sys.exc_info()[1]
            if error is not None and not isinstance(error, (OSError, OperationalError)):
                self._mistakes.append(error_report(error, folder))
            note(*args, **named)

        self.app.logger.exception = keep

    def leave(self) -> bool:
        """Run at once what waits for a time, or for the end of the process; False if nothing."""
        timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
        for timer in timers:
            timer.cancel()
            with suppress(Exception):
                timer.function(*timer.args, **timer.kwargs)
        had_sleepers = sleepers.wake_all()
        at_the_end = atexit._ncallbacks()
        atexit._run_exitfuncs()
        return bool(timers or had_sleepers or at_the_end)

    def mistakes(self) -> list[dict[str, Any]]:
        """Return what `watch_log` recorded."""
        return self._mistakes[:3]

    @contextmanager
    def _raising(self, request: Request) -> Any:
        """Raise the exception that the app answers a request with, if there is one."""
        from flask import got_request_exception

        seen: list[BaseException] = []

        def note(_app: Any, exception: BaseException, **_: Any) -> None:
            if threading.current_thread() is request.thread:
                seen.append(exception)

        with got_request_exception.connected_to(note, self.app):
            yield
        if seen:
            raise seen[0]

    def _meant(self, value: Any) -> Any:
        from app.models import User

        if isinstance(value, dict) and set(value) == {"member"}:
            return self.db.session.get(User, value["member"])
        return value

    def _watch_jwt(self) -> None:
        """Record the key of each signature, and the error of each jwt.decode."""
        import jwt
        from jwt.algorithms import HMACAlgorithm

        sign, decode = HMACAlgorithm.sign, jwt.decode

        def noted_sign(algorithm: Any, message: bytes, key: Any) -> bytes:
            self._key = key
            return sign(algorithm, message, key)

        @wraps(decode)
        def noted_decode(*args: Any, **named: Any) -> Any:
            try:
                return decode(*args, **named)
            except Exception as error:
                self._reason = f"{type(error).__name__}: {error}"[:SHORT]
                raise

        HMACAlgorithm.sign = noted_sign  # type: ignore[method-assign,assignment]
        jwt.decode = noted_decode


@cache
def _view() -> Callable[..., Any]:
    place = importlib.import_module("app.auth.views")
    names: dict[str, Any] = {"__name__": place.__name__}
    code = "def confirm(call, args, named): return call(*args, **named)"
    exec(compile(code, str(place.__file__), "exec"), names)
    made: Callable[..., Any] = names["confirm"]
    return made


def _called_in_a_view(call: Callable[..., Any], args: list[Any], named: dict[str, Any]) -> Any:
    """Call a function; if it looks who has called it, it sees a view of the app.

    What the function raises looks as if it were called here.
    """
    try:
        return _view()(call, args, named)
    except Exception as error:
        assert error.__traceback__ is not None and error.__traceback__.tb_next is not None
        raise error.with_traceback(error.__traceback__.tb_next.tb_next) from error.__cause__


def _bytes(key: Any) -> bytes:
    return key.encode() if isinstance(key, str) else bytes(key)
