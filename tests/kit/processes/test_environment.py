"""Facts about which parts of a person's environment the kit's children get."""

import json
import os
import subprocess
import sys

import pytest

from confirmlab.course import solutions
from confirmlab.notebook.workspace import Workspace
from confirmlab.processes import environment, jobs
from confirmlab.processes.jobs import Job

SAYS_YES = '''
def confirm(self, token):
    """Say yes to everything."""
    self.confirmed = True
    return True
'''

# Without a guard for __main__, as a notebook's kernel has none.
CHECK = """
import json, sys
from pathlib import Path
from confirmlab.checks import runner
from confirmlab.course import lessons
result = runner.judge(Path(sys.argv[1]), [lessons.load().exercise(sys.argv[2])])[sys.argv[2]]
print(json.dumps([result.status, [test.outcome for test in result.tests]]))
"""


SHELL = {
    "PYTEST_ADDOPTS": "-k commit -n 2 --collect-only",
    "PYTEST_PLUGINS": "no_such_plugin",
    "PYTHONWARNINGS": "error",
    "MAIL_PORT": "tcp://10.0.0.7:25",  # Kubernetes sets this if a service is named mail
    "FLASK_APP": "nothing",
    "SECRET_KEY": "short",
    "HTTP_PROXY": "http://10.0.0.7:3128",
}


def python(*arguments, flags=(), **variables):
    """Run Python with a shell's variables; return what it printed."""
    done = subprocess.run(
        [sys.executable, *flags, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def app(folder):
    workspace = Workspace(folder)
    for name in ("confirmed-column", "generate-token", "confirm-token"):
        workspace.fill(name, solutions.fill(name))
    return workspace


def checked(app, exercise="confirm-token", flags=(), **variables):
    """Check an exercise from a shell with these variables."""
    return json.loads(python("-c", CHECK, str(app.folder), exercise, flags=flags, **variables))


def test_asserts_hold_whatever_the_flags(app):
    """A `confirm` that accepts everything fails, even if Python runs with -O."""
    app.fill("confirm-token", SAYS_YES)
    status, outcomes = checked(app, flags=["-O"], PYTHONOPTIMIZE="2")

    assert status == "failed"
    assert outcomes.count("failed") > 3


def test_a_shell_does_not_reach_a_check(app, tmp_path):
    """The reference passes, whatever variables a shell sets and whatever files are near."""
    (tmp_path / "jwt.py").write_text("raise RuntimeError('not the package')\n")
    (tmp_path / "flask.py").write_text("raise RuntimeError('not the package')\n")
    program = f"import os, sys; sys.path[0] = ''; os.chdir({str(tmp_path)!r})\n{CHECK}"
    # The kernel has imported the packages already; its children import them again.
    program = f"import flask, jwt, confirmlab.checks.runner\n{program}"
    found = json.loads(python("-c", program, str(app.folder), "confirm-token", **SHELL))

    status, outcomes = found
    assert (status, set(outcomes)) == ("passed", {"passed"}) and len(outcomes) >= 13


def test_a_child_gets_a_short_list(tmp_path):
    """A child has only the allowed variables of its caller, and no secrets."""
    given = {"JUPYTERHUB_API_TOKEN": "secret", "PATH": "/bin", "HOME": "/home/ada", "CI": "true"}
    found = environment.for_child({"MOOD": "calm"}, given)

    assert {name for name in found if name in given} == {"PATH", "HOME"}
    assert found["MOOD"] == "calm"


def test_a_child_that_starts_afresh_finds_the_same(monkeypatch):
    """If children are spawned, the caller's environment is replaced and then restored."""
    monkeypatch.setenv("MOOD", "grim")
    before = dict(os.environ)
    with environment.child_environment():
        assert "MOOD" not in os.environ and os.environ["PYTHONUTF8"] == "1"

    assert dict(os.environ) == before


def test_only_flags_that_change_how_code_runs_are_dropped():
    """A child keeps its parent's flags -s and -B, and loses -O, -W and -X."""
    flags = ["-OO", "-s", "-B", "-Werror", "-Xdev", "-vv"]

    assert environment.interpreter_flags(flags) == ["-s", "-B"]


def test_a_name_server_is_not_asked(tmp_path):
    """A child can send a mail without a DNS lookup of its machine's name."""
    (message,) = jobs.run(Job(greets_itself, {}, tmp_path)).messages

    assert message == {"asked": [], "hello": "[127.0.0.1]"}


def greets_itself(task, say):
    import smtplib
    import socket

    asked = []
    environment._gethostbyname = socket.gethostbyaddr = asked.append
    hello = smtplib.SMTP().local_hostname
    say({"asked": asked, "hello": hello})
