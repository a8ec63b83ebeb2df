"""The guard cannot be taken away again, so each case runs in a process of its own."""

import json
import subprocess
import sys

import pytest

from confirmlab.base import paths

START = """
import json, sys
from pathlib import Path
from confirmlab import guard
told = []
guard.watch(told.append, Path.cwd(), (Path({kept!r}),), forks={forks})
refused = ""
try:
    exec(compile({code!r}, str(Path.cwd() / "app.py"), "exec"), {{"__name__": "app"}})
except BaseException as error:
    refused = f"{{type(error).__name__}}: {{error}}"
print(json.dumps([told, refused]))
"""


@pytest.fixture
def watched(tmp_path):
    """Run code as a learner's app, and give what the guard told, and what it refused."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "secret").write_text("hush")
    home = tmp_path / "home"
    home.mkdir()

    def watched(code, forks=False):
        text = START.format(kept=str(kept), code=code, forks=forks)
        command = [sys.executable, "-c", text]
        environment = {"PYTHONPATH": str(paths.ROOT), "KEPT": str(kept)}
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    return watched


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import os; os.fork()", "start a process"),
        ("import os; os.system('true')", "start a process"),
        ("import subprocess; subprocess.run(['true'])", "start a process"),
        ("import os; os.kill(os.getppid(), 0)", "end a process"),
        ("import os, resource as r; r.prlimit(0, r.RLIMIT_CPU, (1, 1))", "end a process"),
        ("import gc; gc.get_objects()", "look into the program"),
        ("import sys; sys._getframe()", "look into the program"),
        ("import inspect; inspect.stack()", "look into the program"),
        ("import sys; sys.settrace(None)", "look into the program"),
        ("import traceback as t\nnext(t.walk_stack(None))", "look into the program"),
        ("def f(): pass\nf.__code__ = f.__code__", "look into the program"),
        ("def f(): pass\nsetattr(f, '__code__', (lambda: 0).__code__)", "look into the program"),
        ("import os; open(os.environ['KEPT'] + '/secret')", "read what learners are not given"),
        ("import os; os.remove(os.environ['KEPT'] + '/secret')", "change files"),
        ("import os; os.rename('x', '../x')", "change files"),
        ("import os; os.symlink('/etc', 'etc')", "change files"),
        ("import shutil; shutil.rmtree('..')", "change files"),
    ],
)
def test_refused_and_told(watched, code, what):
    """What nobody does by mistake is refused, and told."""
    told, refused = watched(code)
    assert len(told) == 1 and what in told[0]
    assert "not allowed while your work is graded" in refused


@pytest.mark.parametrize(
    "code",
    [
        "open('../x', 'w')",
        "import sqlite3; sqlite3.connect('../x')",
        "import socket; socket.create_connection(('192.0.2.1', 9), 1)",
        "import socket; socket.getaddrinfo('example.com', 80)",
        "import ctypes",
        "import signal; signal.signal(signal.SIGALRM, print)",
        "import os\nclass P:\n    def __fspath__(self): return 'x'\nos.open(P(), os.O_RDONLY)",
    ],
)
def test_refused_and_not_told(watched, code):
    """What an answer might try in good faith is refused, and nobody is accused of it."""
    told, refused = watched(code)
    assert refused and not told


@pytest.mark.parametrize(
    "code",
    [
        "print('hello')",
        "import logging; logging.warning('hello'); logging.getLogger('app').error('hello')",
        "import logging\ntry:\n    1 / 0\nexcept Exception:\n    logging.exception('oh')",
        "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()",
        "import traceback; traceback.print_stack()",
        "open('debug.txt', 'w').write('x')\nimport os; os.remove('debug.txt')",
        "import tempfile\nwith tempfile.TemporaryDirectory(dir='.'):\n    pass",
        "import threading; t = threading.Thread(target=print); t.start(); t.join()",
        "import uuid, hashlib, inspect, subprocess, dis\nuuid.uuid4(); inspect.signature(print)",
        "import inspect\ndef f(a): pass\ninspect.signature(f)",
        "import asyncio\nasync def f(): pass\nasyncio.run(f())",
        "from collections import namedtuple\nnamedtuple('P', 'a b')",
        "import sqlite3; sqlite3.connect(':memory:').execute('select 1')",
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(s.getsockname())",
        "import warnings; warnings.warn('hello')",
    ],
)
def test_odd_but_honest(watched, code):
    """Odd but honest code runs as it would anywhere else."""
    assert watched(code) == [[], ""]


def test_a_loop_is_told_once(watched):
    """The same alarm is given once, however often it is tried."""
    code = "import os\nfor _ in range(9):\n    try:\n        os.fork()\n    except OSError: pass"
    assert watched(code) == [["it tried to start a process"], ""]


def test_forks_where_they_are_needed(watched):
    """Where the kit itself forks, forking is allowed, and starting another program is not."""
    assert watched("import os\nif os.fork() == 0: os._exit(0)\nos.wait()", forks=True) == [[], ""]
    assert watched("import os; os.system('true')", forks=True)[0]
