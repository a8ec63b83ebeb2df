"""Facts about the sandbox, measured by learners' tests that run inside it."""

import json
import os
import resource
import signal
import socket
import threading
import time
from contextlib import suppress

import psutil
import pytest

from confirmlab.base import paths
from confirmlab.base.errors import KitError
from confirmlab.checks.mutation import mutation_forks
from confirmlab.checks.sandbox import cleanup, client, isolation, supervisor
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import solutions
from confirmlab.processes.jobs import Job

SANDBOX_KINDS = ["limits", *(["bwrap"] if isolation.chosen("auto") == "bwrap" else [])]


@pytest.fixture(scope="module", params=SANDBOX_KINDS)
def box(request):
    with Sandbox(request.param) as box:
        yield box


@pytest.fixture
def bwrap_box(box):
    if box.kind != "bwrap":
        pytest.skip("only bubblewrap promises this")
    return box


def job(code, seconds=2.0):
    body = "".join(f"    {line}\n" for line in code.splitlines())
    fills = solutions.fills("03") | {"confirmation-tests": f"def test_it():\n{body}"}
    task = {"fills": fills, "apps": [{}], "aside": [], "first": False, "seconds": seconds}
    task["logging"] = False
    task["file"] = "tests/test_confirmation.py"
    return Job(mutation_forks.run_suite, task, None, seconds)


def value_inside(box, value, before=""):
    """Return the value of an expression inside the sandbox."""
    code = f"import json, os, resource, socket\n{before}\nraise AssertionError(json.dumps({value}))"
    finished = box.run(job(code))
    (report,) = (message["report"] for message in finished.messages if "report" in message)
    messages = map(json.loads, report.splitlines())
    return json.loads(next(message["message"] for message in messages if "failed" in message))


def test_a_name_server_is_not_asked(box):
    """A submission can send a mail without a DNS lookup of the machine's name."""
    before = """import smtplib
from confirmlab.processes import environment
asked = []
environment._gethostbyname = socket.gethostbyaddr = asked.append
hello = smtplib.SMTP().local_hostname"""
    assert value_inside(box, "[hello, asked]", before) == ["[127.0.0.1]", []]


def alarms(finished):
    return [message["alarm"] for message in finished.messages if "alarm" in message]


def test_auto_is_one_of_the_two():
    """`auto` is bubblewrap if that works here, else limits, which always work."""
    assert isolation.chosen("auto") in ("bwrap", "limits")
    assert isolation.chosen("limits") == "limits"


def test_no_bubblewrap(monkeypatch):
    """If bubblewrap does not work, `auto` is limits, and `bwrap` is refused with advice."""
    monkeypatch.setattr(isolation, "_bwrap_works", lambda: False)
    assert isolation.chosen("auto") == "limits"
    with pytest.raises(KitError, match="install bubblewrap.*--sandbox limits"):
        isolation.chosen("bwrap")


def test_limits_refuse_root(monkeypatch):
    """If learners' code would run as root, limits alone are refused, with advice."""
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(isolation, "_open_to_all", lambda: False)

    with pytest.raises(KitError, match="run as root here; install bubblewrap, or"):
        isolation.refuse_root("limits")
    isolation.refuse_root("bwrap")


def test_no_fork(monkeypatch):
    """If the system cannot fork, the error names systems that can."""
    monkeypatch.delattr(os, "fork")
    with pytest.raises(KitError, match="Linux, macOS or WSL"):
        isolation.chosen("auto")


def test_a_sandbox_that_does_not_start(monkeypatch):
    """The error for a sandbox that does not start quotes its output and gives advice."""
    monkeypatch.setattr(isolation, "command", lambda *_: ["/bin/sh", "-c", "echo no room >&2"])
    with pytest.raises(KitError, match="'limits' does not start .no room.; give another one"):
        Sandbox("limits").run(job("pass"))


def test_a_failed_start_blocks_no_later_run(monkeypatch):
    """A sandbox that does not start leaves no open channel, and others can still run."""
    monkeypatch.setattr(isolation, "command", lambda *_: ["/bin/sh", "-c", "echo no room >&2"])
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else None

    with Sandbox("limits") as sandbox:
        for _ in range(2):
            assert not sandbox._turn.locked()
            with pytest.raises(KitError, match="no room"):
                sandbox.begin(Job(mutation_forks.run_suite, {}, None, 1.0))

    assert before is None or len(os.listdir("/proc/self/fd")) == before


