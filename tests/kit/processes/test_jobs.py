"""Facts about the children that run the learner's code."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from confirmlab.base.errors import WorkspaceError
from confirmlab.processes import fork_server, temporary
from confirmlab.processes import jobs as processes
from confirmlab.processes.jobs import Job

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="asks for signals and forks")

# No guard for __main__ in it: a child that ran its parent's script again would never end.
# A signal that arrives just before a read does not end the read, so it writes to a pipe.
PARENT = """
import os, signal, sys
from pathlib import Path
from confirmlab.notebook.session import LessonSession
heard, wakeup = os.pipe()
os.set_blocking(wakeup, False)
signal.set_wakeup_fd(wakeup)
signal.signal(signal.SIGINT, lambda *_: None)
print(LessonSession(Path(sys.argv[1])).site.start().port, flush=True)
os.read(heard, 1)
print("interrupted", flush=True)
sys.stdin.read()
"""


ASKS = """
import os
from pathlib import Path
from confirmlab.processes import fork_server, temporary
from confirmlab.processes import jobs as processes

def look(task, say):
    say({"ci": os.environ.get("CI")})

def ask():
    print(processes.run(processes.Job(look, {}, Path.cwd())).messages[0]["ci"])
"""


def sends(task, send):
    print("printed", task["word"], flush=True)
    print("complained", file=sys.stderr)
    send({"word": task["word"], "folder": os.getcwd(), "mood": os.environ.get("MOOD")})


def loops(task, send):
    send({"pid": os.getpid()})
    while True:
        pass


def exits(task, send):
    send({"said": 1})
    os._exit(0)


def leaves(task, send):
    sys.exit("enough")


def raises(task, send):
    raise ValueError("no pigeon")


def prints_much(task, send):
    print("coo " * 2_000_000)


def forks(task, send):
    os.fork()
    send({"said": 1})


def closes(task, send):
    sys.stdout.close()
    os.close(2)
    send({"said": 1})


def closes_pipe(task, send):
    os.closerange(3, 100)


def leaves_thread(task, send):
    threading.Thread(target=threading.Event().wait).start()
    send({"said": 1})


def has_a_family(task, send):
    pid = os.fork()
    if not pid:
        signal.pause()
    send({"pid": pid})


def reads(task, send):
    send({"read": sys.stdin.read()})


def tells_a_pipe(task, send):
    Path(task["pipe"]).write_text(str(os.getpid()))
    (talks_of_itself if "once" in task else loops)(task, send)


def talks_of_itself(task, send):
    send({"pid": os.getpid()})


def hears_a_pipe(task, send):
    send({"pid": int(Path(task["pipe"]).read_text())})


def run(work, tmp_path, seconds=10.0, **task):
    return processes.run(Job(work, task, tmp_path, seconds))


def is_gone(pid):
    """Return whether a process ends soon: a signal takes a moment to arrive."""
    deadline = time.monotonic() + 30
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
    return True


@pytest.fixture
def parent(folder):
    """Start a program with a site, in its own process group; return the process and the port."""
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        yield process, int(process.stdout.readline())
        process.kill()


def test_a_child_tells_and_prints(tmp_path):
    """A child's messages and its output on both streams are returned."""
    finished = run(sends, tmp_path, word="coo")

    assert finished.messages[0]["word"] == "coo"
    assert (finished.output, finished.end) == ("printed coo\ncomplained\n", "done")


def test_a_child_knows_nothing_of_ci(tmp_path):
    """A child does not see the variables of CI, so it prints the same as for a learner."""
    (tmp_path / "asks.py").write_text(ASKS)
    program = "import asks; asks.ask()"
    environment = {**os.environ, "CI": "true", "PYTHONPATH": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )

    assert asked.stdout == "None\n", asked.stderr


def test_a_child_has_its_folder_and_environment(tmp_path):
    """A child runs in the folder and with the environment of its job."""
    job = Job(sends, {"word": ""}, tmp_path, environment={"MOOD": "calm"})
    (message,) = processes.run(job).messages

    assert (message["folder"], message["mood"]) == (str(tmp_path), "calm")
    assert "MOOD" not in os.environ


def test_the_input_of_a_child_is_empty(tmp_path):
    """A child that reads its input gets an empty answer at once."""
    assert run(reads, tmp_path).messages == ({"read": ""},)


