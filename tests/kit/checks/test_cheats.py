"""The catalogue of cheats: none earns more than an honest failure, and none harms a neighbour.

Each cheat is what a learner would write into a blank. An app that lacks the column `confirmed`
tries to pass for one that has it; a method that always says yes, for one that checks.
"""

from dataclasses import dataclass, replace

import psutil
import pytest

from confirmlab.checks import mutation_score
from confirmlab.checks import runner as checks
from confirmlab.checks.sandbox import canaries, isolation, tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.grading.baseline import measured
from confirmlab.grading.grader import Grader
from confirmlab.processes.jobs import Job

SECONDS = 1.0
LESSONS = ("00", "03", "04", "06")
COLUMN, CONFIRM = "confirmed-column", "confirm-token"
KINDS = ["limits", *(["bwrap"] if isolation.chosen("auto") == "bwrap" else [])]


@dataclass(frozen=True)
class Found:
    """Hold what became of one fill: its share of the points, a status, what was said of it."""

    share: float
    status: str
    alarms: tuple[str, ...]
    output: str


@pytest.fixture(scope="module", params=KINDS)
def sandbox(request):
    with Sandbox(request.param) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def standard(sandbox):
    return replace(measured(sandbox, {}, LESSONS), spent=dict.fromkeys(LESSONS, 0.0), least=SECONDS)


@pytest.fixture(scope="module")
def judged(sandbox, standard):
    """Judge a fill alone, as the grader does."""

    def judged(exercise_id, fill):
        exercise, names = lessons.load().exercise(exercise_id), canaries.drawn()
        fills = solutions.fills() | {exercise_id: fill}
        task = {"fills": fills, "ids": [exercise_id], "hidden": {}, "canaries": names}
        finished = sandbox.run(Job(tasks.run_graded, task, None, SECONDS))
        alarms = canaries.alarms(finished.messages, names, finished.end == "done")
        results = checks.read_results([exercise], finished, SECONDS, standard.tests)
        status = {"done": "graded", "timeout": "timeout", "died": "crashed"}[finished.end]
        share = 0.0 if alarms else results[exercise_id].score
        return Found(share, "tampered" if alarms else status, tuple(alarms), finished.output)

    return judged


@pytest.fixture(scope="module")
def honest(judged):
    """Give what the same fills earn without the cheat."""
    return {COLUMN: judged(COLUMN, column("")).share, CONFIRM: judged(CONFIRM, method("")).share}


@pytest.fixture(scope="module")
def grader(sandbox, standard):
    grader = Grader(sandbox, standard)
    yield grader
    grader.reader.close()


def column(cheat):
    """Put a cheat where the app is imported, and leave the column out."""
    return f"exec({cheat!r}, {{'__name__': 'cheat'}})\nconfirmed = False\n"


def method(cheat):
    """Put a cheat into the method that checks tokens, which says yes to all of them."""
    return (
        f"def confirm(self, token):\n    exec({cheat!r}, {{'__name__': 'cheat'}})\n    return True"
    )


# What would take the tests' place if it could be reached: pytest's plugins, found in two ways.
FORGE = """
import os
plugins = {type(one).__name__: one for one in manager.get_plugins()}
say = plugins["Reporter"].say
for name in ("test_answer_is_kept", "test_new_user_is_not_confirmed"):
    name = f"test_03_the_user_model.py::{name}"
    say({"ended": name})
    say({"name": name, "when": "call", "outcome": "passed", "message": "", "where": ""})
say({"end": "done"})
os._exit(0)
"""
FRAMES = """
while not hasattr(frame.f_locals.get("config"), "pluginmanager"):
    frame = frame.f_back
manager = frame.f_locals["config"].pluginmanager
"""

COLLECTED = """
from confirmlab import collection, ready
manager = collection._ahead[-1].session.config.pluginmanager
"""

