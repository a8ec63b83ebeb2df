"""Let several workers grade a class: threads that each hold a sandbox, or a Dask cluster."""

import atexit
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course.results import Grade
from confirmlab.grading import baseline, gradebook
from confirmlab.grading.baseline import Standard
from confirmlab.grading.grader import Grader, new_reader
from confirmlab.submissions.learner_files import SubmissionSource

_AHEAD = 4  # submissions that a Dask worker is given before it has finished the first

_here = threading.local()  # each thread of a Dask worker keeps its grader


@dataclass(frozen=True)
class Terms:
    """Hold what is the same for the whole class."""

    standard: Standard
    suite: str
    sandbox: str


def terms(
    trial: Sandbox, hidden: Mapping[str, str], suite: str, lessons: tuple[str, ...] = ()
) -> Terms:
    """Say what the class is measured by.

    Graders learn from the reference what they need when they need it. Hidden tests are tried on it
    now: if they do not fit, the instructor wants to know before the class is graded.
    """
    unknown = Standard(hidden, lessons)
    known = baseline.measured(trial, hidden, lessons) if hidden else unknown
    return Terms(known, suite, trial.kind)


def threads(
    class_work: Sequence[SubmissionSource], terms: Terms, workers: int, warm: Sandbox
) -> Iterator[Grade]:
    """Grade on this machine, with so many workers; give each grade as it is there.

    The first of them takes a sandbox that is warm already.
    """
    todo = iter(class_work)
    workers = min(workers, len(class_work))
    lock, done = threading.Lock(), queue.Queue[Any](maxsize=2 * workers)
    reader = new_reader()  # it has little to do
    graders = [_grader(terms, None if number else warm, reader) for number in range(workers)]
    stopped = threading.Event()

    def work(grader: Grader) -> None:
        try:
            while not stopped.is_set():
                with lock:
                    handed = next(todo, None)
                if handed is None:
                    break
                done.put(_grade(grader, handed, terms))
        except BaseException as error:
            done.put(error)
        done.put(None)

    # Threads that end with the program. A ThreadPoolExecutor was measured beside them: Python waits
    # for its threads, so that after Ctrl-C two endless loops held the command for 42 s, not 0.5 s.
    crew = [threading.Thread(target=work, args=(grader,), daemon=True) for grader in graders]
    try:
        for thread in crew:
            thread.start()
        left = workers
        while left:
            told = done.get()
            if isinstance(told, BaseException):
                raise told
            if told is None:
                left -= 1
            else:
                yield told
    finally:
        stopped.set()
        for grader in graders:
            grader.close()


def dask(class_work: Sequence[SubmissionSource], terms: Terms, address: str) -> Iterator[Grade]:
    """Grade on a Dask cluster, whose workers have the kit and see the same files."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise KitError("Dask is not installed; run pip install 'confirmlab[cluster]'.") from None
    todo = iter(class_work)
    with _connected(Client, address) as client:
        shared = client.scatter(terms, broadcast=True)

        def submitted(count: int) -> list[Any]:
            chosen = (handed for _, handed in zip(range(count), todo, strict=False))
            # A worker that dies takes nothing with it: its submissions go to another.
            return [client.submit(_on_worker, h, shared, pure=False, retries=3) for h in chosen]

        running = as_completed(submitted(_AHEAD * max(1, sum(client.nthreads().values()))))
        for future in running:
            yield future.result()
            for more in submitted(1):
                running.add(more)


def _on_worker(handed: SubmissionSource, terms: Terms) -> Grade:
    grader = getattr(_here, "grader", None)
    if grader is None:
        grader = _here.grader = _grader(terms)
        atexit.register(grader.close)
    return _grade(grader, handed, terms)


def _grader(terms: Terms, warm: Sandbox | None = None, reader: Sandbox | None = None) -> Grader:
    return Grader(warm or Sandbox(terms.sandbox), terms.standard, reader)


def _grade(grader: Grader, handed: SubmissionSource, terms: Terms) -> Grade:
    known = gradebook.content(handed.paths)
    grade = grader.grade(handed.learner, handed.paths)
    notes = tuple(filter(None, (handed.note, "Handed in late." if handed.late else "")))
    return replace(grade, damage=notes + grade.damage, content=known, suite=terms.suite)


def _connected(client: Callable[..., Any], address: str) -> Any:
    try:
        return client(address, timeout="10s")
    except (OSError, ValueError, TypeError) as error:
        raise KitError(
            f"No Dask scheduler answers at {address!r} ({error}); start one, or leave --dask out."
        ) from None
