"""The learner's app behind a few orders: what runs beside the app, on the untrusted side.

`host` imports the app once and forks a process of it for each life that it is asked for, so that a
restart costs milliseconds. Orders and answers are JSON (see frames); whoever gives the orders
believes no answer that it can look up itself.
"""

import errno
import importlib
import io
import os
import resource
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from confirmlab.processes import frames
from confirmlab.site import app_process, template_cache

FILE_SIZE = 20_000_000  # bytes of one file, what is printed included
SECONDS = 2  # of the processor, for one order
_MOST = 2_000_000  # characters of a body, or of a text, that are passed on
_SHORT = 300  # characters of what an exception says


class _TooLong(BaseException):
    """The processor's time is over."""


def _too_long(*_: Any) -> None:
    raise _TooLong


def begin(control: socket.socket, folder: Path, scratch: str) -> None:
    """Become the process that runs the app, with no other open file; it ends here."""
    try:
        os.chdir(scratch)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.closerange(3, control.fileno())
        os.closerange(control.fileno() + 1, 1024)
        tempfile.tempdir = scratch
        host(control, folder)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def host(control: socket.socket, folder: Path) -> None:
    """Import the app in a folder, and start and end lives of it until nobody asks any more."""
    _print_into_a_file()
    mails = _listener()
    settings, _ = frames.receive(control)
    try:
        signal.signal(signal.SIGXCPU, _too_long)
        _allow(2 * SECONDS)
        app = _made(folder, settings | {"MAIL_PORT": mails.getsockname()[1]})
    except _TooLong:
        with suppress(frames.Closed):
            frames.send(control, {"late": 2 * SECONDS})
        return
    except BaseException as error:
        with suppress(frames.Closed):
            frames.send(control, {"raised": told(error, folder)})
        return
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    frames.send(control, {"ready": True}, mails.fileno())
    port = mails.getsockname()[1]
    mails.close()
    lives: dict[int, int] = {}
    with suppress(frames.Closed):
        while True:
            order, descriptors = frames.receive(control)
            if "start" in order:
                talk = socket.socket(fileno=descriptors[0])
                pid = os.fork()
                if pid == 0:
                    control.close()
                    _live(app, folder, talk, order["settings"])
                talk.close()
                lives[order["start"]] = pid
            elif "end" in order:
                status = ended(lives.pop(order["end"]))
                frames.send(control, {"status": status})
            elif "listen" in order:
                with _listener(port) as again:
                    frames.send(control, {"ready": True}, again.fileno())
    for pid in lives.values():
        ended(pid)


def _print_into_a_file() -> None:
    """Send output to a file of limited size; printing more raises where it is printed."""
    output = os.open("printed.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    sys.stdout, sys.stderr = (
        open(stream, "w", encoding="utf-8", errors="replace", closefd=False) for stream in (1, 2)
    )
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    limit = FILE_SIZE if most == resource.RLIM_INFINITY else min(FILE_SIZE, most)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def _listener(port: int = 0) -> socket.socket:
    """Listen for mails where the app can reach it; whoever gives the orders takes them there."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _made(folder: Path, settings: dict[str, Any]) -> Any:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.orm import configure_mappers

    app_process.make_importable(folder)
    app_process.hash_quickly()  # nobody attacks a password here
    event.listen(Engine, "connect", _no_waiting_for_the_disk)
    app = importlib.import_module("app").create_app(settings)
    app.jinja_env.bytecode_cache = template_cache.compiled
    app_process.pin(app, settings["HOST"])
    for path, endpoint in settings["PAGES"].items():
        app.add_url_rule(path, endpoint, lambda: "a page added later", methods=["GET", "POST"])
    with app.app_context():
        db = app.extensions["sqlalchemy"]
        db.create_all()
        configure_mappers()
        db.engine.dispose()  # a connection is for one process
    return app


def _no_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    # A database that lives for one run need not survive a power cut; nor is there room for a
    # journal beside it.
    with suppress(Exception):
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")


def ended(pid: int) -> int:
    """End a process, and return how it had ended before, as os.waitpid says it."""
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        return os.waitpid(pid, 0)[1]
    return 0


def _live(app: Any, folder: Path, talk: socket.socket, settings: dict[str, Any]) -> None:
    """Answer orders in a process of the app's own; it ends here."""
    try:
        own = os.getpid()
        app.config.update(settings)
        answers = Answers(app)
        with suppress(frames.Closed):
            while True:
                order, _ = frames.receive(talk)
                _allow(SECONDS)
                with suppress(Exception):  # the app may have put anything there
                    sys.stdout.flush()
                    os.ftruncate(1, 0)  # each order may print as much as a file may hold
                try:
                    answer = {"said": getattr(answers, order["verb"])(**order["with"])}
                except BaseException as error:
                    answer = {"raised": told(error, folder)}
                if os.getpid() != own:
                    break  # a copy that the learner's code forked: one voice is enough
                frames.send(talk, answer | {"id": order["id"]})
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        os._exit(0)