def test_bubblewrap_is_tried_with_this_python(monkeypatch):
    """Bubblewrap is used only if this Python starts in it."""
    if isolation.chosen("auto") != "bwrap":
        pytest.skip("bubblewrap does not run here")
    monkeypatch.setattr(isolation.sys, "executable", "/usr/bin/no-such-python")

    assert not isolation._bwrap_works.__wrapped__()


def test_the_environment(box, monkeypatch):
    """Inside, no variable of the caller is set, and the home is empty at first."""
    monkeypatch.setenv("A_SECRET", "hush")
    assert "A_SECRET" not in value_inside(box, "sorted(os.environ)")
    home, inside = value_inside(box, "[os.environ['HOME'], os.getcwd()]")
    assert inside == home != os.path.expanduser("~")


def test_the_home_is_gone(box):
    """After a job its home is deleted, even if the job has locked it."""
    home = value_inside(
        box, "os.getcwd()", "os.mkdir('in')\nopen('in/x', 'w').close()\nos.chmod('in', 0)"
    )
    assert not os.path.exists(home)
    assert not value_inside(box, f"os.path.exists({home!r})")


def test_limits(box):
    """Processor time, memory, file size and core files are limited, and cannot be raised."""
    names = ("CPU", "AS", "FSIZE", "CORE")
    limits = value_inside(box, f"[resource.getrlimit('RLIMIT_' + n) for n in {names}]".replace(
        "'RLIMIT_' + n", "getattr(resource, 'RLIMIT_' + n)"
    ))  # fmt: skip
    assert limits == [[2, 3], [client.MEMORY] * 2, [client.FILE_SIZE] * 2, [0, 0]]


def test_a_large_file(box):
    """Writing a file that is too large raises an error."""
    size = client.FILE_SIZE + 10**6
    code = f"try:\n    open('x', 'wb').write(bytes({size}))\n    said = ''"
    code += "\nexcept OSError as error:\n    said = error.strerror"
    assert value_inside(box, "said", code) == "File too large"


def test_a_user_of_its_own(box):
    """If the grader is root, the code inside is not."""
    user = value_inside(box, "os.getuid()")
    assert user == box.user if os.getuid() == 0 and box.user else user == os.getuid()


def test_output_is_capped(box):
    """Only the beginning of long output is kept, with a note that there was more."""
    printing = job("pass")
    printing.task["fills"]["confirmed-column"] = f"print('x' * {3 * supervisor.OUTPUT})"
    finished = box.run(printing)
    assert len(finished.output) < supervisor.OUTPUT + 100
    assert finished.output.endswith("(more was printed)\n")
    assert finished.end == "done"


def test_a_lost_warm_parent_is_replaced(box):
    """If the forking process died between two jobs, the next job gets a new one."""
    value_inside(box, "1")
    before = box.process.pid
    psutil.Process(before).kill()
    finished = box.run(job("pass"))
    assert (finished.end, alarms(finished)) == ("done", [])
    assert box.process.pid != before


def test_a_job_that_kills_its_warm_parent(monkeypatch):
    """A job that twice kills the process that forks it is reported; the sandbox goes on."""
    with Sandbox("limits") as box:
        tried = []
        monkeypatch.setattr(box, "_try_order", lambda *_: tried.append(1))
        box.process.end()
        assert alarms(box.run(job("pass"))) == ["it killed the supervisor of the sandbox"]
        assert len(tried) == 1  # a fresh one was lost: nobody else can have hurt it
        monkeypatch.undo()
        assert box.run(job("pass")).end == "done"


def test_closing_ends_all():
    """A closed sandbox leaves no process and no folder, and starts none again."""
    box = Sandbox("auto")
    box.run(job("pass"))
    family = psutil.Process(box.process.pid).children(recursive=True)
    shared = box.process.folder
    box.close()
    psutil.wait_procs(family, timeout=5)
    assert not [one for one in family if one.is_running() and one.status() != "zombie"]
    assert not shared.exists()
    for use in (box.run, box.begin, box.partner.run):
        with pytest.raises(KitError, match="The sandbox was closed"):
            use(job("pass"))
    assert (box.process.pid, box.process.folder, box.partner.process.pid) == (None, None, None)
    assert not box._turn.locked()