# What a cheat is called, what it runs, and which status tells of it.
WHERE_IT_IS_IMPORTED = {
    "ends the process": ("import os; os._exit(0)", "crashed"),
    "exits": ("import sys; sys.exit()", "graded"),
    "exits at the end": ("import atexit, os; atexit.register(os._exit, 0)", "graded"),
    "interrupts": ("raise KeyboardInterrupt", "tampered"),
    "stops pytest": ("import pytest; pytest.exit('enough')", "tampered"),
    "skips": ("import pytest; pytest.skip('enough', allow_module_level=True)", "tampered"),
    "drops asserts": (
        """
import ast, builtins
compiled = compile
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
def dropping(source, *more, **named):
    if isinstance(source, (str, bytes)):
        source = Drop().visit(ast.parse(source))
    return compiled(source, *more, **named)
builtins.compile = dropping
""",
        "tampered",
    ),
    "drops asserts on import": (
        """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        sys.flags_wanted = name
sys.meta_path.insert(0, Finder())
""",
        "graded",
    ),
    "replaces Function.runtest": (
        "import _pytest.python\n_pytest.python.Function.runtest = lambda self: None",
        "tampered",
    ),
    "looks for what was collected": (COLLECTED + FORGE, "graded"),
    "replaces it with mock": (
        "from unittest import mock\n"
        "mock.patch('_pytest.python.Function.runtest', lambda self: None).start()",
        "tampered",
    ),
    "replaces the runner": (
        """
from _pytest.runner import CallInfo
call = CallInfo.from_call.__func__
CallInfo.from_call = classmethod(lambda cls, func, *a, **k: call(cls, lambda: None, *a, **k))
""",
        "tampered",
    ),
    "replaces pytest.raises": (
        "import contextlib, pytest\npytest.raises = lambda *a, **k: contextlib.nullcontext()",
        "tampered",
    ),
    "replaces the reporter's words": (
        """
from confirmlab.checks.pytest_plugin import Reporter
tell = Reporter._tell
Reporter._tell = lambda self, item, when, *more: tell(self, item, "call", "passed")
""",
        "tampered",
    ),
    "replaces the canaries": (
        "from confirmlab.checks.sandbox.canaries import Canaries\n"
        "Canaries.pytest_pyfunc_call = lambda self, pyfuncitem: True",
        "tampered",
    ),
    "replaces the visitor": (
        "from confirmlab.site.visitor import Visitor\nVisitor.open = lambda *a, **k: None",
        "tampered",
    ),
    "replaces isinstance": (
        "import builtins\nbuiltins.isinstance = lambda *a: True",
        "tampered",
    ),
    "replaces the tests' code": (
        """
import sys
for module in list(sys.modules.values()):
    for name, thing in list(vars(module).items()):
        if name.startswith("test_") and hasattr(thing, "__code__"):
            thing.__code__ = (lambda: None).__code__
""",
        "tampered",
    ),
    "replaces a tool of the tests": (
        "import sys\nsys.modules['conftest'].Press = object",
        "tampered",
    ),
    "asks pytest for its plugins": (
        "import _pytest.assertion.util as util\nmanager = util._config.pluginmanager" + FORGE,
        "graded",
    ),
    "walks the frames": ("import sys\nframe = sys._getframe()" + FRAMES + FORGE, "tampered"),
    "walks the frames from elsewhere": (
        "import os, sys\nos.chdir('/')\nframe = sys._getframe()" + FRAMES + FORGE,
        "tampered",
    ),
    "replaces the database's answers": (
        """
from sqlalchemy.orm import scoped_session
class Row:
    confirmed = True
scoped_session.get = lambda *a, **k: Row()
""",
        "tampered",
    ),
    "walks an exception's frames": (
        "try:\n    1 / 0\nexcept Exception as error:\n    frame = error.__traceback__.tb_frame"
        + FRAMES
        + FORGE,
        "tampered",
    ),
    "lets inspect walk": (
        "import inspect\nframe = inspect.currentframe()" + FRAMES + FORGE,
        "tampered",
    ),
    "lets a signal bring a frame": (
        "import signal\ngot = []\nsignal.signal(signal.SIGUSR1, lambda s, f: got.append(f))\n"
        "signal.raise_signal(signal.SIGUSR1)\nframe = got[0]" + FRAMES + FORGE,
        "graded",
    ),
    "walks a generator's frame": (
        "def walk():\n    yield me.gi_frame.f_back\nme = walk()\nframe = next(me)" + FRAMES + FORGE,
        "tampered",
    ),
    "searches all objects": ("import gc\nfound = gc.get_objects()", "tampered"),
    "writes into memory": ("import ctypes\nctypes.memmove(id(1), b'x', 1)", "graded"),
    "reads the reference": (
        "from confirmlab import reference\nprint('GOT' * len(reference.fills.__wrapped__()))",
        None,  # one kind of walls has no reference, the other refuses to open it
    ),
    "reads the kit's tests": (
        "from confirmlab import course\n"
        "print('GOT', course.folder('tests', 'kit', 'conftest.py').read_text())",
        "tampered",
    ),
    "writes to all descriptors": (
        """
import os
for number in range(3, 256):
    try:
        os.write(number, b'{"name": "test_answer_is_kept", "outcome": "passed"}\\n{"end": "done"}')
    except OSError:
        pass
""",
        "tampered",
    ),
    "forks": ("import os, time\nos.fork() or time.sleep(1000)", "tampered"),
    "forks on and on": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        "tampered",
    ),
    "leaves a daemon": (
        "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)",
        "tampered",
    ),
    "leaves threads": (
        "import threading, time\nfor _ in range(9):\n"
        "    threading.Thread(target=time.sleep, args=(1000,)).start()",
        "graded",
    ),
    "starts a thousand threads": (
        "import threading, time\nfor _ in range(1000):\n"
        "    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
        None,  # where users are counted it fails, and elsewhere it has no effect
    ),
    "takes all memory": ("held = []\nwhile True:\n    held.append(bytearray(10**8))", None),
    "prints 100 MB": ("for _ in range(100):\n    print('x' * 10**6)", "graded"),
    "ends the parent": ("import os\nos.kill(os.getppid(), 9)", "tampered"),
    "ends the parent by a limit": (
        "import os, resource\nresource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
        "tampered",
    ),
    "ends all processes": ("import os\nos.kill(-1, 9)", "tampered"),
    "ends its group": ("import os\nos.killpg(0, 9)", "tampered"),
    "deletes what is not its own": ("import shutil\nshutil.rmtree('/tmp')", "tampered"),
    "writes what is not its own": ("open('/tmp/confirmlab-cheat', 'w').write('GOT')", "graded"),
    "links what is not its own": (
        "import os\nos.symlink('/etc/passwd', 'link')\nprint('GOT', open('link').read())",
        "tampered",
    ),
    "calls another machine": (
        "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)\nprint('GOT')",
        "graded",
    ),
    "goes elsewhere": ("import os\nos.chdir('/')", "graded"),
    "locks its home": ("import os\nos.chmod(os.environ['HOME'], 0)", None),
    "traces": ("import sys\nsys.settrace(lambda *_: None)", "tampered"),
    "closes its output": ("import sys\nsys.stdout.close()", None),
    "never ends": ("while True:\n    pass", "timeout"),
    "ends only when killed": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "while True:\n    pass",
        "timeout",
    ),
    "never ends to be deleted": (
        "import sys\nclass Endless:\n    def __del__(self):\n        while True:\n"
        "            pass\nsys.endless = Endless()",
        "graded",
    ),
}
WHERE_IT_IS_CALLED = {
    "ends the process": ("import os; os._exit(0)", "crashed"),
    "exits": ("raise SystemExit", "graded"),
    "prints without end": ("while True:\n    print('x' * 10**5)", "timeout"),
    "makes files without end": (
        "import itertools\nfor n in itertools.count():\n    open(f'{n}', 'w').close()",
        "timeout",
    ),
    "burns in threads": (
        "import threading\ndef burn():\n    while True:\n        pass\n"
        "for _ in range(4):\n    threading.Thread(target=burn).start()\nburn()",
        "timeout",
    ),
}