def _allow(seconds: int) -> None:
    """Give the order that comes so much of the processor, whatever earlier ones took."""
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    limit = int(used) + 1 + seconds
    with suppress(ValueError, OSError):
        if most == resource.RLIM_INFINITY or limit < most:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, most))


class Answers:
    """What the app can be asked to do; each method is a verb."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.db = app.extensions["sqlalchemy"]
        self._travel: Any = None
        self._undo: list[Callable[[], None]] = []
        self._mistakes: list[dict[str, Any]] = []
        self._rendered: list[Any] = []
        self._note: Any = None
        self._key: Any = None
        self._reason = ""
        self._watch_jwt()

    def visit(
        self, method: str, path: str, host: str, headers: list[list[str]], body: str
    ) -> dict[str, Any]:
        """Answer one request as the app does."""
        status: list[Any] = []

        def start_response(line: str, answered: list[Any], _error: Any = None) -> Any:
            status[:] = [line, answered]

        parts = self.app.wsgi_app(_environ(method, path, host, headers, body), start_response)
        try:
            content = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return {
            "status": int(status[0].split()[0]),
            "headers": [[str(name), str(value)] for name, value in status[1]],
            "body": content.decode("latin-1")[:_MOST],
        }

    def call(
        self,
        what: str,
        on: int | dict[str, str] | None = None,
        args: Sequence[Any] = (),
        named: dict[str, Any] | None = None,
        end: str = "",
        within: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Call a method of a user, saved or not, or a function of the app; then commit or not."""
        from app.models import User

        with self._context(within):
            if what.count(":"):
                module, _, name = what.partition(":")
                user, call = None, getattr(importlib.import_module(module), name)
            else:
                user = User(**on) if isinstance(on, dict) else self.db.session.get(User, on)
                call = getattr(user, what)
            args = [self._meant(value) for value in args]
            named = {name: self._meant(value) for name, value in (named or {}).items()}
            self._key, self._reason = None, ""
            said = call(*args, **named)
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
        """Save a new user as the app does, and read it again."""
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
        """Read an attribute of a saved user."""
        from app.models import User

        with self.app.app_context():
            return plain(getattr(self.db.session.get(User, member), name, "nothing"))

    def has_default(self, name: str) -> bool:
        """Return whether Python fills in a column of the users."""
        from app.models import User

        column = User.__table__.columns.get(name)
        return column is not None and column.default is not None

    def url(self, endpoint: str, values: dict[str, Any]) -> Any:
        """Build the address of an endpoint."""
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
        import time_machine

        if self._travel is not None:
            self._travel.stop()
        self._travel = time_machine.travel(at, tick=tick) if at is not None else None
        if self._travel is not None:
            self._travel.start()

    def zone(self, name: str) -> None:
        """Move to another time zone, until `reset`."""
        before = os.environ.get("TZ")

        def back() -> None:
            os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
            time.tzset()

        self._undo.append(back)
        os.environ["TZ"] = name
        time.tzset()

    def stand_in(self, endpoint: str, text: str) -> None:
        """Replace a view by one that returns a text only, until `reset`."""
        before = self.app.view_functions[endpoint]
        self._undo.append(lambda: self.app.view_functions.update({endpoint: before}))
        self.app.view_functions[endpoint] = lambda **_: text

    def reset(self) -> None:
        """Take back what was set."""
        self.clock(None)
        while self._undo:
            self._undo.pop()()

    def at_once(self, first: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
        """Carry out one order, and another one whole right before the first's first change."""
        import threading

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
        """Write lines as the server and Flask do; return what a handler gets to see."""
        import logging

        lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
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
        """Run a command of the app's."""
        done = self.app.test_cli_runner().invoke(args=args)
        return {"code": done.exit_code, "output": done.output, "error": repr(done.exception)}

    def settings(self, environment: dict[str, str | None], names: list[str]) -> dict[str, Any]:
        """Read config.py anew where the environment holds these values."""
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

    def watch_templates(self) -> None:
        """Keep which templates the app renders, and the token that each is given."""
        from flask import template_rendered

        self._rendered.clear()
        if self._note is not None:
            return

        def note(_sender: Any, template: Any, context: dict[str, Any], **_: Any) -> None:
            self._rendered.append([plain(template.name), plain(context.get("token"))])

        self._note = note  # signals hold their listeners weakly
        template_rendered.connect(note, self.app)

    def rendered(self) -> list[Any]:
        """Return what `watch_templates` has kept."""
        return self._rendered[-100:]

    def watch_log(self) -> None:
        """Keep what the app writes into its log when something was raised."""
        note = self.app.logger.exception
        folder = Path(self.app.root_path).parent

        def keep(*args: Any, **named: Any) -> None:
            from sqlalchemy.exc import OperationalError

            error = sys.exc_info()[1]
            if error is not None and not isinstance(error, (OSError, OperationalError)):
                self._mistakes.append(told(error, folder))
            note(*args, **named)

        self.app.logger.exception = keep

    def mistakes(self) -> list[dict[str, Any]]:
        """Return what `watch_log` has kept."""
        return self._mistakes[:3]

    @contextmanager
    def _context(self, within: dict[str, Any] | None) -> Any:
        """Be in the app's context alone, as a shell is, or in the middle of a request."""
        if within is None:
            with self.app.app_context():
                yield
        else:
            environ = _environ(**within)
            with self.app.request_context(environ):
                yield

    def _meant(self, value: Any) -> Any:
        from app.models import User

        if isinstance(value, dict) and set(value) == {"member"}:
            return self.db.session.get(User, value["member"])
        return value

    def _watch_jwt(self) -> None:
        """Note the key that tokens are signed with, and why they are refused."""
        import jwt

        encode, decode = jwt.encode, jwt.decode

        def noted_encode(payload: Any, key: Any, *more: Any, **named: Any) -> Any:
            self._key = key
            return encode(payload, key, *more, **named)

        def noted_decode(*args: Any, **named: Any) -> Any:
            try:
                return decode(*args, **named)
            except Exception as error:
                self._reason = f"{type(error).__name__}: {error}"[:_SHORT]
                raise

        jwt.encode, jwt.decode = noted_encode, noted_decode


def plain(value: Any) -> Any:
    """Return a plain value as it is, and of any other one its type and whether it counts as yes."""
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is str:
        return value[:_MOST]
    if type(value) in (list, tuple):
        return [plain(entry) for entry in value[:100]]
    try:
        return {"type": type(value).__name__, "true": bool(value)}
    except Exception:
        return {"type": type(value).__name__, "true": False}


def told(error: BaseException, folder: Path) -> dict[str, str]:
    """Describe an exception: its type, what it says, and the line of the app it came from."""
    if isinstance(error, SyntaxError):
        place = f"{_local(error.filename or '', folder)}, line {error.lineno}"
        return {"type": type(error).__name__, "message": str(error.msg), "where": place}
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        error.strerror = f"more than {FILE_SIZE // 1_000_000} MB were printed, or written"
    lines = str(error).strip().splitlines()
    said = lines[0] if lines else ""
    said = said if len(said) <= _SHORT else f"{said[:_SHORT]}…"
    if isinstance(error, NameError) and _stands_in_class(error):
        said += (
            f"; it stands in the class, where methods see it as self.{error.name} only: "
            "move that line into the method, or to the top of the file"
        )
    return {"type": type(error).__name__, "message": said, "where": _where(error, folder)}


def _stands_in_class(error: NameError) -> bool:
    """Return whether the name was made in the body of the class whose method missed it."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    owner = frame.f_globals.get(frame.f_code.co_qualname.partition(".")[0])
    return isinstance(owner, type) and error.name in vars(owner)


def _where(error: BaseException, folder: Path) -> str:
    import linecache

    cause, inside = error.__cause__ or error, f"{folder}{os.sep}"
    for shown in (cause, error):
        for frame, number in reversed(list(traceback.walk_tb(shown.__traceback__))):
            name = frame.f_code.co_filename
            if name.startswith(inside):
                line = linecache.getline(name, number).strip()
                return f"{_local(name, folder)}, line {number}: {line[:_SHORT]}"
    return ""


def _local(name: str, folder: Path) -> str:
    path = Path(name)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else name


def _bytes(key: Any) -> bytes:
    return key.encode() if isinstance(key, str) else bytes(key)


def _environ(
    method: str, path: str, host: str, headers: list[list[str]], body: str
) -> dict[str, Any]:
    """Make of a request what WSGI hands to an app."""
    from urllib.parse import unquote_to_bytes

    content = body.encode("latin-1")
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": path,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ
