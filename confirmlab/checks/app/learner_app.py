"""The learner's app as graded tests use it: its members, visitors, mails, tokens and clock."""

import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from confirmlab.checks.app.app_client import Host, Process
from confirmlab.checks.app.app_database import Database
from confirmlab.checks.app.app_errors import AppDied, AppError, AppTimeout, InvalidAnswer
from confirmlab.checks.app.app_mails import AppMails
from confirmlab.checks.app.app_members import FIRST_NUMBER, Members
from confirmlab.checks.app.app_model import Model
from confirmlab.checks.app.app_settings import AppSettings
from confirmlab.checks.app.app_visits import Visits
from confirmlab.checks.app.mail_server import MailServer
from confirmlab.checks.app.running_app import RunningApp, as_sqlite

_CONFIRMED_LATER = (
    "After this test {} was confirmed, though nobody had used a link; what does the app do later?"
)


class LearnerApp:
    """The app under test, reached from the trusted process.

    Its parts are in modules of their own; what tests call is gathered here.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self._running = running = RunningApp(host)
        self._mails = mails = AppMails(running)
        members = Members(running)
        visits = Visits(running, mails)
        model = Model(running, members, visits)

        self.password, self.watched = members.password, members.watched
        self.member, self.member_of_another_kind = members.insert, members.insert_another_kind
        self.person, self.free_first_number = members.person, members.free_first_number
        self.crowd, self.make_only_member = members.crowd, members.make_only_member
        self.put_members_aside = members.put_aside
        self.mail_host, self.leak = members.mail_host, members.leak
        self.is_confirmed, self.mark_confirmed = members.is_confirmed, members.mark_confirmed

        self.signer, self.cookie = visits.signer, visits.cookie
        self.visitor, self.ask, self.look = visits.visitor, visits.ask, visits.look
        self.member_of, self.log_in = visits.member_of, visits.log_in
        self.request_arguments = visits.request_arguments
        self.request_context = visits.request_context

        self.token, self.tokens, self.key = model.token, model.tokens, model.key
        self.lifetimes = model.lifetimes
        self.call, self.call_confirm = model.call, model.call_confirm
        self.accepted, self.keys_in_every_app = model.accepted, model.keys_in_every_app

        self.now, self.clock = running.now, running.clock
        self.restart, self.switch_process = running.restart, running.switch_process
        self.another = running.another

        self.start_mail_server = mails.start
        self.letters_waiting, self.wait_for_outbox = mails.letters_waiting, mails.wait_for_outbox

    @property
    def process(self) -> Process:
        """The process of the app that answers now."""
        return self._running.process

    @property
    def database(self) -> Database:
        """The app's database."""
        return self._running.database

    @property
    def mails(self) -> MailServer:
        """The mails received so far."""
        return self._mails.server

    def as_stored(self, moment: float) -> str:
        """Return a timestamp in the format of the database."""
        return as_sqlite(moment)

    def today(self) -> None:
        """Set the app's clock to this machine's time, until the end of the test.

        This finds an app that behaves differently only in the present year.
        """
        self.clock(time.time(), tick=True)

    def some_day(self) -> float:
        """Return a random timestamp in the years around now."""
        return float(int(time.time()) + random.randrange(-300 * 86400, 3000 * 86400))

    def reset(self) -> None:
        """Remove all rows, mails and settings before the next test."""
        running = self._running
        running.forget_test()
        self._mails.behave()
        if self.process.is_running:
            self.wait_for_outbox()
        for process in running.both_processes:
            process.reset()
        if running.open_database is not None:
            try:
                self._end_test(running.open_database)
            except AppError:
                running.end_processes()  # a process may hold a lock on the database
                with suppress(AppError):
                    self._end_test(running.open_database)
        self._mails.clear()

    def _end_test(self, database: Database) -> None:
        database.bring_back()
        had_first = self.watched.is_of_this_test(FIRST_NUMBER)
        self.watched.end_test(database, self._mails.was_mailed)
        # Another member may get the number next, and a delayed action would then affect that one.
        if had_first and FIRST_NUMBER in self.watched.numbers() and self._carry_out_plans(database):
            self._running.end_processes()
        kept = self.watched.numbers()
        database.clear(kept)
        if kept:  # none of them counts as stale
            database.ask("UPDATE user SET joined_at = ?", as_sqlite(self._running.now()))

    def login_fault(self) -> str:
        """Return what is wrong with the login, which no exercise is about, or an empty text."""
        if self.host.late or self.host.died:
            return ""
        # Other tests are about this error.
        with suppress(AppError, AppDied, AppTimeout, InvalidAnswer):
            ada = self.member()
            if self.log_in(ada.email, f"not {self.password}"):
                return "With a wrong password somebody could log in as another member"
            has_column = "confirmed" in self.database.columns("user")
            if self.log_in(ada.email, self.password) and has_column and self.is_confirmed(ada):
                return "A member logged in, and was confirmed without the link"
        return ""

    def finish(self) -> dict[str, str]:
        """Run now what the app has planned for later; return the tests that fail after all.

        Each has a sentence that says why.
        """
        if self._running.open_database is not None:
            with suppress(AppError):
                self._carry_out_plans(self._running.open_database)
        late = {test: _CONFIRMED_LATER.format(email) for test, email in self.watched.caught.items()}
        return self.lifetimes.refuted | late

    def _carry_out_plans(self, database: Database) -> bool:
        """Run what the app planned for later, and note whom it confirms; False if nothing ran."""
        had_plans = [
            _has_left(process) for process in self._running.both_processes if process.is_running
        ]
        self.watched.look(database)  # even if they reported no plans
        return any(had_plans)

    def close(self) -> None:
        """End the app; close its mail server, its database and the channel to its host."""
        self._running.close()
        self._mails.close()
        self.host.close()


def _has_left(process: Process) -> bool:
    try:
        return process.order("leave") is not False
    except (AppError, AppDied, AppTimeout, InvalidAnswer):
        return True


def open_app(control: Any, settings: AppSettings, database: Path) -> LearnerApp:
    """Return the app at the other end of a socket, which was started with these settings."""
    return LearnerApp(Host(control, settings, database))
