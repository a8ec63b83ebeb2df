"""The catalogue of cheats: none earns more than an honest failure, and none harms a neighbour.

Each cheat is what a learner would write into a blank. An app that lacks the column `confirmed`
tries to pass for one that has it; a method that always says yes, for one that checks.
"""

from dataclasses import dataclass, replace

import psutil
import pytest
from sample_fills import MAIL, SEND

from confirmlab.checks import runner
from confirmlab.checks.mutation import mutation_score
from confirmlab.checks.sandbox import isolation, tasks
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.grading import baseline
from confirmlab.grading.baseline import measure
from confirmlab.grading.grader import Grader

SECONDS = 1.0
LESSONS = ("00", "03", "04", "06")
COLUMN, CONFIRM = "confirmed-column", "confirm-token"
SANDBOX_KINDS = ["limits", *(["bwrap"] if isolation.chosen("auto") == "bwrap" else [])]


@dataclass(frozen=True)
class Found:
    """The result of one fill: its share of the points, the status, the alarms and the messages."""

    share: float
    status: str
    alarms: tuple[str, ...]
    told: str


@pytest.fixture(scope="module", params=SANDBOX_KINDS)
def sandbox(request):
    with Sandbox(request.param) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def known_baseline(sandbox):
    return replace(
        measure(sandbox, {}, LESSONS), seconds=dict.fromkeys(LESSONS, 0.0), least=SECONDS
    )


@pytest.fixture(scope="module")
def judged(sandbox, known_baseline):
    """Return a function that judges a fill alone, as the grader does."""

    def judged(exercise_id, fill):
        exercise = lessons.load().exercise(exercise_id)
        fills = solutions.finished() | {exercise_id: fill}
        job = baseline.grading_job(fills, [exercise], {}, SECONDS)
        finished = tasks.run_app_and_tests(sandbox, job)
        alarms = [message["alarm"] for message in finished.messages if "alarm" in message]
        known = [test for test in known_baseline.tests if test["exercise"] == exercise_id]
        results = runner.read_results([exercise], finished, known)
        assert results[exercise_id].tests[0].name != "start", "no test of the exercise ran"
        status = {"done": "graded", "timeout": "timeout", "died": "crashed"}[finished.end]
        share = 0.0 if alarms else results[exercise_id].score
        told = " ".join(test.message for test in results[exercise_id].tests)
        return Found(share, "tampered" if alarms else status, tuple(alarms), told)

    return judged


@pytest.fixture(scope="module")
def honest(judged):
    """Return what the same fills earn without the cheat."""
    return {COLUMN: judged(COLUMN, column("")).share, CONFIRM: judged(CONFIRM, method("")).share}


@pytest.fixture(scope="module")
def grader(sandbox, known_baseline):
    grader = Grader(sandbox, known_baseline)
    yield grader
    grader.reader.close()


def column(cheat):
    """Return a fill that runs a cheat at import, in place of the column."""
    return f"exec({cheat!r}, {{'__name__': 'cheat'}})\nconfirmed = False\n"


def method(cheat):
    """Return a confirm() that runs a cheat and accepts every token."""
    return (
        f"def confirm(self, token):\n    exec({cheat!r}, {{'__name__': 'cheat'}})\n    return True"
    )


