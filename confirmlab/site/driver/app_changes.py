"""Graded tests' changes in the app's process: settings, clock, time zone, views, templates."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from confirmlab.site.driver import gunicorn_worker, plain_process, steady_clocks


class AppChanges:
    """Changes to the app in this process, which `reset` undoes."""

    def __init__(self, app: Any, ahead: float) -> None:
        """Set the clock `ahead` seconds ahead of the machine's."""
        self.app = app
        self._ahead = ahead
        self._travel: Any = None
        self._undo: list[Callable[[], None]] = []
        self.usual_clock()

    def config(self, **values: Any) -> None:
        """Change settings, until `reset`."""
        before = {name: self.app.config.get(name) for name in values}
        self._undo.append(lambda: self.app.config.update(before))
        self.app.config.update(values)

    def become_worker(self) -> None:
        """Make this process look like a worker of gunicorn, until `reset`."""
        self._undo.append(gunicorn_worker.become_worker())

    def clock(self, at: float, tick: bool = False) -> None:
        """Set the clock, until `reset`."""
        self._set_clock(at, tick)

    def _set_clock(self, at: float, tick: bool) -> Any:
        """Set the clock; return time_machine's control of it."""
        machine: Any = plain_process.hidden_modules["time_machine"]
        steady_clocks.move(at - time.time())
        self._stop_clock()
        self._travel = machine.travel(at, tick=tick)
        sys.modules["time_machine"] = machine  # its C code looks there
        control = self._travel.start()
        time.time()  # time_machine's clock runs from the first time that it is read
        return control

    def usual_clock(self) -> None:
        """Set the clock as far ahead of the machine's as it usually is, or a moment further.

        Setting it takes a moment. If it were behind the tests' clock, the app would refuse a cookie
        as signed in the future.
        """
        self._stop_clock()
        if self._ahead:
            control = self._set_clock(time.time() + self._ahead, tick=True)
            own = time.time()
            machines: Any = plain_process.hidden_modules["time_machine"]
            control.shift(machines.escape_hatch.time.time() + self._ahead - own)

    def _stop_clock(self) -> None:
        if self._travel is not None:
            self._travel.stop()
            sys.modules.pop("time_machine", None)
        self._travel = None

    def zone(self, name: str) -> None:
        """Set the time zone, until `reset`."""
        before = os.environ.get("TZ")

        def back() -> None:
            os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
            time.tzset()

        self._undo.append(back)
        os.environ["TZ"] = name
        time.tzset()

    def replace_view(self, endpoint: str, text: str) -> None:
        """Replace a view by one that returns `text`, until `reset`."""
        self._undo.append(put_in_place(self.app, endpoint, lambda **_: text))

    def templates(self, texts: dict[str, str]) -> None:
        """Replace templates, until `reset`."""
        from jinja2 import ChoiceLoader, DictLoader

        before = self.app.jinja_env.loader
        self._undo.append(lambda: setattr(self.app.jinja_env, "loader", before))
        self.app.jinja_env.loader = ChoiceLoader([DictLoader(texts), before])

    def reset(self) -> None:
        """Undo changes to settings, clock, time zone, views and templates."""
        self.usual_clock()
        while self._undo:
            self._undo.pop()()


def put_in_place(app: Any, endpoint: str, view: Callable[..., Any]) -> Callable[[], None]:
    """Replace the view of an endpoint; return a function that undoes this.

    Whatever runs before the view still finds the app's own one: a gate may know the open pages by
    their functions. Undo the last replacement first.
    """
    before, own = app.dispatch_request, app.view_functions[endpoint]

    def dispatch_request(*given: Any) -> Any:
        if app.view_functions[endpoint] is not own:
            return before(*given)  # a later replacement answers
        app.view_functions[endpoint] = view
        try:
            return before(*given)
        finally:
            app.view_functions[endpoint] = own

    app.dispatch_request = dispatch_request
    return lambda: setattr(app, "dispatch_request", before)