def test_an_endless_loop_ends_in_time(tmp_path, monkeypatch):
    """A child that never stops is killed at its time limit; its messages are kept."""
    wait = processes._wait

    def wait_and_shorten(children):
        """Move the time limit closer when the child has sent something, however late that is."""
        wait(children)
        for child in children:
            if child.reader.poll():
                child.deadline = time.monotonic() + 0.1

    monkeypatch.setattr(processes, "_wait", wait_and_shorten)
    finished = run(loops, tmp_path, seconds=60)

    assert finished.end == "timeout"
    assert is_gone(finished.messages[0]["pid"])


@pytest.mark.parametrize("work", [exits, leaves, raises, closes_pipe])
def test_a_child_that_breaks_off_has_died(tmp_path, work):
    """A child that exits, raises or closes the pipe to its parent counts as died."""
    assert run(work, tmp_path).end == "died"


def test_a_raised_error_is_printed_once(tmp_path):
    """The output of a child contains its traceback once."""
    assert run(raises, tmp_path).output.count("ValueError: no pigeon") == 1


def test_a_missing_folder_is_reported(tmp_path):
    """A job in a deleted folder counts as died, and its output says why."""
    finished = run(sends, tmp_path / "gone", word="")

    assert finished.end == "died"
    assert "FileNotFoundError" in finished.output


def test_output_is_cut(tmp_path):
    """Only the beginning of very long output is kept, with a note."""
    finished = run(prints_much, tmp_path)

    assert finished.end == "done"
    assert len(finished.output) < processes.OUTPUT_LIMIT + 100
    assert finished.output.endswith("only the beginning is kept)\n")


def test_a_forked_copy_has_no_say(tmp_path):
    """If a child forks itself, only the original's messages are read."""
    finished = run(forks, tmp_path)

    assert (finished.messages, finished.end) == (({"said": 1},), "done")


def test_closed_streams_do_no_harm(tmp_path):
    """A child that closes its own streams can still send messages and finish."""
    finished = run(closes, tmp_path)

    assert (finished.messages, finished.end) == (({"said": 1},), "done")


def test_a_thread_does_not_hold_a_child(tmp_path):
    """A finished child is not waited for because of an endless thread."""
    before = time.monotonic()
    finished = run(leaves_thread, tmp_path, seconds=60)

    assert finished.end == "done"
    assert time.monotonic() - before < 20


def test_the_whole_family_ends(tmp_path):
    """All processes that a child started end with it."""
    (message,) = run(has_a_family, tmp_path).messages

    assert is_gone(message["pid"])


def test_jobs_run_side_by_side(tmp_path):
    """Jobs run at the same time, and each result has the index of its job."""
    os.mkfifo(tmp_path / "pipe")
    task = {"pipe": str(tmp_path / "pipe")}
    jobs = [Job(hears_a_pipe, task, tmp_path, 30), Job(tells_a_pipe, task | {"once": 1}, tmp_path)]
    found = dict(processes.run_all(jobs, workers=2))

    assert found[0].messages == found[1].messages
    assert len(found[0].messages) == 1


def test_what_is_not_waited_for_ends(tmp_path):
    """If the caller stops asking for results, the remaining children are killed."""
    os.mkfifo(tmp_path / "pipe")
    task = {"pipe": str(tmp_path / "pipe")}
    jobs = [Job(tells_a_pipe, task, tmp_path, 30), Job(hears_a_pipe, task, tmp_path, 30)]
    results = processes.run_all(jobs, workers=2)
    _, finished = next(results)
    results.close()

    assert is_gone(finished.messages[0]["pid"])