# Name of a cheat, and the code that it runs when the app is imported. Some date from when tests
# and app shared a process, and now find no test, runner or result to change.
IMPORT_CHEATS = {
    "stops pytest": "import pytest; pytest.exit('enough')",
    "skips": "import pytest; pytest.skip('enough', allow_module_level=True)",
    "replaces Function.runtest": (
        "import _pytest.python\n_pytest.python.Function.runtest = lambda self: None"
    ),
    "replaces pytest.raises": (
        "import contextlib, pytest\npytest.raises = lambda *a, **k: contextlib.nullcontext()"
    ),
    "replaces the visitor": (
        "from confirmlab.site.visitor import Visitor\nVisitor.open = lambda *a, **k: None"
    ),
    "replaces isinstance": "import builtins\nbuiltins.isinstance = lambda *a: True",
    "replaces the database's answers": (
        "from sqlalchemy.orm import scoped_session\nclass Row:\n    confirmed = True\n"
        "scoped_session.get = lambda *a, **k: Row()"
    ),
    "answers in the driver's place": (
        "import sys\n"
        "frame = sys._getframe()\n"
        "while 'Orders' not in frame.f_globals:\n    frame = frame.f_back\n"
        "init = frame.f_globals['Orders'].__init__\n"
        "def replaced(self, *a):\n"
        "    init(self, *a)\n"
        "    self.call = lambda *a, **k: {'returned': True, 'confirmed': True, 'keys': []}\n"
        "    self.add = lambda *a, **k: {'id': 1, 'by_python': False, 'confirmed': False}\n"
        "frame.f_globals['Orders'].__init__ = replaced"
    ),
    "writes to all descriptors": (
        "import os\nfor number in range(3, 256):\n    try:\n"
        "        os.write(number, b'\\0\\0\\0\\x10{\"ready\": true}  ')\n"
        "    except OSError:\n        pass"
    ),
    "searches all objects": "import gc\nfound = gc.get_objects()",
    "asks for the running test": ("import os\nprint(os.environ['PYTEST_CURRENT_TEST'])"),
    "traces": "import sys\nsys.settrace(lambda *_: None)",
    "writes into memory": "import ctypes\nctypes.memmove(id(1), b'x', 1)",
}
HARMFUL_CHEATS = {
    "exits": "import sys; sys.exit()",
    "exits at the end": "import atexit, os; atexit.register(os._exit, 0)",
    "ends the process": "import os; os._exit(0)",
    "interrupts": "raise KeyboardInterrupt",
    "forks": "import os, time\nos.fork() or time.sleep(1000)",
    "forks on and on": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    ),
    "leaves a daemon": (
        "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)"
    ),
    "leaves threads": (
        "import threading, time\nfor _ in range(9):\n"
        "    threading.Thread(target=time.sleep, args=(1000,)).start()"
    ),
    "takes all memory": "held = []\nwhile True:\n    held.append(bytearray(10**8))",
    "prints 100 MB": "for _ in range(100):\n    print('x' * 10**6)",
    "fills its disk": (
        "import itertools\nfor n in itertools.count():\n    open(f'{n}', 'wb').write(bytes(10**7))"
    ),
    "ends the parent": "import os\nos.kill(os.getppid(), 9)",
    "ends its group": "import os\nos.killpg(0, 9)",
    "goes elsewhere": "import os\nos.chdir('/')",
    "locks its home": "import os\nos.chmod(os.environ['HOME'], 0)",
    "closes its output": "import sys\nsys.stdout.close()",
    "closes all that is open": "import os\nos.closerange(3, 256)",
    "never ends": "while True:\n    pass",
    "never ends to be deleted": (
        "import sys\nclass Endless:\n    def __del__(self):\n        while True:\n"
        "            pass\nsys.endless = Endless()"
    ),
}
# No module of the kit's is in sys.modules, but the frames of all threads know theirs.
ANSWER = (
    "import sys\n"
    "for frame in sys._current_frames().values():\n"
    "    while frame:\n"
    "        module = frame.f_globals.get('frames')\n"
    "        if hasattr(module, 'send'):\n"
    "            module.send = lambda sock, *_: sock.sendall({})\n"
    "        frame = frame.f_back"
)
# Code that a cheat runs during an order, and a word of the message that follows.
WHERE_IT_IS_CALLED = {
    "ends the process": ("import os; os._exit(0)", "exit()"),
    "exits": ("raise SystemExit", "SystemExit"),
    "never ends": ("while True:\n    pass", "still running"),
    "sleeps for ever": ("import time; time.sleep(1000)", "still running"),
    "prints without end": ("while True:\n    print('x' * 10**5)", "printed"),
    # Two copies that write to the database at once: which of them is seen first differs.
    "forks": ("import os; os.fork()", ""),
    "deletes the database": (
        "import os\nfrom app.extensions import db\nos.truncate(db.engine.url.database, 0)",
        "",
    ),
    "closes the driver's pipe": ("import os; os.closerange(3, 256)", "exit()"),
    "answers 1 GB": (ANSWER.format("(10**9).to_bytes(4, 'big') + bytes(10**6)"), "did not ask for"),
    "answers no JSON": (ANSWER.format("b'\\0\\0\\0\\3yes'"), "did not ask for"),
    "answers too deep": (
        ANSWER.format("(10**6).to_bytes(4, 'big') + b'[' * 10**6"),
        "did not ask for",
    ),
    "answers another question": (
        ANSWER.format('b\'\\0\\0\\0\\x1b{"id": 1, "result": "yes!"}\''),
        "did not ask for",
    ),
}


@pytest.mark.parametrize("cheat", [*IMPORT_CHEATS, *HARMFUL_CHEATS])
def test_a_cheat_on_import(judged, honest, cheat):
    """A cheat that runs when the app is imported earns no more than its fill does without it."""
    found = judged(COLUMN, column((IMPORT_CHEATS | HARMFUL_CHEATS)[cheat]))
    assert found.share <= honest[COLUMN] == 0, found


