"""Run a learner's lines in a fresh shell of the app, and the flask and pytest commands."""

import ast
import linecache
import os
import sys
from pathlib import Path
from typing import Any

from confirmlab.base.tracebacks import trace
from confirmlab.processes import jobs
from confirmlab.processes.fork_server import Parent
from confirmlab.processes.jobs import DIED, End, Finished, Job, Send
from confirmlab.site import app_process

_CELL = "<shell>"


def run_shell(folder: Path, source: str, mail_port: int, seconds: float = 30) -> Finished:
    """Run lines as `flask shell` would: in the app's context, showing each expression."""
    task = {"app": str(folder), "source": source}
    return jobs.run(Job(_shell, task, folder, seconds, _environment(mail_port)))


def run_flask(folder: Path, arguments: list[str], mail_port: int, seconds: float = 60) -> Finished:
    """Run the flask command in the app's folder."""
    task = {"arguments": arguments}
    return jobs.run(Job(_flask, task, folder, seconds, _environment(mail_port)))


def run_pytest(folder: Path, arguments: list[str], seconds: float = 60) -> Finished:
    """Run pytest in the app's folder, on the learner's own tests."""
    return jobs.run(Job(_pytest, {"arguments": arguments}, folder, seconds, parent=Parent.SUITES))


def missing_column(folder: Path) -> str:
    """Return a sentence on the first column of the models that the database lacks, or ""."""
    finished = jobs.run(Job(_lag, {"app": str(folder)}, folder, 30))
    return next((message["lag"] for message in finished.messages if "lag" in message), "")


def failed(finished: Finished) -> str:
    """Return why a command did not succeed, or ""."""
    if finished.end == End.TIMEOUT:
        return "It was still running at its time limit and was ended; does a loop never stop?"
    if finished.end == End.DIED:
        return DIED
    code = next((m["code"] for m in finished.messages if "code" in m), 0)
    return f"It ended with status {code}." if code else ""


def _environment(mail_port: int) -> dict[str, str]:
    return {"MAIL_PORT": str(mail_port)}


def _shell(task: dict[str, Any], send: Send) -> None:
    try:
        app = app_process.load_app(Path(task["app"]), {})
    except BaseException as error:
        send({"trace": trace(error, task["app"]).rstrip()})
        return
    source = task["source"]
    # Lets a traceback show the lines of the cell.
    linecache.cache[_CELL] = (len(source), None, source.splitlines(keepends=True), _CELL)
    with app.app_context():
        names = {"__name__": "__console__", **app.make_shell_context()}
        try:
            tree = ast.Interactive(body=ast.parse(source, _CELL).body)
            exec(compile(tree, _CELL, "single"), names)
        except SystemExit:
            pass
        except BaseException as error:
            send({"trace": trace(error, _CELL, task["app"]).rstrip()})


def _lag(task: dict[str, Any], send: Send) -> None:
    send({"lag": app_process.missing_in_database(app_process.load_app(Path(task["app"]), {}))})


def _flask(task: dict[str, Any], send: Send) -> None:
    from flask.cli import cli

    app_process.make_importable(Path.cwd())
    sys.argv = ["flask", *task["arguments"]]
    _run_and_report(send, lambda: cli.main(args=task["arguments"], prog_name="flask"))


def _pytest(task: dict[str, Any], send: Send) -> None:
    import pytest

    app_process.make_importable(Path.cwd())
    lean = ["-p", "no:cacheprovider", "--color=no"]
    _run_and_report(send, lambda: sys.exit(pytest.main([*lean, *task["arguments"]])))


def _run_and_report(send: Send, command: Any) -> None:
    try:
        command()
    except SystemExit as end:
        send({"code": end.code if isinstance(end.code, int) else int(bool(end.code))})
    except BaseException as error:
        print(trace(error, os.getcwd()), file=sys.stderr)
        send({"code": 1})
