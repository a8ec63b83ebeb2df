"""Run the learner's app beside the notebook: start, link, restart, read its log."""

import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from confirmlab.base import files, jupyter_proxy, ports
from confirmlab.base.errors import SiteError
from confirmlab.base.paths import KIT_FOLDER, workspace_folder
from confirmlab.mail.inbox import Inbox
from confirmlab.processes import fork_server
from confirmlab.processes.jobs import DIED
from confirmlab.site import app_process, freshness
from confirmlab.site.app_server import OWNER, Address
from confirmlab.site.visitor import Visitor

_START_SECONDS = 20
_LOG_LIMIT = 1_000_000  # bytes; a larger log is deleted at the next start
_FULL = "the disk that holds it is full; delete what you do not need there and run the cell again."
_LOG_SHOWN = 100_000  # bytes read from its end

# A segment of a path that browsers replace by the folder above; it could lead out of the app.
_UPWARDS = re.compile(r"(?:^|[/\\])(?:\.|%2e){2}(?=[/\\]|$)", re.IGNORECASE)
# Request headers as they are printed: one a line, or in the repr of a dict or of a list of pairs.
_SECRET_LINE = re.compile(r"(?im)^(\s*(?:set-)?cookie|\s*authorization):.*$")
_SECRET_ITEM = re.compile(
    r"(?i)(['\"](?:http_)?(?:(?:set-)?cookie|authorization)['\"]\s*[:,]\s*)"
    r"(?:'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")"
)


class Site:
    """The running app of one workspace, on a port of this machine."""

    def __init__(
        self,
        inbox: Inbox,
        folder: Path | None = None,
        prepare: Callable[[], None] = lambda: None,
        explain: Callable[[str], str] = str,
    ) -> None:
        self.inbox = inbox
        self.folder = folder or workspace_folder()
        self.prepare = prepare  # called before each start
        self.explain = explain  # returns a hint about a traceback
        self.port = 0
        self.title = "Your app"  # title of its card
        self.notice = ""
        self._process: Any = None
        self._owner_key = ""  # new with each start: another program may have had the port
        self._seen = 0  # when a file of the app was last changed before it started
        self._address: Address | None = None  # address of the latest start

    def __repr__(self) -> str:
        return f"<Site {'at ' + self.url if self.running else 'not running'}>"

    @property
    def running(self) -> bool:
        """Return whether the app's process is alive."""
        return self._process is not None and self._process.is_alive()

    @property
    def url(self) -> str:
        """Return the address for code on this machine.

        Raises:
            SiteError: the site is not running.
        """
        if not self.running:
            raise SiteError("The site is not running; start it with site.start().")
        return f"http://127.0.0.1:{self.port}"

    def link(self, path: str = "/") -> str:
        """Return a page's address for a browser, through Jupyter's proxy where there is one."""
        if not self.running:
            raise SiteError("The site is not running; start it with site.start().")
        self.refresh()
        path = path if path.startswith(("/", "?", "#")) else f"/{path}"
        return f"{self._shown or self.url}{path}"

    def start(self) -> "Site":
        """Start or restart the app; it keeps its port where it can.

        Raises:
            SiteError: the app does not start; the message contains its traceback.
        """
        self.stop()
        self._seen = freshness.newest(self.folder)
        self.notice = self.take_over()
        self.prepare()
        self.inbox.start()
        self.inbox.resume_page()
        try:
            self._launch(self.port or ports.saved(self._port_file).get("port", 0))
        except BaseException:  # includes an interrupt of the cell
            self.stop()
            raise
        ports.save(self._port_file, self.port, pid=self._process.pid)
        return self

    def reload(self) -> None:
        """Restart the app if it was started, so that it shows new fills."""
        if self.port:
            self.start()

    def refresh(self) -> None:
        """Restart the app if it runs and its files were changed since it started."""
        if self.running and freshness.newest(self.folder) > self._seen:
            self.start()
            changed = "Files of my_app were changed, so the site was restarted."
            self.notice = " ".join(filter(None, [changed, self.notice]))

    def stop(self) -> None:
        """End the app; the next start uses the same port."""
        process, self._process = self._process, None
        if process is not None and process.is_alive():
            fork_server.end(process)

    def kill(self) -> None:
        """Same as `stop`, under the name that a notebook uses for a power cut."""
        self.stop()

    def take_over(self) -> str:
        """End the site that another notebook runs on this workspace, and return a notice."""
        pid = ports.saved(self._port_file).get("pid")
        if not pid or not _end_other(pid, self.folder):
            return ""
        return "Another notebook ran this site; this one has taken it over."

    def opens(self, link_in_mail: str) -> str | None:
        """Return the address that opens a mailed link in the browser; None for other sites."""
        port = self.port
        if not port and self._new_address().socket:
            # At the relay an earlier kernel's link is safe: its port is not in the new address.
            port = ports.saved(self._port_file).get("port", 0)
        try:
            parts = urlsplit(link_in_mail)
            ours = parts.hostname in ("127.0.0.1", "localhost") and parts.port == port
        except ValueError:  # no address at all; mails may hold anything
            return None
        if _UPWARDS.search(parts.path):
            return None
        rest = urlunsplit(("", "", "", parts.query, parts.fragment))
        if self._shown and parts.path.startswith(f"{self._shown}/"):
            return parts.path + rest  # made in a request through the proxy: it has the prefix
        start = self._shown or f"http://127.0.0.1:{self.port}"
        return start + (parts.path or "/") + rest if ours else None

    def log(self, lines: int = 20) -> str:
        """Return the last lines that the app printed, without cookies."""
        if not self._log.exists():
            return "Nothing yet: the site was never started."
        with open(self._log, "rb") as file:
            start = max(0, self._log.stat().st_size - _LOG_SHOWN)
            file.seek(start)
            if start:
                file.readline()  # the rest of a line, which may be a part of a cookie
            text = file.read().decode("utf-8", "replace")
        shown = _redacted(text).splitlines()
        return "\n".join(shown[max(0, len(shown) - lines) :])

    def visitor(self) -> Visitor:
        """Return a new visitor: a browser for code, with its own cookies."""
        self.refresh()
        return Visitor(self.url, headers={OWNER: self._owner_key}, prefix=self._shown or "")

    def _launch(self, port: int) -> None:
        answer = self._begin(port)
        notices = [self.notice]
        if "taken" in answer:  # another program took it; use any free port
            self.stop()
            notices.append(
                f"Port {port} was taken by another program, so the site has a new one; "
                "links in older mails lead to the old one."
            )
            answer = self._begin(0)
        if "port" not in answer:
            shown = self.explain(answer.get("trace", ""))
            crash = f"{answer.get('crash', 'no port is free')}\n\n{shown}"
            raise SiteError(f"The app does not start: {crash}".rstrip())
        self.port = answer["port"]
        self.notice = " ".join(filter(None, [*notices, answer["lag"]]))

    def _begin(self, port: int) -> dict[str, Any]:
        self._prepare_log()
        reader, writer = fork_server.pipe()
        settings = {
            "MAIL_PORT": self.inbox.port,
            # The inbox is on this machine and answers fast; learners must not wait for minutes.
            "MAIL_TIMEOUT": 2,
            "OUTBOX_LEASE": 3,
            "OUTBOX_LONGEST_PAUSE": 2,
            # Cookies ignore ports: without own names the apps of a host would share one cookie.
            "SESSION_COOKIE_NAME": f"pigeon_{jupyter_proxy.path_hash(self.folder)}",
            "REMEMBER_COOKIE_NAME": f"pigeon_{jupyter_proxy.path_hash(self.folder)}_remember",
        }
        self._owner_key = secrets.token_hex(16)
        self._address = self._new_address(port)
        arguments = (str(self.folder), self._address, settings, str(self._log), writer)
        self._process = fork_server.start_beside(app_process.serve, *arguments)
        writer.close()
        with reader:
            if not reader.poll(_START_SECONDS):
                silent = f"It said nothing for {_START_SECONDS} seconds"
                return {"crash": f"{silent}; is there an endless loop?"}
            try:
                return json.loads(reader.recv_bytes())
            except EOFError:
                return {"crash": _FULL if files.is_full(self.folder) else DIED}

    def _prepare_log(self) -> None:
        """Make sure that the app's process can write its log, and begin a new one after a while.

        Raises:
            SiteError: the log cannot be written.
        """
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            if self._log.exists() and self._log.stat().st_size > _LOG_LIMIT:
                self._log.unlink()
            os.close(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        except OSError as error:
            raise SiteError(files.failure_sentence("write", self._log, error)) from None

    def _new_address(self, port: int = 0) -> Address:
        folder = jupyter_proxy.sockets()
        service = jupyter_proxy.service_of("site", self.folder)
        socket = str(folder / service) if folder else ""
        return Address(port, jupyter_proxy.base_url(), service, socket, self._owner_key)

    @property
    def _shown(self) -> str | None:
        address = self._address or self._new_address()
        return address.shown(self.port)

    @property
    def _port_file(self) -> Path:
        return self.folder / KIT_FOLDER / "site.json"

    @property
    def _log(self) -> Path:
        return self.folder / KIT_FOLDER / "site.log"


def _redacted(text: str) -> str:
    return _SECRET_ITEM.sub(r"\1'(not shown)'", _SECRET_LINE.sub(r"\1: (not shown)", text))


def _end_other(pid: int, folder: Path) -> bool:
    """End the process if it still serves this folder: its pid may have been reused."""
    import psutil

    try:
        process = psutil.Process(pid)
        kits = any("multiprocessing" in word for word in process.cmdline())
        if not kits or Path(process.cwd()) != folder.resolve():
            return False
        process.kill()
        process.wait(5)
    except psutil.Error:
        return False
    return True