@pytest.mark.parametrize("cheat", WHERE_IT_IS_IMPORTED)
def test_a_cheat_on_import(judged, honest, cheat):
    """A cheat that runs when the app is imported earns no more than its fill does without it."""
    code, status = WHERE_IT_IS_IMPORTED[cheat]
    found = judged(COLUMN, column(code))
    assert found.share <= honest[COLUMN], found
    assert status in (found.status, None), found
    assert "GOT" not in found.output


@pytest.mark.parametrize("cheat", WHERE_IT_IS_CALLED)
def test_a_cheat_when_called(judged, honest, cheat):
    """A cheat that runs in the middle of a test earns no more than its fill does without it."""
    code, status = WHERE_IT_IS_CALLED[cheat]
    found = judged(CONFIRM, method(code))
    assert found.share <= honest[CONFIRM], found
    assert found.status == status, found


def test_an_object_that_equals_all(judged, honest):
    """An object that equals everything, and is true, is not what a test takes for a yes."""
    everything = {"__eq__": "lambda *_: True", "__bool__": "lambda _: True", "__hash__": "id"}
    body = ", ".join(f"{name!r}: {made}" for name, made in everything.items())
    found = judged(COLUMN, f"confirmed = type('All', (), {{{body}}})()")
    assert found.share <= honest[COLUMN]
    found = judged(CONFIRM, f"def confirm(self, token):\n    return type('All', (), {{{body}}})()")
    assert found.share <= honest[CONFIRM]


