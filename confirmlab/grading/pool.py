"""Grade a class in parallel: in threads with a sandbox each, or on a Dask cluster."""

import atexit
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox import isolation
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.grading import baseline, input_hashes
from confirmlab.grading.baseline import Baseline
from confirmlab.grading.grader import KEPT, Grader, new_reader
from confirmlab.grading.grades import Grade
from confirmlab.grading.run_cache import RunCache
from confirmlab.grading.run_result import RunResult
from confirmlab.grading.shared_baseline import SharedBaseline
from confirmlab.submissions.learner_files import SubmissionSource

_AHEAD = 4  # submissions that a Dask worker is given before it has finished the first

_worker = threading.local()  # keeps the grader of each thread of a Dask worker


@dataclass(frozen=True)
class RunSettings:
    """The settings shared by all submissions of a run."""

    baseline: Baseline
    suite: str  # hash of all that grades depend on
    sandbox: str


def prepare(
    sandbox: Sandbox,
    hidden: Mapping[str, str],
    suite: str,
    lessons: tuple[str, ...] = (),
    saved: Path | None = None,
) -> RunSettings:
    """Return the settings of a run; `saved` is the file of a baseline that was measured before.

    Hidden tests are run on the reference here, so that an instructor learns of mistakes in them
    before the class is graded. The kit's own tests are measured when a submission needs them.

    Raises:
        KitError: the reference fails a hidden test, or learners' code would run as root.
    """
    isolation.refuse_root(sandbox.kind)
    known = baseline.load(saved, hidden) if saved else Baseline(hidden, lessons)
    if known.lessons != lessons:
        known = Baseline(hidden, lessons)
    if hidden and not known.tests:
        known = baseline.measure(sandbox, hidden, lessons)
    return RunSettings(known, suite, sandbox.kind)


def grade_in_threads(
    sources: Sequence[SubmissionSource], settings: RunSettings, workers: int, started: Sandbox
) -> Iterator[Grade]:
    """Grade on this machine in `workers` threads, and yield each grade as soon as it is ready.

    The first worker uses the sandbox that is already started.
    """
    todo = iter(sources)
    workers = min(workers, len(sources))
    lock, done = threading.Lock(), queue.Queue[Any](maxsize=2 * workers)
    reader = new_reader()  # reading is quick, so all graders share one
    runs: RunCache[RunResult] = RunCache(KEPT)
    sandboxes = [started, *(Sandbox(settings.sandbox) for _ in range(workers - 1))]
    # A submission that is graded alone may use two processors.
    beside = Sandbox(settings.sandbox) if len(sources) == 1 and (os.cpu_count() or 1) > 1 else None
    shared = SharedBaseline(settings.baseline)
    stopped = threading.Event()

    def work(grader: Grader) -> None:
        try:
            while not stopped.is_set():
                with lock:
                    source = next(todo, None)
                if source is None:
                    break
                done.put(_grade(grader, source, settings))
        except BaseException as error:
            done.put(error)
        done.put(None)

    try:
        graders = [
            Grader(sandbox, settings.baseline, reader, runs, beside, shared)
            for sandbox in sandboxes
        ]
        # Daemon threads end with the program. Python waits for those of a ThreadPoolExecutor:
        # measured with two endless loops, Ctrl-C then took 42 s instead of 0.5 s.
        threads = [threading.Thread(target=work, args=(grader,), daemon=True) for grader in graders]
        for thread in threads:
            thread.start()
        left = workers
        while left:
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            if result is None:
                left -= 1
            else:
                yield result
    finally:
        stopped.set()
        for sandbox in (*sandboxes, reader, *([beside] if beside else [])):
            sandbox.close()


def grade_on_dask(
    sources: Sequence[SubmissionSource], settings: RunSettings, address: str
) -> Iterator[Grade]:
    """Grade on a Dask cluster, whose workers have the kit installed and see the same files."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise KitError("Dask is not installed; run pip install 'confirmlab[cluster]'.") from None
    todo = iter(sources)
    with _connected(Client, address) as client:
        shared = client.scatter(settings, broadcast=True)

        def submitted(count: int) -> list[Any]:
            chosen = (source for _, source in zip(range(count), todo, strict=False))
            # Submissions of a worker that dies are given to another one.
            return [client.submit(_on_worker, s, shared, pure=False, retries=3) for s in chosen]

        running = as_completed(submitted(_AHEAD * max(1, sum(client.nthreads().values()))))
        for future in running:
            yield future.result()
            for more in submitted(1):
                running.add(more)


def _on_worker(source: SubmissionSource, settings: RunSettings) -> Grade:
    """Return the grade of one submission, computed by this thread's own grader.

    Raises:
        KitError: this machine does not have the files.
    """
    missing = next((path for path in source.paths if not os.path.lexists(path)), None)
    if missing:
        raise KitError(
            f"A Dask worker does not see {str(missing)!r}; unpack zips of a class first, and give "
            "a folder that all machines see by the same path."
        )
    grader = getattr(_worker, "grader", None)
    if grader is None:
        grader = _worker.grader = Grader(Sandbox(settings.sandbox), settings.baseline)
        atexit.register(grader.close)
    return _grade(grader, source, settings)


def _grade(grader: Grader, source: SubmissionSource, settings: RunSettings) -> Grade:
    content = input_hashes.content_hash(source.paths)
    grade = grader.grade(source.learner, source.paths)
    notes = (source.note,) if source.note else ()
    return replace(grade, damage=notes + grade.damage, content=content, suite=settings.suite)


def _connected(client: Callable[..., Any], address: str) -> Any:
    try:
        return client(address, timeout="10s")
    except (OSError, ValueError, TypeError) as error:
        raise KitError(
            f"No Dask scheduler answers at {address!r} ({error}); start one, or leave --dask out."
        ) from None