@pytest.mark.usefixtures("hears_interrupts")
def test_an_interrupt_ends_the_children(tmp_path, monkeypatch):
    """Interrupting the waiting cell kills the child, and leaves no file."""
    ended = []
    real = fork_server.end
    monkeypatch.setattr(fork_server, "end", lambda child: ended.append(child.pid) or real(child))
    monkeypatch.setattr(processes, "_wait", lambda children: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(loops, tmp_path)

    assert len(ended) == 1
    assert is_gone(ended[0])


def is_closed(port):
    """Return whether connections to a port are refused within ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return True
    return False


def test_a_site_lives_as_long_as_its_kernel(parent):
    """A site survives the interrupt of a cell, and ends when its kernel is killed."""
    process, port = parent
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    line = socket.create_connection(("127.0.0.1", port), timeout=10)

    process.kill()
    with line, suppress(ConnectionResetError):
        assert line.recv(1) == b""
    assert is_closed(port)


def test_the_caller_keeps_its_main_module():
    """Starting children does not change the caller's __main__."""
    main = sys.modules["__main__"]
    fork_server.warm_up()

    assert sys.modules["__main__"] is main


@pytest.mark.skipif(not fork_server.FORKS, reason="this system has no fork server")
def test_fork_servers_are_for_their_owner():
    """Other users of the machine can reach neither the sockets nor their folder."""
    fork_server.warm_up(*fork_server.Parent)
    places = [Path(server._forkserver_address) for server in fork_server.SERVERS.values()]

    assert all(place.is_socket() for place in places)
    parts = [part for place in places for part in (place, place.parent)]
    assert [part.name for part in parts if part.stat().st_mode & 0o077] == []


def makes_a_file(task, send):
    import tempfile

    with open(os.path.join(tempfile.gettempdir(), "left"), "w"):
        send({"place": tempfile.gettempdir()})


def test_a_child_has_a_temporary_folder_of_its_own(tmp_path):
    """A child's temporary files are deleted when it has ended."""
    (message,) = run(makes_a_file, tmp_path).messages

    assert "confirmlab-" in message["place"]
    assert not os.path.exists(message["place"])


def test_a_full_temporary_folder_is_named(tmp_path, monkeypatch):
    """A full temporary folder is reported in one sentence, and nothing is left behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(temporary.files, "is_full", lambda folder: True)
    with pytest.raises(WorkspaceError, match=f"temporary files, '{tmp_path}', is full"):
        run(sends, tmp_path, word="")

    assert list(tmp_path.glob("confirmlab-*")) == []


def renews_a_socket():
    fork_server._renew_socket(fork_server.forkserver.ForkServer())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied"), r"cannot be written to \(Permission denied\)"),
        (OSError(28, "No space left on device"), "is full; delete what you do not need"),
    ],
)
@pytest.mark.parametrize("work", [temporary.make, renews_a_socket])
def test_a_temporary_folder_that_refuses_is_named(tmp_path, monkeypatch, work, error, words):
    """A temporary folder that cannot hold a child's files or socket is reported."""

    def refuse(**_):
        raise error

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    monkeypatch.setitem(fork_server.multiprocessing.current_process()._config, "tempdir", None)
    with pytest.raises(WorkspaceError, match=words):
        work()


def interrupted(*_):
    raise KeyboardInterrupt


def test_an_interrupt_before_the_start_leaves_no_file(tmp_path, monkeypatch):
    """A check that is interrupted while its child starts leaves no file behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(processes._Child, "_start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(sends, tmp_path, word="")

    assert list(tmp_path.glob("confirmlab-*")) == []


def test_an_interrupt_after_the_start_ends_the_child(tmp_path, monkeypatch):
    """A check that is interrupted just when its child has started leaves no child running."""
    ended, end = [], fork_server.end
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(time, "monotonic", interrupted)  # the last thing that a start asks
    monkeypatch.setattr(fork_server, "end", lambda child: ended.append(child) or end(child))
    with pytest.raises(KeyboardInterrupt):
        run(sends, tmp_path, word="")

    assert len(ended) == 1


@pytest.mark.skipif(not fork_server.FORKS, reason="this system has no fork server")
def test_a_cleaner_may_remove_the_socket(tmp_path):
    """If a cleaner removed the fork server's socket, the next child still starts."""
    run(sends, tmp_path, word="")
    os.unlink(fork_server.SERVERS[fork_server.Parent.APP]._forkserver_address)

    assert run(sends, tmp_path, word="coo").messages[0]["word"] == "coo"


@pytest.mark.skipif(not fork_server.FORKS, reason="this system has no fork server")
def test_a_long_temporary_folder_holds_no_socket(tmp_path, monkeypatch):
    """The fork server's socket is in a folder with a short path, whatever TMPDIR is."""
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))

    assert len(fork_server._short_folder()) <= fork_server._LONGEST


def test_a_child_that_dies_slowly_is_left_alone():
    """If the system takes long to end a killed child, its caller does not wait."""

    class Slow:
        pid, killed = None, False

        def kill(self):
            self.killed = True

        def join(self, seconds):
            assert seconds

        def close(self):
            raise ValueError("Cannot close a process while it is still running.")

    fork_server.end(slow := Slow())

    assert slow.killed
