"""Grade a class with the least effort: a warm process, forked for each submission, runs the tests.

`fork_floor.py plain|sandbox SIZE WORKERS`: plain isolates nothing, and lets each fork write the
app and run pytest on lesson 03's own tests; sandbox sends the same through the kit's sandbox.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
from pathlib import Path

from confirmlab.base import paths
from confirmlab.course import skeleton

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import klass

LIMIT = 2  # seconds of the processor for one submission


def task_of(fills: dict) -> dict:
    """Say what is to be run on a submission."""
    return {"fills": fills, "ids": list(klass.EXERCISES), "hidden": {}, "canaries": {}}


def plain(share: list) -> None:
    """Fork for each submission."""
    import confirmlab.checks.preload_grader  # noqa: F401
    from confirmlab.checks import pytest_collection, runner

    pytest_collection.forget()  # each fork runs pytest itself
    files = [str(paths.in_kit("tests", "lesson", "test_03_the_user_model.py"))]
    for learner, fills in share:
        with tempfile.TemporaryDirectory() as name:
            reader, writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, 1)
                os.dup2(nothing, 2)
                os.chdir(name)
                tempfile.tempdir = name
                app = skeleton.build(Path(name, "my_app"), fills)
                asked = {"app": str(app), "ids": list(klass.EXERCISES), "files": files}
                told: list = []
                runner.run_tests(asked, told.append)
                passed = sum(message.get("outcome") == "passed" for message in told)
                os.write(writer, b"%d\n" % passed)
                os._exit(0)
            os.close(writer)
            os.waitpid(pid, 0)
            passed = int(os.read(reader, 100) or 0)
            os.close(reader)
            if passed < 24 and "right" in learner:
                os._exit(1)


def walled(share: list) -> None:
    """Send each submission through the sandbox."""
    from confirmlab.checks.sandbox import tasks
    from confirmlab.checks.sandbox.client import Sandbox
    from confirmlab.processes.jobs import Job

    with Sandbox("auto") as sandbox:
        for learner, fills in share:
            finished = sandbox.run(Job(tasks.run_graded, task_of(fills), Path(), LIMIT))
            passed = sum(message.get("outcome") == "passed" for message in finished.messages)
            if passed < 24 and "right" in learner:
                os._exit(1)


def main(how: str, size: int, workers: int) -> None:
    """Share the class out and wait."""
    everybody = klass.answers(size)
    context = multiprocessing.get_context("spawn")
    work = plain if how == "plain" else walled
    children = [
        context.Process(target=work, args=(everybody[start::workers],)) for start in range(workers)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    sys.exit(max(child.exitcode for child in children))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
