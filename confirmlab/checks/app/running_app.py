"""The app under test while it runs: two processes, their clock, and the database they share."""

import time
from functools import cached_property
from typing import Any

from confirmlab.checks.app.app_client import Host, Process
from confirmlab.checks.app.app_database import Database


class RunningApp:
    """The processes of the app, their clock and their database."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.process, self._other_process = Process(host), Process(host)
        self._more: list[Process] = []
        self._frozen: tuple[float, float | None] | None = None  # the clock, and when it was set

    @property
    def both_processes(self) -> tuple[Process, Process]:
        """The process that answers now, and the other one."""
        return self.process, self._other_process

    @cached_property
    def database(self) -> Database:
        """The app's database."""
        self.host.wait()
        return Database(self.host.database)

    @property
    def open_database(self) -> Database | None:
        """The app's database, or None if nobody has opened it."""
        return self.__dict__.get("database")

    def now(self) -> float:
        """Return the app's current time as a timestamp."""
        if self._frozen is None:
            return time.time() + self.host.ahead
        at, since = self._frozen
        return at if since is None else at + time.time() - since

    def clock(self, at: float, tick: bool = False) -> None:
        """Set the app's clock until the end of the test."""
        self.process.order("clock", at=at, tick=tick)
        self._frozen = (at, time.time() if tick else None)

    def restart(self) -> None:
        """Kill the app's process; the next one knows only what is on disk."""
        self.process.end()
        self.process.anew = True
        self._set_clock_again()

    def switch_process(self) -> None:
        """Continue in the other process of the app; the two share only what is on disk."""
        self.process, self._other_process = self._other_process, self.process
        self._set_clock_again()

    def _set_clock_again(self) -> None:
        if self._frozen is not None:
            self.clock(self.now(), self._frozen[1] is not None)

    def another(self, **settings: Any) -> Process:
        """Return a second process of the app, which shares its database."""
        self._more.append(Process(self.host, settings))
        return self._more[-1]

    def forget_test(self) -> None:
        """Undo what a test set; end the processes that it started."""
        self._frozen = None
        self.host.rename()
        for process in self._more:
            process.end()
        self._more.clear()

    def end_processes(self) -> None:
        """End both processes; the next order starts new ones."""
        for process in self.both_processes:
            process.end()

    def close(self) -> None:
        """Close the channels to all processes, and the database."""
        for process in (*self.both_processes, *self._more):
            process.close()
        if self.open_database is not None:
            self.open_database.close()


def as_sqlite(moment: float) -> str:
    """Return a timestamp in the format of the database."""
    seconds, part = divmod(round(moment * 10**6), 10**6)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))}.{part:06d}"
