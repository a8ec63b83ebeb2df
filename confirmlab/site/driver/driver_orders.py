"""The orders that the app's process carries out for the graded tests; each method is a verb."""

import atexit
import os
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from confirmlab.site.driver import sleepers
from confirmlab.site.driver.app_changes import AppChanges
from confirmlab.site.driver.app_log import AppLog
from confirmlab.site.driver.in_process_server import Request, ThreadedWSGIServer, passed_on
from confirmlab.site.driver.json_values import MAX_MESSAGE, MAX_TEXT, plain
from confirmlab.site.driver.user_orders import UserOrders


class Orders:
    """The app, with a method for each verb of an order; some are in modules of their own."""

    def __init__(self, app: Any, ahead: float) -> None:
        self.app = app
        self.db = app.extensions["sqlalchemy"]
        self._server = ThreadedWSGIServer()
        users, changes, log = UserOrders(app, self._server), AppChanges(app, ahead), AppLog(app)
        self.call, self.tokens, self.confirm_each = users.call, users.tokens, users.confirm_each
        self.add, self.attribute, self.has_default = users.add, users.attribute, users.has_default
        self.config, self.clock, self.zone = changes.config, changes.clock, changes.zone
        self.replace_view, self.templates = changes.replace_view, changes.templates
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
            "body": request.answer.decode("latin-1")[:MAX_TEXT],
        }

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
        output, error = done.output[:MAX_TEXT], repr(done.exception)[:MAX_MESSAGE]
        return {"code": done.exit_code, "output": output, "error": error}

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
        """After the block, raise the exception that made the app answer with an error, if any."""
        from flask import got_request_exception

        seen: list[BaseException] = []

        def note(_app: Any, exception: BaseException, **_: Any) -> None:
            if threading.current_thread() is request.thread:
                seen.append(exception)

        with got_request_exception.connected_to(note, self.app):
            yield
        if seen:
            raise seen[0]
