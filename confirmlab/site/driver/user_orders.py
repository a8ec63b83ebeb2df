"""The orders of the graded tests that are about users: make one, call a method, ask for tokens."""

import importlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from confirmlab.site.driver.app_changes import put_in_place
from confirmlab.site.driver.in_process_server import Request, ThreadedWSGIServer, passed_on
from confirmlab.site.driver.json_values import plain
from confirmlab.site.driver.jwt_watch import JwtWatch
from confirmlab.site.driver.view_calls import called_in_a_view

T = TypeVar("T")


class UserOrders:
    """The app, with a method for each order about its users."""

    def __init__(self, app: Any, server: ThreadedWSGIServer) -> None:
        self.app = app
        self.db = app.extensions["sqlalchemy"]
        self._server = server
        self._jwt = JwtWatch()

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

    def _resolved(self, value: Any) -> Any:
        from app.models import User

        if isinstance(value, dict) and set(value) == {"member"}:
            return self.db.session.get(User, value["member"])
        return value


def _ending_copies(call: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return the function, changed to end forked copies of this process after each call.

    Otherwise each of several calls in one order would double the number of processes.
    """
    own = os.getpid()

    def called(given: Any) -> T:
        result = call(given)
        if os.getpid() != own:
            os._exit(0)
        return result

    return called