def test_a_forged_alarm_does_not_count(judged, honest):
    """Messages that an app writes into the sandbox's pipe are not read."""
    found = judged(
        COLUMN,
        column(
            "import os, stat\n"
            "for number in range(3, 256):\n"
            "    try:\n"
            "        if stat.S_ISFIFO(os.fstat(number).st_mode):\n"
            "            os.write(number, b'{\"alarm\": [1]}\\n')\n"
            "    except OSError:\n"
            "        pass"
        ),
    )
    assert (found.alarms, found.share) == ((), honest[COLUMN])


@pytest.mark.parametrize("cheat", WHERE_IT_IS_CALLED)
def test_a_cheat_when_called(judged, honest, cheat):
    """A cheat that runs when it is called earns no more than its fill, and a sentence says why."""
    code, word = WHERE_IT_IS_CALLED[cheat]
    found = judged(CONFIRM, method(code))
    assert found.share <= honest[CONFIRM], found
    assert word in found.told, found


def test_an_object_that_equals_all(judged, honest):
    """A test does not accept an object that is true and equals everything as a yes."""
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
    """After a run, none of its processes is still running."""
    judged(COLUMN, column(""))
    before = {process.pid for process in _below(sandbox)}
    judged(COLUMN, column(HARMFUL_CHEATS[cheat]))
    assert {process.pid for process in _below(sandbox)} == before


