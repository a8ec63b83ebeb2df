"""The jobs of the sandbox's children: run a learner's app, and run the graded tests on one."""

import os
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from confirmlab.base import paths
from confirmlab.checks import runner
from confirmlab.checks.app import app_settings
from confirmlab.checks.app.app_settings import AppSettings
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, skeleton
from confirmlab.processes.jobs import End, Finished, Job
from confirmlab.processes.messages import Send
from confirmlab.processes.processor import Processor
from confirmlab.site.driver import app_host

_MAIL_PORT = 8025  # the port in app/config.py; it is free in a separate network
_TESTS = 30.0  # processor seconds for the tests, in addition to the app's


def run_app_and_tests(sandbox: Sandbox, job: Job) -> Finished:
    """Run an app in the sandbox and the tests in its trusted partner; return the tests' messages.

    The job is one of `run_graded`; its seconds are for the app.
    """
    with closing(Processor()) as processor:
        settings = app_settings.draw(processor.number)
        task = {"fills": job.task["fills"], "secret_key": settings.secret_key}
        control = sandbox.begin(replace(job, work=run_app, task=task))
        try:
            settings.send(control, mail_port=_MAIL_PORT if sandbox.kind == "bwrap" else 0)
            there = {"settings": asdict(settings), "database": str(sandbox.process.database)}
            asked = {name: value for name, value in job.task.items() if name != "fills"}
            tests = Job(run_graded, asked | there, job.folder, _TESTS)
            finished = sandbox.partner.run(tests, control.fileno())
        finally:
            control.close()
            app = sandbox.finish()
    end = finished.end
    if end == End.DONE:
        outcomes = {message.get("outcome") for message in finished.messages}
        late = app.end == End.TIMEOUT or "timeout" in outcomes
        died = any("died" in message for message in finished.messages)
        end = End.TIMEOUT if late else End.DIED if died else End.DONE
    alarms = tuple(message for message in app.messages if "alarm" in message)
    return Finished(finished.messages + alarms, app.output, end, app.seconds)


def run_app(task: dict[str, Any], send: Send) -> None:
    """Build an app from `fills` in this folder, and run it for the other end of the channel.

    Its instance folder is as on a real site: it holds its key, and a link to `database`.
    """
    folder = skeleton.build(Path.cwd() / "my_app", task["fills"])
    instance = folder / "instance"
    instance.mkdir(exist_ok=True)
    (instance / "secret_key").write_text(task["secret_key"], encoding="ascii")
    (instance / "app.sqlite").symlink_to(task["database"])
    os.chdir(folder)
    app_host.host(socket.socket(fileno=task["channel"]), folder)


def run_graded(task: dict[str, Any], send: Send) -> None:
    """Run the graded tests of some exercises on the app at the other end of the channel.

    The task holds `ids` of exercises, the app's `settings` and `database`, and `hidden`: the texts
    of test files by name, which replace the kit's own.
    """
    files = runner.test_files(map(lessons.load().exercise, task["ids"]))
    hidden = _write_tests(Path.cwd() / "hidden", task["hidden"]) if task["hidden"] else None
    asked = {"ids": task["ids"], "files": [str(hidden)] if hidden else files, "root": hidden}
    control = socket.socket(fileno=task["channel"])
    settings, database = AppSettings(**task["settings"]), Path(task["database"])
    runner.run_on_app(asked, send, control, settings, database)


def _write_tests(folder: Path, texts: Mapping[str, str]) -> Path:
    folder.mkdir()
    shared = paths.in_kit("tests", "lesson", "conftest.py")
    (folder / "conftest.py").write_text(shared.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