@pytest.mark.parametrize(
    "cheat", ["forks on and on", "leaves a daemon", "leaves threads", "never ends"]
)
def test_nothing_is_left(sandbox, judged, cheat):
    """When a run has ended, no process of it runs on."""
    judged(COLUMN, column(""))
    before = {process.pid for process in _below(sandbox)}
    judged(COLUMN, column(WHERE_IT_IS_IMPORTED[cheat][0]))
    assert {process.pid for process in _below(sandbox)} == before


def _below(sandbox):
    warden = psutil.Process(sandbox._warden.pid)
    return [warden, *warden.children(recursive=True)]


def test_the_next_learner_is_not_harmed(judged, honest):
    """After all that, the reference earns everything, and an honest failure what it did before."""
    found = judged(COLUMN, solutions.fill(COLUMN))
    assert (found.share, found.status, found.alarms) == (1, "graded", ())
    assert judged(COLUMN, column("")).share == honest[COLUMN]


@pytest.mark.parametrize(
    ("cheat", "status"),
    [("ends the process", "crashed"), ("never ends", "timeout"), ("traces", "tampered")],
)
def test_only_the_cheat_pays(grader, tmp_path, cheat, status):
    """The grade says what happened, the cheat earns nothing by it, the other exercises all."""
    fills = {name: solutions.fills()[name] for name in ("welcome-line", "confirm-txt")}
    fills[COLUMN] = column(WHERE_IT_IS_IMPORTED[cheat][0])
    grade = grader.grade("mallory", [skeleton.build(tmp_path / "my_app", fills)])
    points = {entry.exercise: entry.points for entry in grade.exercises if entry.points}
    assert (grade.status, points) == (status, {"welcome-line": 1.0, "confirm-txt": 2.0})


FAILS_LATER = """
from pathlib import Path
def test_counts(user):
    count = Path("count")
    seen = len(count.read_text()) if count.exists() else 0
    count.write_text("x" * (seen + 1))
    assert seen < {after}
"""
SUITES = {
    "passes first and fails later": FAILS_LATER.format(after=5),
    "passes on as many as are correct": FAILS_LATER.format(after=4),
    "asks which app it has": (
        "def test_which(user):\n    assert 'models' in User.confirm.__code__.co_filename"
    ),
    "looks at the code": (
        "def test_code(user):\n    assert hash(User.confirm.__code__.co_code) != 1"
    ),
    "asks the runner": (
        "import sys\ndef test_frames(user):\n"
        "    frame = sys._getframe()\n"
        "    while 'fills' not in frame.f_locals:\n        frame = frame.f_back\n"
        "    assert 'leeway' not in str(frame.f_locals['fills'])"
    ),
    "reads the faulty apps": (
        "from confirmlab import mutants\ndef test_read(user):\n    assert mutants.faulty()"
    ),
    "ends the process": "import os\ndef test_end(user):\n    os._exit(0)",
    "leaves copies": "import os, time\ndef test_fork(user):\n    os.fork() or time.sleep(1000)",
    "speaks for the runner": (
        "import os\ndef test_forge(user):\n"
        "    for number in range(3, 64):\n"
        "        try:\n"
        '            os.write(number, b\'5\\n[]\\n{"whole": 1}\\n{"outcome": "failed"}\\n\')\n'
        '            os.write(number, b\'{"app": 7, "ended": "died"}\\n\' + b\'[\' * 9999)\n'
        "        except OSError:\n            pass\n"
    ),
}


@pytest.mark.parametrize("cheat", SUITES)
def test_a_suite_that_cheats(sandbox, monkeypatch, cheat):
    """Tests of a learner's that cheat catch no faulty app: they fail on a correct one, or none."""
    monkeypatch.setattr(mutation_score, "SECONDS", 1.0)
    result = mutation_score.score("confirmation-tests", SUITES[cheat], sandbox.run_all, shares=1)
    caught = [test for test in result.tests if test.outcome == "passed" and test.name != "valid"]
    assert result.status == "failed" and not caught, result.tests