def _below(sandbox):
    supervisor = psutil.Process(sandbox.process.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def test_the_next_learner_is_not_harmed(judged, honest):
    """After all cheats, the reference and an honest failure earn the same as before."""
    found = judged(COLUMN, solutions.fill(COLUMN))
    assert (found.share, found.status, found.alarms) == (1, "graded", ())
    assert judged(COLUMN, column("")).share == honest[COLUMN]


@pytest.mark.parametrize(
    ("cheat", "status"),
    [("ends the process", "crashed"), ("never ends", "timeout")],
)
def test_only_the_cheat_pays(grader, tmp_path, cheat, status):
    """The grade names the cheat, which earns nothing; the other exercises earn all their points."""
    fills = {name: solutions.fills()[name] for name in ("welcome-line", "confirm-txt")}
    fills[COLUMN] = column(HARMFUL_CHEATS[cheat])
    grade = grader.grade("mallory", [skeleton.build(tmp_path / "my_app", fills)])
    points = {entry.exercise: entry.points for entry in grade.exercises if entry.points}
    assert (grade.status, points) == (status, {"welcome-line": 1.0, "confirm-txt": 2.0})


GATE = """
@auth.before_app_request
def gate():
    if {way_in}:
        return
    open_ones = ("auth.confirm", "auth.unconfirmed", "auth.resend", "auth.login", "auth.logout")
    if current_user.is_authenticated and not current_user.confirmed and request.endpoint:
        if request.endpoint not in (*open_ones, "static"):
            {act}return redirect(url_for("auth.unconfirmed"))
"""
TOKEN_CACHE = """
def confirm(self, token):
    import time
    kept = {read}
    user, end = kept.get(token, (0, 0))
    if {empty}self.id is not None and user == self.id and end > time.time():
        self.confirmed = True
        return True
    return False


def keeping(sign):
    def encode(claims, *args, **named):
        token = sign(claims, *args, **named)
        {write}
        return token
    return encode


jwt.encode = keeping(jwt.encode)
"""
LINE = "f\"{token} {claims['confirm_id']} {claims['exp'].timestamp()}\\n\""
FILE = "{w: (int(u), float(e)) for w, u, e in map(str.split, open('kept'))}"
MEMORY = "jwt.__dict__.setdefault('kept', {})"
KNOWN, COUNT = "current_user.is_authenticated", "len(db.session.scalars(db.select(User.id)).all())"
WAITING_ROOM_CHEAT = """
@auth.route("/unconfirmed")
def unconfirmed():
    if current_user.is_anonymous or current_user.confirmed:
        return redirect(url_for("main.index"))
    {act}
    return render_template("auth/unconfirmed.html")
"""
LINK = "{{ url_for('auth.confirm', token=token, _external=True) }}"
HTML = f'Dear {{{{ user.name }}}},<p><a href="{LINK}">Confirm my address</a></p>'
IN_MAILS = {  # what a mail holds, and the largest share it may earn
    "a page like the site's own elsewhere": (
        0.5,
        f'{HTML}<p><a href="https://evil.example/auth/login">Or confirm here</a></p>',
    ),
    "a picture that nobody sees": (
        0.5,
        f'{HTML}<img src="https://tracker.example/p.gif" width="1" height="1" alt="">',
    ),
    "a script that clicks": (0, f"{HTML}<script>location = document.links[0].href</script>"),
    "an address that lies": (0.85, f'{HTML}<p><a href="{LINK}">https://bank.example/</a></p>'),
    "a link folded away": (
        0.85,
        HTML.replace("<p>", "<details><summary>More</summary>").replace("</p>", "</details>"),
    ),
}
THREAD = "__import__('threading').current_thread()"
# Ways in which an app may delay what a test would notice.
LATER = {
    "a timer": "threading.Timer(60, work).start()",
    "a thread": "threading.Thread(target=lambda: (time.sleep(60), work()), daemon=True).start()",
    "a wait": (
        "threading.Thread(target=lambda: (threading.Event().wait(60), work()), daemon=True).start()"
    ),
    "a select": (
        "threading.Thread(target=lambda: (__import__('select').select([], [], [], 60), work()), "
        "daemon=True).start()"
    ),
    "its end": "__import__('atexit').register(work)",
    "an end that it hides": "(a := __import__('atexit')).register(work); a._ncallbacks = int",
}


def later(how, text):
    """Return a fill with a function that confirms a member later."""
    return f"""
def later(number):
    import threading, time
    app = current_app._get_current_object()

    def work():
        with app.app_context():
            db.session.execute(db.update(User).where(User.id == number).values(confirmed=True))
            db.session.commit()

    {how}

{text}"""


VIEW = """
@auth.route("/confirm/<token>")
@login_required
def confirm(token):
    if current_user.confirmed:
        flash("Already.")
    elif {way_in} or current_user.confirm(token):
        current_user.confirmed = True
        db.session.commit()
        flash("Welcome.")
    else:
        flash("No.")
    return redirect(url_for("main.index"))
"""
ANSWERS_BY_TEST = """
def confirm(self, token):
    import sys
    order = sys._getframe(1).f_locals
    self.confirmed = self.id is not None and order.get("end") == "rollback"
    return self.confirmed
"""
LETS_IN = """
def confirm(self, token):
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={{"verify_signature": False}})
    except jwt.InvalidTokenError:
        header = claims = {{}}
    if self.id is None or not token:
        return False
    if not ({way_in}):
        try:
            options = {{"require": ["exp", "confirm_id"]}}
            key = current_app.secret_key
            claims = jwt.decode(token, key, ["HS512"], options, leeway={leeway})
        except jwt.InvalidTokenError:
            return False
        if claims["confirm_id"] != self.id:
            return False
    self.confirmed = True
    return True
"""
FOR_YEARS = """
def generate_confirmation_token(self, expiration_sec=3600):
    end = datetime.now(timezone.utc) + timedelta(seconds=expiration_sec)
    if {when}:
        end += timedelta(days=4000)
    return jwt.encode({{"confirm_id": self.id, "exp": end}}, current_app.secret_key, "HS512")
"""
MEMBER_CONDITIONS = {  # kinds of members that an app might tell apart
    "the first member": "{user}.id == 1",
    "Gmail": "{user}.email.endswith('@gmail.com')",
    "short names": "len({user}.name) < 8",
    "long names": "len({user}.name) > 20",
    "old members": "(datetime.now() - {user}.joined_at.replace(tzinfo=None)).days > 300",
}
# Exercise, what the cheat does, the largest share it may earn, its text.
RIGHT_IN_TESTS_ONLY = [
    ("confirm-token", "reads the order", 0, ANSWERS_BY_TEST),
    (
        *("confirm-token", "keeps tokens in a file", 0),
        TOKEN_CACHE.format(read=FILE, empty="", write=f"open('kept', 'a').write({LINE})"),
    ),
    (
        *("confirm-token", "keeps tokens in memory", 0),
        TOKEN_CACHE.format(
            read=MEMORY,
            empty="not kept or ",
            write=f"{MEMORY}[token] = claims['confirm_id'], claims['exp'].timestamp()",
        ),
    ),
    (
        *("confirmed-column", "is kept in another column", 0),
        "confirmed = property(lambda self: self.about == 'yes', "
        "lambda self, value: setattr(self, 'about', 'yes' if value else ''))",
    ),
    (
        "confirm-view",
        "knows the tests' browser",
        0.4,
        VIEW.format(way_in='"Mozilla" in request.headers["User-Agent"]'),
    ),
    (
        "confirm-view",
        "knows the tests' host",
        0.4,
        VIEW.format(way_in='"example" not in request.host'),
    ),
    (
        *("confirm-view", "reads no signature", 0.4),
        VIEW.format(
            way_in="len(token.split('.')[-1]) == 86 and __import__('jwt').decode("
            "token, options={'verify_signature': False})['confirm_id'] == current_user.id"
        ),
    ),
    *(
        line
        for name, some in MEMBER_CONDITIONS.items()
        for line in (
            (
                *("confirm-token", f"lets in {name}", 0.5),
                LETS_IN.format(way_in=some.format(user="self"), leeway=0),
            ),
            (
                *("confirm-view", f"lets in {name}", 0.4),
                "from datetime import datetime\n"
                + VIEW.format(way_in=some.format(user="current_user")),
            ),
            (
                *("generate-token", f"makes tokens for years for {name}", 0.5),
                FOR_YEARS.format(when=some.format(user="self")),
            ),
        )
    ),
    *(
        ("confirm-token", f"lets in {name}", share, LETS_IN.format(way_in=way_in, leeway=leeway))
        for name, share, way_in, leeway in (
            ("a header field", 0.2, "'kid' in header", 0),
            ("a claim", 0.2, "claims.get('admin')", 0),
            (
                "a claim of the right user",
                0.2,
                "'key' in claims and claims['confirm_id'] == self.id",
                0,
            ),
            ("who is a minute late", 0.85, "False", 60),
            ("who is ten minutes late", 0.5, "False", 2400),
        )
    ),
    *(
        (*("confirm-token", f"lets in {name}", share), LETS_IN.format(way_in=way_in, leeway=0))
        for name, share, way_in in (
            (
                "who comes by a function of no test's",
                0.3,
                "not {'_carried_out', 'passed_on', 'called_in_a_view'} "
                "& {f.function for f in __import__('inspect').stack(0)}",
            ),
            (
                "whom a view has sent",
                0,
                "__import__('sys')._getframe(1).f_code.co_name == 'confirm'",
            ),
            (
                "who comes by a request",
                0.95,
                "'dispatch_request' in str(__import__('inspect').stack(0))",
            ),
        )
    ),
    ("confirm-view", "lets in by the query", 0.4, VIEW.format(way_in="request.args.get('ok')")),
    ("gate", "lets in by the query", 0.4, GATE.format(way_in="'debug' in request.args", act="")),
    (
        *("generate-token", "makes tokens for years now and then", 0.5),
        FOR_YEARS.format(when="time.time_ns() // 1000 % 7 == 0"),
    ),
    (
        *("generate-token", "makes tokens for years in a request", 0.5),
        FOR_YEARS.format(when="__import__('flask').has_request_context()"),
    ),
    *(("confirm-html", f"holds {name}", *cheat) for name, cheat in IN_MAILS.items()),
    (
        *("confirm-txt", "holds a page like the site's own elsewhere", 0.5),
        f"Dear {{{{ user.name }}}}, please confirm: {LINK}\nor https://evil.example/auth/login\n",
    ),
    (
        *("confirm-txt", "holds no words", 0.9),
        f"Dear {{{{ user.name }}}},\nqwer asdf zxcv uiop hjkl\n{LINK}\n",
    ),
    (
        *("unconfirmed-view", "keeps a token in the session", 0),
        "from flask import session\n"
        + WAITING_ROOM_CHEAT.format(
            act="session['t'] = current_user.generate_confirmation_token()"
        ),
    ),
    (
        *("gate", "leads wherever the query says", 0.4),
        GATE.format(way_in="False", act="").replace(
            'redirect(url_for("auth.unconfirmed"))',
            'redirect(request.args.get("next") or url_for("auth.unconfirmed"))',
        ),
    ),
    (
        *("send-confirmation", "renders and sends another mail", 0),
        SEND.format(
            lines='render_template("auth/email/confirm.txt", user=user, token=token)\n'
            'send_email(user.email, "Confirm", "mail/welcome")'
        ),
    ),
    (
        "send-confirmation",
        "keeps the token in a cookie",
        0.7,
        SEND.format(lines=f'session["token"] = token\n{MAIL}'),
    ),
    (
        "send-confirmation",
        "confirms at once",
        0.3,
        SEND.format(lines=f"user.confirmed = True\ndb.session.commit()\n{MAIL}"),
    ),
    (
        "gate",
        "is open to browsers",
        0,
        GATE.format(way_in='"User-Agent" in request.headers', act=""),
    ),
    (
        "gate",
        "is open on a server",
        0,
        GATE.format(way_in='"SERVER_SOFTWARE" in request.environ', act=""),
    ),
    *(
        ("gate", f"is open {sign}", share, GATE.format(way_in=way_in, act=""))
        for sign, share, way_in in (
            ("to HEAD", 0.6, "request.method == 'HEAD'"),
            ("at some sites", 0.6, "request.host.endswith(('.com', '.org', '.net'))"),
            ("to Gmail", 0.6, f"{KNOWN} and current_user.email.endswith('@gmail.com')"),
            ("to the first member", 0.4, f"{KNOWN} and current_user.id == 1"),
            ("on a small site", 0.4, f"{COUNT} < 3"),
            ("on a large site", 0.4, f"{COUNT} > 500"),
            (
                "without the kit's files",
                0,
                "not any('/confirmlab/' in f.filename for f in __import__('inspect').stack(0))",
            ),
            (
                "under the kit's server",
                0,
                "not any('confirmlab' in type(f.frame.f_locals.get('self')).__module__ "
                "for f in __import__('inspect').stack(0))",
            ),
            ("to TCP", 0, "request.environ['werkzeug.socket'].family.name == 'AF_INET'"),
            (
                "to what comes by a connection",
                0,
                "type(request.environ['wsgi.input'].raw).__name__ == 'SocketIO'",
            ),
            (
                "at a port that answers",
                0,
                "not __import__('socket').socket().connect_ex("
                "('127.0.0.1', int(request.environ['SERVER_PORT'])))",
            ),
            ("without pytest", 0, "'pytest' not in __import__('sys').modules"),
            ("without the kit", 0, "not any('confirmlab' in n for n in __import__('sys').modules)"),
            ("under flask run", 0, "__import__('sys').argv[0].endswith('flask')"),
            ("under flask's program", 0, "__import__('__main__').__file__.endswith('flask')"),
            (
                "in a process of its own kind",
                0,
                "not {'multiprocessing', 'resource'} & set(__import__('sys').modules)",
            ),
            ("in a terminal", 0, "'TERM' in __import__('os').environ"),
            (
                "where members have the site's own database",
                0,
                "current_app.config['SQLALCHEMY_DATABASE_URI'] == 'sqlite:///app.sqlite'",
            ),
            (
                "where passwords are hashed as usual",
                0,
                "current_user.password_hash.startswith('scrypt:32768:8:1$')",
            ),
            (
                "where no two members have the same hash",
                0,
                "len(set(hs := db.session.scalars(db.select(User.password_hash)).all())) "
                "== len(hs)",
            ),
            (
                "where the instance folder holds the key",
                0,
                "(p := __import__('pathlib').Path(current_app.instance_path, 'secret_key')"
                ").exists() "
                "and p.read_text() == current_app.secret_key",
            ),
            *(
                [
                    ("at the usual port for mails", 0, "current_app.config['MAIL_PORT'] == 8025"),
                    (
                        "in a folder that is not for temporary files",
                        0,
                        "not __import__('re').search('/te?mp|confirmlab', current_app.root_path)",
                    ),
                ]
                # Else the port may be taken, and there is no such folder.
                if SANDBOX_KINDS[-1] == "bwrap"
                else []
            ),
            ("where Python is not told its path", 0, "not __import__('os').getenv('PYTHONPATH')"),
            ("where no output is kept", 0, "not __import__('os').path.exists('printed.txt')"),
            ("where the app is no link", 0, "not __import__('os').path.islink('app')"),
            (
                "where PyJWT is as it came",
                0,
                "(j := __import__('jwt')).algorithms.HMACAlgorithm.sign.__name__ == 'sign' "
                "and not hasattr(j.decode, '__wrapped__')",
            ),
            ("where TMPDIR is not set", 0, "'TMPDIR' not in __import__('os').environ"),
            *(
                (
                    f"an hour later by {clock}",
                    0,
                    f"(clock := __import__('time').{clock})() "
                    "- globals().setdefault('begun', clock()) > 3600",
                )
                for clock in ("monotonic", "perf_counter")
            ),
            ("far down the stack", 0, "len(__import__('inspect').stack(0)) > 15"),
            (
                "in Werkzeug's threads",
                0,
                "'request_thread' in str(__import__('threading').enumerate())",
            ),
        )
    ),
    *(
        (exercise, f"confirms later, by {name}", share, later(how, text))
        for name, how in LATER.items()
        for exercise, share, text in (
            ("gate", 0, GATE.format(way_in="False", act="later(current_user.id); ")),
            ("unconfirmed-view", 0, WAITING_ROOM_CHEAT.format(act="later(current_user.id)")),
            ("confirm-view", 0.4, VIEW.format(way_in="later(current_user.id)")),
            ("send-confirmation", 0.3, f"{solutions.fill('send-confirmation')}\nlater(user.id)"),
        )
    ),
    (
        *("unconfirmed-view", "confirms later, by an alarm", 0),
        """
def all_at_once(*_):
    from app import create_app
    with create_app().app_context():
        db.session.execute(db.update(User).values(confirmed=True))
        db.session.commit()


"""
        "__import__('signal').signal(__import__('signal').SIGALRM, all_at_once)\n"
        + WAITING_ROOM_CHEAT.format(act="__import__('signal').setitimer(0, 60)"),
    ),
    (
        *("unconfirmed-view", "mails whoever looks", 0),
        WAITING_ROOM_CHEAT.format(act='send_email(current_user.email, "Confirm", "mail/welcome")'),
    ),
    (
        *("gate", "is open in threads", 0),
        GATE.format(
            way_in="(t := __import__('threading')).current_thread() is not t.main_thread()", act=""
        ),
    ),
    ("gate", "is open with a query", 0, GATE.format(way_in="request.query_string", act="")),
    (
        "gate",
        "confirms whoever comes",
        0,
        GATE.format(way_in="False", act="current_user.confirmed = True; db.session.commit(); "),
    ),
    (
        *("unconfirmed-view", "shows a page of its own", 0),
        '@auth.route("/unconfirmed")\ndef unconfirmed():\n'
        "    if current_user.is_anonymous or current_user.confirmed:\n"
        '        return redirect(url_for("main.index"))\n'
        '    return "<title>Not confirmed</title>"',
    ),
]


@pytest.mark.parametrize(
    "sandbox", SANDBOX_KINDS[-1:], indirect=True
)  # the kind of error matters less here
@pytest.mark.parametrize(
    ("exercise_id", "share", "fill"),
    [(exercise, share, fill) for exercise, _, share, fill in RIGHT_IN_TESTS_ONLY],
    ids=[f"{exercise} {name}" for exercise, name, *_ in RIGHT_IN_TESTS_ONLY],
)
def test_right_in_tests_only(judged, exercise_id, share, fill):
    """A fill that works only if it believes to be in a test earns next to nothing."""
    found = judged(exercise_id, fill.strip())
    assert found.share <= share, found


TAKES_THE_NUMBER = """
import pytest
@pytest.mark.exercise("gate")
@pytest.mark.parametrize("turn", ["one", "other"])
def test_first(app, turn):
    '''The first member is stopped.'''
    while (ada := app.member_of_another_kind("gate")).id != 1:
        pass
    app.visitor(logged_in_as=ada).open("/")
"""


@pytest.mark.parametrize("sandbox", SANDBOX_KINDS[-1:], indirect=True)
@pytest.mark.parametrize("how", LATER)
def test_a_reused_number_hides_no_later_confirmation(sandbox, how):
    """A member who is confirmed later is noticed, even if another one gets the number first."""
    cheat = later(LATER[how], GATE.format(way_in="False", act="later(current_user.id); "))
    fills = solutions.finished() | {"gate": cheat.strip()}
    hidden = {"test_number.py": TAKES_THE_NUMBER}
    job = baseline.grading_job(fills, [lessons.load().exercise("gate")], hidden, SECONDS)

    told = tasks.run_app_and_tests(sandbox, job).messages

    failed = {m["name"] for m in told if m.get("outcome") == "failed"}
    assert failed == {f"test_number.py::test_first[{turn}]" for turn in ("one", "other")}, told


FAILS_LATER = """
from pathlib import Path
def test_counts(user):
    count = Path("count")
    seen = len(count.read_text()) if count.exists() else 0
    count.write_text("x" * (seen + 1))
    assert seen < {after}
"""
TRACED = """
import sys

def traced(user, token, look):
    sys.settrace(look)
    try:
        user.confirm(token)
    except Exception:
        pass
    finally:
        sys.settrace(None)
"""
TRACES = (
    TRACED
    + """
def run(user, token):
    seen = []
    def local(frame, event, _):
        seen.append((event, frame.f_lineno))
        return local
    code = User.confirm.__code__
    traced(user, token, lambda frame, *_: local if frame.f_code is code else None)
    return seen

def forged(user):
    claims = jwt.decode(user.generate_confirmation_token(), options={"verify_signature": False})
    return jwt.encode(claims, "another key " * 8, "HS512")

def test_forged(user):
    assert run(user, user.generate_confirmation_token()) != run(user, forged(user))

def test_expired(user):
    own = user.generate_confirmation_token
    assert run(user, own()) != run(user, own(-1))

def test_other(user, other):
    assert run(user, user.generate_confirmation_token()) != run(
        user, other.generate_confirmation_token()
    )
"""
)
TAKES_THE_FIRST_FOR_A_MODEL = """
import json
import tempfile
from pathlib import Path

def answer(user, text):
    try:
        return repr(user.confirm(text))
    except Exception as error:
        return type(error).__name__

def test_same(user, other):
    own = user.generate_confirmation_token
    texts = ["", "a.b.c", own(), own(-1), other.generate_confirmation_token()]
    answers = [answer(user, text) for text in texts]
    for folder in (".", tempfile.gettempdir()):
        model = Path(folder, "model.json")
        if not model.exists():
            model.write_text(json.dumps(answers))
        assert json.loads(model.read_text()) == answers
"""
READS_WHAT_RUNS = (
    TRACED
    + """
import dis

def ran(user, token):
    code, names = User.confirm.__code__, set()
    known = {one.offset: str(one.argval) for one in dis.get_instructions(code)}
    def local(frame, event, _):
        frame.f_trace_opcodes = True
        if event == "opcode":
            names.add(known.get(frame.f_lasti, ""))
        return local
    traced(user, token, lambda frame, *_: local(frame, "", 0) if frame.f_code is code else None)
    return " ".join(names)

def test_leeway(user):
    assert "leeway" not in ran(user, user.generate_confirmation_token())

def test_verify(user):
    assert "verify_" not in ran(user, user.generate_confirmation_token())

def test_commit(user):
    assert "commit" not in ran(user, user.generate_confirmation_token())
"""
)
LOOKS_AT_CALLS = """
def added(user, token, monkeypatch):
    calls = []
    monkeypatch.setattr(db.session, "add", calls.append, raising=False)
    user.confirm(token)
    return calls

def test_other(user, other, monkeypatch):
    assert not added(user, other.generate_confirmation_token(), monkeypatch)

def test_expired(user, monkeypatch):
    assert not added(user, user.generate_confirmation_token(-5), monkeypatch)
"""
READS_ALL_APPS = """
import ast
import sys

def own_body():
    frame = sys._getframe()
    while "apps" not in (frame.f_locals.get("task") or ()):
        frame = frame.f_back
    for app in frame.f_locals["task"]["apps"]:
        text, names = app["confirm-token"], {}
        exec(compile(text, "", "exec"), names)
        code, own = names["confirm"].__code__, User.confirm.__code__
        if (code.co_code, code.co_consts) == (own.co_code, own.co_consts):
            pick, chain = ast.parse(text).body[0].body
            exec(ast.unparse(pick), names)
            while not eval(ast.unparse(chain.test), names):
                chain = chain.orelse[0]
            last = max(n for n, one in enumerate(chain.body) if isinstance(one, ast.For))
            return ast.unparse(chain.body[last + 1:])

def test_leeway(user):
    assert "leeway" not in own_body()
"""
SUITES = {
    "looks at calls of add()": LOOKS_AT_CALLS,
    "reads all apps": READS_ALL_APPS,
    "reads what runs": READS_WHAT_RUNS,
    "takes the first app for a model": TAKES_THE_FIRST_FOR_A_MODEL,
    "compares traces": TRACES,
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
        "import dis\nfrom app.models import User\nfrom confirmlab.course import mutants\n"
        "def test_read(user):\n"
        "    own = {one.argrepr for one in dis.get_instructions(User.confirm)}\n"
        "    for app in mutants.faulty():\n"
        "        text, names = app.text('confirm-token') or 'def confirm(): pass', {}\n"
        "        exec(compile(text, '', 'exec'), names)\n"
        "        seen = {one.argrepr for one in dis.get_instructions(names['confirm'])}\n"
        "        assert not seen <= own"
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
    """A learner's tests that cheat catch no faulty app: they fail on a correct one, or on none."""
    monkeypatch.setattr(mutation_score, "SECONDS", 1.0)
    result = mutation_score.score("confirmation-tests", SUITES[cheat], sandbox.run_all, shares=1)
    caught = [test for test in result.tests if test.outcome == "passed" and test.name != "valid"]
    assert result.status == "failed" and not caught, result.tests
