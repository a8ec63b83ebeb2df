"""The orders that the app's process carries out for the graded tests; each method is a verb."""

import atexit
import importlib
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from confirmlab.site import sleepers
from confirmlab.site.app_changes import AppChanges, put_in_place
from confirmlab.site.app_log import AppLog
from confirmlab.site.in_process_server import Request, ThreadedWSGIServer, passed_on
from confirmlab.site.json_values import LONGEST, plain
from confirmlab.site.jwt_watch import JwtWatch
from confirmlab.site.view_calls import called_in_a_view

T = TypeVar("T")


class Orders:
    """The app, with a method for each verb of an order; some are in modules of their own."""

    def __init__(self, app: Any, ahead: float) -> None:
        self.app = app
        self.db = app.extensions["sqlalchemy"]
        self._server = ThreadedWSGIServer()
        self._jwt = JwtWatch()
        changes, log = AppChanges(app, ahead), AppLog(app)
        self.config, self.clock, self.zone = changes.config, changes.clock, changes.zone
        self.stand_in, self.templates = changes.stand_in, changes.templates
        self.become_worker, self.reset = changes.become_worker, changes.reset
        self.logged, self.watch_log, self.mistakes = log.logged, log.watch_log, log.mistakes

    def visit(self, **asked: Any) -> dict[str, Any]:
        """Return the app's answer to one request, described by the arguments of a Request."""
        request = Request(**asked)
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
        Return its result, the user's `confirmed`, and the keys and error that `jwt` was seen with.
        """
        work = partial(self._call, what, on, args, named or {}, end)
        if within is not None and view in self.app.view_functions:
            results = self._run_in_view(view, within, work)
            if results:
                return results[0]
        return self._run_in_context(within, work)

    def tokens(
        self, numbers: list[int], within: dict[str, Any] | None = None, view: str = "register"
    ) -> list[Any]:
        """Return a confirmation token for each of these users, as the view of this name asks."""

        def work() -> list[Any]:
            from app.models import User

            users = [self.db.session.get(User, number) for number in numbers]
            return [made(user) for user in users]

        made = _ending_copies(
            lambda user: plain(called_in_a_view(user.generate_confirmation_token, (), {}, view))
        )
        return self._run_in_context(within, work)

    def confirm_each(self, number: int, texts: list[str]) -> list[Any]:
        """Return what a user's confirm() returns for each text, None after an exception.

        Each call is outside of a request, and rolled back.
        """
        from app.models import User

        @_ending_copies
        def answer(text: str) -> Any:
            with suppress(Exception):
                user = self.db.session.get(User, number)
                return plain(called_in_a_view(user.confirm, (text,), {}))

        def rolled_back(text: str) -> Any:
            result = answer(text)
            self.db.session.rollback()
            return result

        with self.app.app_context():
            return [rolled_back(text) for text in texts]

    def _run_in_view(self, endpoint: str, asked: dict[str, Any], work: Callable[[], T]) -> list[T]:
        """Send a request and do work in its view's place; return the result, if it got there."""
        results: list[T] = []
        raised: list[BaseException] = []

        def view(**_: Any) -> str:
            try:
                results.append(work())
            except BaseException as error:
                raised.append(error)
            return ""

        undo = put_in_place(self.app, endpoint, view)
        try:
            self._server.answer(passed_on(self.app), Request(**asked))
        finally:
            undo()
        if raised:
            raise raised[0]
        return results

    def _run_in_context(self, within: dict[str, Any] | None, work: Callable[[], T]) -> T:
        """Do work in an app context, or in the context of a request."""
        if within is None:
            with self.app.app_context():
                return work()
        results: list[T] = []

        def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            with self.app.request_context(environ):
                results.append(work())
            start_response("204 No Content", [])
            return []

        self._server.answer(passed_on(answer), Request(**within))
        return results[0]

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
        args = [self._resolved(value) for value in args]
        named = {name: self._resolved(value) for name, value in named.items()}
        self._jwt.forget()
        returned = called_in_a_view(call, args, named)
        if end:
            getattr(self.db.session, end)()
            if end == "commit":
                self.db.session.expire_all()
        confirmed = getattr(user, "confirmed", None)  # a model may have no such column yet
        return {
            "returned": plain(returned),
            "confirmed": plain(confirmed),
            "keys": self._jwt.keys_in_hex,
            "reason": self._jwt.reason,
            "decoded": self._jwt.decoded,
        }

    def add(self, **values: Any) -> dict[str, Any]:
        """Insert a user with SQLAlchemy, and change it once, also `within` a request.

        Return its id, and `confirmed` after the flush and after a reload.
        """
        return self._run_in_context(values.pop("within", None), partial(self._added, values))

    def _added(self, values: dict[str, Any]) -> dict[str, Any]:
        from app.models import User

        password, confirmed = values.pop("password"), values.pop("confirmed", None)
        user = User(**values)
        user.set_password(password)
        if confirmed is not None:
            user.confirmed = confirmed
        self.db.session.add(user)
        self.db.session.flush()
        by_python = plain(vars(user).get("confirmed", "nothing"))
        self.db.session.commit()
        number = user.id
        user.about = "changed"  # which must not change anything else
        self.db.session.commit()
        self.db.session.expire_all()
        user = self.db.session.get(User, number)
        read = plain(getattr(user, "confirmed", "nothing"))
        return {"id": plain(number), "by_python": by_python, "confirmed": read}

    def attribute(self, member: int, name: str) -> Any:
        """Return an attribute of a saved user; None if it has none of this name."""
        from app.models import User

        with self.app.app_context():
            return plain(getattr(self.db.session.get(User, member), name, None))

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

    def at_once(self, first: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
        """Carry out `first`, and all of `other` just before its first INSERT, UPDATE or DELETE.

        This simulates a race between two requests. Return the answers in the order in
        which they finished. If `first` writes nothing, `other` is not run.
        """
        from sqlalchemy import event

        answers: list[dict[str, Any]] = []

        def carry_out(order: dict[str, Any]) -> None:
            try:
                answers.append({"result": getattr(self, order["verb"])(**order["with"])})
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

    def leave(self) -> bool:
        """Run pending timers and exit handlers now; return False if there were none."""
        timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
        for timer in timers:
            timer.cancel()
            with suppress(Exception):
                timer.function(*timer.args, **timer.kwargs)
        had_sleepers = sleepers.wake_all()
        at_the_end = atexit._ncallbacks()
        atexit._run_exitfuncs()
        return bool(timers or had_sleepers or at_the_end)

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

    def _resolved(self, value: Any) -> Any:
        from app.models import User

        if isinstance(value, dict) and set(value) == {"member"}:
            return self.db.session.get(User, value["member"])
        return value


def _ending_copies(call: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return the function, which ends copies of this process that the learner's code forks.

    Where it is called several times in one order, each call would double them.
    """
    own = os.getpid()

    def called(given: Any) -> T:
        result = call(given)
        if os.getpid() != own:
            os._exit(0)
        return result

    return called
