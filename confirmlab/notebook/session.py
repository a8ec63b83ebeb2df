"""One learner's session: workspace, inbox and site together."""

from dataclasses import replace
from pathlib import Path

from confirmlab.base import paths, ports
from confirmlab.base.errors import KitError
from confirmlab.mail.inbox import Inbox
from confirmlab.notebook.app_terminal import AppTerminal
from confirmlab.notebook.source_map import SourceMap
from confirmlab.notebook.workspace import Workspace
from confirmlab.site.attacks import scenarios
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard
from confirmlab.site.server import Site
from confirmlab.site.wrong_way import WrongWay


class LessonSession:
    """One learner's workspace, inbox and site."""

    def __init__(self, folder: Path | None = None) -> None:
        self.workspace = Workspace(folder)
        self.folder = self.workspace.folder
        self.source_map = SourceMap(self.workspace)
        mails = self.folder / paths.KIT_FOLDER / "mail"
        self.inbox = Inbox(mails, ports.saved(self._inbox_port_file).get("port", 0), self.link)
        self.terminal = AppTerminal(self.workspace, self.source_map, self._mail_port)
        self.site = Site(
            self.inbox, self.folder, self.terminal.make_ready, self.source_map.in_trace
        )
        self.wrong_way = WrongWay(self.inbox, self.folder / paths.KIT_FOLDER / "wrong_way")
        self.lesson = ""  # the number of the lesson that this kernel opened last

    def __repr__(self) -> str:
        return f"<LessonSession {self.folder.name}>"

    def start_inbox(self) -> None:
        """Start the inbox on its earlier port, or on a free one if that is taken."""
        if self.inbox.running:
            return
        try:
            self.inbox.start()
        except KitError:
            self.inbox.port = 0
            self.inbox.start()
        ports.save(self._inbox_port_file, self.inbox.port)

    def run_flask(self, arguments: list[str]) -> str:
        """Run a flask command in the workspace, and restart the site if it runs."""
        output = self.terminal.run_flask(arguments)
        self.site.reload()
        return output

    def attack(self, name: str) -> Attempt:
        """Run one attack on the site; its first result is stored."""
        self.site.visitor().close()  # raises if the site is not running
        attempt = scenarios.run(name, self.site, self.inbox)
        self._store_first_results((attempt,))
        return attempt

    def scoreboard(self) -> Scoreboard:
        """Run every attack on the site, and return the results beside the first ones."""
        self.site.visitor().close()
        board = scenarios.run_all(self.site, self.inbox)
        return replace(board, first=self._store_first_results(board.attempts))

    def _store_first_results(self, attempts: tuple[Attempt, ...]) -> dict[str, bool]:
        with self.workspace.record.change() as record:
            for attempt in attempts:
                if attempt.got_in is not None:
                    record["attacks"].setdefault(attempt.name, attempt.got_in)
        return record["attacks"]

    def link(self, written: str) -> str | None:
        """Return the address at which a mailed link opens in the learner's browser."""
        return self.site.opens(written) or self.wrong_way.site.opens(written)

    def _mail_port(self) -> int:
        self.start_inbox()
        return self.inbox.port

    @property
    def _inbox_port_file(self) -> Path:
        return self.folder / paths.KIT_FOLDER / "inbox.json"