def test_a_job_that_is_cut_off_by_closing_starts_nothing(tmp_path):
    """If one thread closes the sandbox in which another runs a job, no new supervisor starts."""
    box = Sandbox("limits")
    box.run(job("pass"))
    errors = []

    def work():
        try:
            box.run(job("import time; time.sleep(20)", seconds=30))
        except KitError as error:
            errors.append(error)

    supervisor = psutil.Process(box.process.pid)
    before = len(supervisor.children(recursive=True))  # first, so that the job is not among them
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive() and len(supervisor.children(recursive=True)) <= before:
        time.sleep(0.01)
    box.close()
    thread.join(30)

    assert not thread.is_alive() and len(errors) == 1
    assert (box.process.pid, box.process.folder) == (None, None)


def test_a_lost_app_does_not_end_the_use_of_its_sandbox():
    """After an app that killed its supervisor the same sandbox runs the next app."""
    with Sandbox("limits") as box:
        for _ in range(2):
            with box.begin(job("pass")):
                psutil.Process(box.process.pid).kill()
            assert alarms(box.finish()) == ["it killed the supervisor of the sandbox"]
        assert box.run(job("pass")).end == "done"


def test_a_locked_link_is_not_followed(tmp_path):
    """Deleting a home unlocks nothing outside and follows no link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o500)
    home = tmp_path / "home"
    (home / "locked").mkdir(parents=True)
    (home / "link").symlink_to(outside)
    (home / "locked").chmod(0)
    tmp_path.chmod(0o755)
    cleanup.remove(str(home))
    assert not home.exists()
    assert outside.stat().st_mode & 0o777 == 0o500
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_no_solutions_in_there(bwrap_box):
    """Inside bubblewrap there are no solutions, no mutants and no home of the caller."""
    places = [paths.in_kit("solutions"), paths.in_kit("tests", "mutants")]
    places += [paths.in_kit("tests", "kit"), paths.in_kit(".git"), "/etc/passwd"]
    assert (
        value_inside(bwrap_box, f"[os.path.exists(p) for p in {list(map(str, places))}]")
        == [False] * 5
    )


def test_nothing_to_write_to(bwrap_box):
    """Inside bubblewrap only the home is writable."""
    places = ["/x", "/dev/shm/x", "/usr/x", str(paths.in_kit("app_skeleton", "x"))]
    assert not value_inside(
        bwrap_box, f"[p for p in {places} if os.access(os.path.dirname(p), os.W_OK)]"
    )


def test_a_network_of_its_own(bwrap_box):
    """Inside bubblewrap the loopback interface is the only network."""
    assert value_inside(bwrap_box, "[name for _, name in socket.if_nameindex()]") == ["lo"]


def test_only_processes_of_the_job_are_visible(bwrap_box):
    """Inside bubblewrap only the processes of this job are visible."""
    assert (
        value_inside(bwrap_box, "sorted(int(n) for n in os.listdir('/proc') if n.isdecimal())")[0]
        == 1
    )
    assert value_inside(bwrap_box, "len([n for n in os.listdir('/proc') if n.isdecimal()])") <= 3


@pytest.mark.usefixtures("hears_interrupts")
def test_an_interrupt_does_not_reach_the_sandbox(box):
    """The sandbox's processes have their own process group, so Ctrl-C reaches only the grader."""
    value_inside(box, "1")
    assert os.getpgid(box.process.pid) != os.getpgid(0)
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_a_lower_limit_of_the_machine_holds():
    """If the machine's memory limit is lower than the sandbox's, it is kept."""
    order = {"seconds": 10, "memory": 3 << 30, "file_size": 1 << 20, "processes": 9, "user": 0}
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        with suppress(ValueError):
            supervisor._limit(order)
            os._exit(resource.getrlimit(resource.RLIMIT_AS) != (2 << 30, 2 << 30))
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_an_app_that_is_ended_after_its_tests_is_not_late():
    """An app that the supervisor ends after the tests is not late, whatever time it has used."""
    order = {"seconds": 0.1, "clock": 60, "processes": 99, "memory": 1 << 40, "served": True}
    (reader, writer), (printed, printer) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        while time.process_time() < 0.3:
            pass
        os.write(printer, b"tested")
        time.sleep(60)
        os._exit(0)
    assert os.read(printed, 6) == b"tested"
    ours, theirs = socket.socketpair()  # after the fork, so that the child has no copy of it
    ours.close()
    pipes = supervisor._Pipes(reader, printed)
    end, usage = supervisor._watch(pid, pipes, order, [theirs.fileno()])
    theirs.close()
    for number in (reader, writer, printed, printer):
        os.close(number)

    assert usage["cpu"] >= order["seconds"]
    assert end == "ended"
