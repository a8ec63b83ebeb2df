"""Grade a whole class: find what is new, have it graded, write it down, and report."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course import lessons as course
from confirmlab.course.results import Grade
from confirmlab.grading import gradebook, hidden_tests, pool
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.pool import Terms
from confirmlab.grading.reports import writer
from confirmlab.submissions import discovery
from confirmlab.submissions.discovery import HandedIn

Crew = Callable[[Sequence[HandedIn], Terms, Sandbox], Iterator[Grade]]
Watcher = Callable[[Iterator[Grade], int], Iterable[Grade]]  # shows how far it is


@dataclass(frozen=True)
class Marked:
    """Hold what a run came to: the statuses of the class, and how many were graded just now."""

    statuses: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    sandbox: str = ""

    def __repr__(self) -> str:
        return f"<Marked {self.statuses.total()}, {self.fresh} of them now>"


def mark(
    submissions: Path,
    out: Path,
    hidden: Path | None,
    sandbox: str,
    team: Crew,
    watcher: Watcher,
    lessons: Sequence[str] = (),
) -> Marked:
    """Grade what is new or changed among the submissions, and write all reports to `out`.

    With `lessons`, such as 03, only their exercises count.
    """
    texts = hidden_tests.read(hidden)
    chosen = tuple(sorted({_gradable(name) for name in lessons}))
    with discovery.opened(submissions) as handed_in, Gradebook(out) as book:
        version = gradebook.suite(texts, chosen)
        fresh = [one for one in handed_in if not book.has(one, version)]
        kind = sandbox
        if fresh:
            with Sandbox(sandbox) as warm:
                terms = pool.terms(warm, texts, version, chosen)
                kind = terms.sandbox
                for grade in watcher(team(fresh, terms, warm), len(fresh)):
                    book.add(grade)
        book.keep(one.learner for one in handed_in)
        statuses: Counter[str] = Counter()
        writer.write_all(_counted(book.grades(), statuses), out)
    return Marked(statuses, len(fresh), kind)


def _gradable(name: str) -> str:
    lesson = course.load().lesson(name)
    if not lesson.exercises:
        raise KitError(f"Lesson {lesson.number} has no exercise to grade; name another one.")
    return lesson.number


def _counted(grades: Iterator[Grade], statuses: Counter[str]) -> Iterator[Grade]:
    """Count the statuses while the reports are written: the grades are read once."""
    for grade in grades:
        statuses[grade.status] += 1
        yield grade
