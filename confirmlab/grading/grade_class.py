"""Grade a class: grade new and changed submissions, update the gradebook, write the reports."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confirmlab.base.errors import KitError
from confirmlab.checks.sandbox.client import Sandbox
from confirmlab.grading import (
    class_settings,
    gradebook,
    hand_edits,
    hidden_tests,
    input_hashes,
    overrides,
    pool,
)
from confirmlab.grading.class_record import ClassRecord
from confirmlab.grading.gradebook import Gradebook
from confirmlab.grading.grades import Grade
from confirmlab.grading.pool import RunSettings
from confirmlab.grading.reports import writer
from confirmlab.submissions import discovery, roster
from confirmlab.submissions.bounded_files import listed
from confirmlab.submissions.discovery import FoundClass
from confirmlab.submissions.learner_files import SubmissionSource

FILE_NAMES = (class_settings.NAME, overrides.NAME, "roster.csv")
# The type of a function that grades in parallel: one of pool's, with its arguments bound.
GradeAll = Callable[[Sequence[SubmissionSource], RunSettings, Sandbox], Iterator[Grade]]
# The type of a function that yields the grades unchanged, and shows how many are done.
ShowProgress = Callable[[Iterator[Grade], int], Iterable[Grade]]


@dataclass(frozen=True)
class GradeOptions:
    """The options of `confirmlab grade`; files not given are looked for beside the submissions."""

    lessons: Sequence[str] = ()
    layout: str = ""
    settings: Path | None = None
    overrides: Path | None = None
    roster: Path | None = None
    only_given: bool = False  # no file beside the submissions is read, since it may be a learner's

    def read(self, submissions: Path, found: FoundClass) -> ClassRecord:
        """Read the class's files, and return them with the submissions that were found.

        Raises:
            KitError: a file cannot be read, or a value in it is invalid.
        """
        settings, overrides_file, roster_file = chosen = self.files(submissions, found)
        of_class = {path.name for path in chosen if path}
        class_settings.load(settings)  # its errors name the file
        return ClassRecord(
            found.learners,
            tuple(name for name in found.passed_over if name not in of_class),
            settings.read_text(encoding="utf-8-sig") if settings else "",
            tuple(overrides.read(overrides_file)),
            tuple(roster.read(roster_file)) if roster_file else (),
            class_settings.chosen_lessons(list(self.lessons)),
        )

    def files(self, submissions: Path, found: FoundClass) -> list[Path | None]:
        """Return settings, overrides and roster: those given or found beside the submissions.

        A folder that is one learner's own is not searched.
        """
        here = submissions.resolve()
        of_one_learner = any(here in source.paths for source in found.learners)
        folders = [here.parent] if of_one_learner or not here.is_dir() else [here, here.parent]
        given = (self.settings, self.overrides, self.roster)
        chosen: list[Path | None] = []
        for path, name in zip(given, FILE_NAMES, strict=True):
            beside = [folder / name for folder in folders if (folder / name).is_file()]
            chosen.append(path or (None if self.only_given else next(iter(beside), None)))
        return chosen

    def files_read(self, submissions: Path, found: FoundClass) -> list[str]:
        """Return a sentence that names the settings, overrides and roster in use; [] if none."""
        names = [str(path) for path in self.files(submissions, found) if path]
        return [f"Also read {', '.join(names)}."] if names else []


@dataclass(frozen=True)
class RunSummary:
    """The outcome of a run: statuses of the class, how many were graded in it, and remarks."""

    statuses: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    sandbox: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<RunSummary of {self.statuses.total()}, {self.fresh} graded now>"


def run(
    submissions: Path,
    out: Path,
    hidden: Path | None,
    sandbox: str,
    grade_all: GradeAll,
    show_progress: ShowProgress,
    options: GradeOptions = GradeOptions(),
) -> RunSummary:
    """Grade the submissions that are new or changed, and write all reports to `out`.

    Raises:
        KitError: a file of the class cannot be read, or one in `out` cannot be written.
    """
    _require_place(out, submissions, options.only_given)
    texts = hidden_tests.read(hidden)
    with discovery.open_class(submissions, options.layout) as found:
        record = options.read(submissions, found)
        lessons = record.settings.lessons
        with Gradebook(out) as book:
            with _writing(out):
                notes = hand_edits.noticed(out)  # before a new table replaces the edited one
            suite = input_hashes.suite_hash(texts, lessons)
            fresh = [source for source in record.sources if not book.has(source, suite)]
            kind = sandbox
            if fresh:
                with Sandbox(sandbox) as started:
                    settings = pool.prepare(started, texts, suite, lessons)
                    kind = settings.sandbox
                    for grade in show_progress(grade_all(fresh, settings, started), len(fresh)):
                        book.add(grade)
            notes += _removed(book.keep(source.learner for source in record.sources))
            statuses: Counter[str] = Counter()
            with _writing(out):
                record.write(out)
                writer.write_all(_counted(record.adjust(book.grades()), statuses), out)
                hand_edits.remember(out)
    notes = [*options.files_read(submissions, found), *notes, *record.notes()]
    return RunSummary(statuses, len(fresh), kind, tuple(notes))


def _removed(learners: list[str]) -> list[str]:
    """Return a note that names learners who were graded before and are gone; [] without any."""
    if not learners:
        return []
    return [
        "Removed from the grades, since they are not among these submissions: "
        f"{listed(learners)}. Their results are in {gradebook.REMOVED!r}. Give the whole class in "
        "each run, or another --out."
    ]


def _require_place(out: Path, submissions: Path, is_of_learner: bool) -> None:
    """Raise an error if grades would lie where submissions, or a learner's own grades, may lie."""
    place, handed_in = out.resolve(), submissions.resolve()
    if place == handed_in:
        raise KitError(
            f"The grades cannot go into the folder of submissions, {str(out)!r}, since they would "
            "be read as work of learners; give another folder with --out."
        )
    if is_of_learner and place.is_relative_to(handed_in):
        raise KitError(
            f"The grades cannot go into {str(out)!r}, inside of what was handed in, since a "
            "learner could leave grades there; give a folder outside of it with --out."
        )


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Raise an OSError of the reports as a KitError; grades are in the gradebook by then."""
    try:
        yield
    except OSError as error:
        name = str(error.filename2 or error.filename or out)
        raise KitError(
            f"Could not write {name!r} ({error.strerror}), but what was graded is kept; make sure "
            "that no program has the file open and that you may write it, and run this again."
        ) from None


def _counted(grades: Iterator[Grade], statuses: Counter[str]) -> Iterator[Grade]:
    """Yield the grades unchanged, and count their statuses in `statuses`."""
    for grade in grades:
        statuses[grade.status] += 1
        yield grade
