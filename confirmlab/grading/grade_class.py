"""Grade a whole class: find what is new, have it graded, write it down, and report."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from confirmlab.checks.sandbox import isolation
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.course.results import Grade
from confirmlab.grading import (
    class_settings,
    gradebook,
    hand_edits,
    hidden_tests,
    overrides,
    pool,
)
from confirmlab.grading.class_record import ClassRecord
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.pool import Terms
from confirmlab.grading.reports import writer
from confirmlab.submissions import discovery, roster
from confirmlab.submissions.discovery import Reading
from confirmlab.submissions.learner_files import SubmissionSource

Crew = Callable[[Sequence[SubmissionSource], Terms, Sandbox], Iterator[Grade]]
NAMES = (class_settings.NAME, overrides.NAME, "roster.csv")
Watcher = Callable[[Iterator[Grade], int], Iterable[Grade]]  # shows how far it is


@dataclass(frozen=True)
class Wishes:
    """What the instructor gave beside the submissions; None is looked for beside them."""

    lessons: Sequence[str] = ()
    layout: str = ""
    settings: Path | None = None
    overrides: Path | None = None
    roster: Path | None = None
    only_given: bool = False  # for submissions that come alone: nothing beside them is read

    def read(self, submissions: Path, reading: Reading) -> ClassRecord:
        """Read the files, and put what they say beside what was handed in.

        Raises:
            KitError: one of them cannot be read, or says what makes no sense.
        """
        settings, decided, people = self.files(submissions, reading)
        class_settings.load(settings)  # which names the file in what it says
        return ClassRecord(
            reading.learners,
            reading.passed_over,
            settings.read_text(encoding="utf-8-sig") if settings else "",
            tuple(overrides.read(decided)),
            tuple(roster.read(people)) if people else (),
            class_settings.chosen_lessons(list(self.lessons)),
        )

    def files(self, submissions: Path, reading: Reading) -> list[Path | None]:
        """Return the three files that count: those that were given, or lie beside the submissions.

        Nothing is looked for in a folder that is one learner's own.
        """
        here = submissions.resolve()
        own = any(here in source.paths for source in reading.learners)
        places = [here.parent] if own or not here.is_dir() else [here, here.parent]
        given = (self.settings, self.overrides, self.roster)
        found: list[Path | None] = []
        for path, name in zip(given, NAMES, strict=True):
            beside = [place / name for place in places if (place / name).is_file()]
            found.append(path or (None if self.only_given else next(iter(beside), None)))
        return found

    def used(self, submissions: Path, reading: Reading) -> list[str]:
        """Return a sentence that names the files read beside the submissions."""
        found = [str(path) for path in self.files(submissions, reading) if path]
        return [f"Read {', '.join(found)}, too."] if found else []


@dataclass(frozen=True)
class Marked:
    """What a run came to: the statuses of the class, how many were graded now, and remarks."""

    statuses: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    sandbox: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Marked {self.statuses.total()}, {self.fresh} of them now>"


def mark(
    submissions: Path,
    out: Path,
    hidden: Path | None,
    sandbox: str,
    team: Crew,
    watcher: Watcher,
    wishes: Wishes = Wishes(),
) -> Marked:
    """Grade what is new or changed among the submissions, and write all reports to `out`."""
    texts = hidden_tests.read(hidden)
    with discovery.opened(submissions, wishes.layout) as reading:
        record = wishes.read(submissions, reading)
        chosen = record.settings.lessons
        with Gradebook(out) as book:
            notes = hand_edits.noticed(out)  # before a new grade makes the old table unknown
            version = gradebook.suite(texts, chosen)
            fresh = [one for one in record.sources if not book.has(one, version)]
            kind = sandbox
            if fresh:
                with Sandbox(sandbox) as warm:
                    isolation.refuse_root(warm.kind)
                    terms = pool.terms(warm, texts, version, chosen)
                    kind = terms.sandbox
                    for grade in watcher(team(fresh, terms, warm), len(fresh)):
                        book.add(grade)
            book.keep(one.learner for one in record.sources)
            record.write(out)
            statuses: Counter[str] = Counter()
            adjusted = record.adjust(book.grades())
            writer.write_all(_counted(adjusted, statuses), out)
            hand_edits.remember(out)
    return Marked(
        statuses, len(fresh), kind, (*wishes.used(submissions, reading), *notes, *record.notes())
    )


def _counted(grades: Iterator[Grade], statuses: Counter[str]) -> Iterator[Grade]:
    """Count the statuses while the reports are written: the grades are read once."""
    for grade in grades:
        statuses[grade.status] += 1
        yield grade
