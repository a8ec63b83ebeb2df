"""Tell one learner, on a page, what became of the submission and what to look at next."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from confirmlab.base import templating
from confirmlab.checks import result_view
from confirmlab.course import fill_syntax, lessons, skeleton
from confirmlab.course.results import ExerciseGrade, ExerciseResult, Grade, TestResult

STATUSES = {
    "graded": "graded",
    "no-submission": "nothing handed in",
    "unreadable": "handed in, not readable",
    "crashed": "stopped in the middle",
    "timeout": "ran out of time",
    "tampered": "interfered with",
}
MARKS = {"passed": "passed", "partly": "partly there", "failed": "not there yet", "open": "open"}

_LONGEST_NAME = 100  # bytes; file systems take 255, and people keep such files in deep folders
_MOST_LINES = 400
_MOST_TESTS = 40
# Names of devices, which Windows gives no file.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)", re.IGNORECASE)
_MADE = re.compile(r"-[0-9a-f]{8,}$")


@dataclass(frozen=True)
class Row:
    """Hold how one requirement ended in the whole app and alone; empty where it was not tried."""

    sentence: str
    hidden: bool
    whole: str
    alone: str


@dataclass(frozen=True)
class Entry:
    """Hold what the page says about one exercise."""

    grade: ExerciseGrade
    why: str
    first: TestResult | None
    elsewhere: TestResult | None  # what fails in the whole app only
    failed: tuple[TestResult, ...]
    rows: tuple[Row, ...]
    more: int  # requirements that are not listed
    lines: tuple[str, ...]
    lines_more: int
    broken: str = ""  # why the text cannot be run at all
    broken_line: int = 0  # in the listing


def page(grade: Grade) -> str:
    """Make the page of one learner."""
    entries = [_entry(exercise) for exercise in grade.exercises]
    return templating.document(
        "feedback.html",
        grade=grade,
        entries=entries,
        statuses=STATUSES,
        marks=MARKS,
        outcomes=result_view.OUTCOMES,
    )


def page_name(learner: str, taken: Collection[str] = ()) -> str:
    """Name the file of a learner's page; `taken` holds the names in use, in lower case.

    The name follows from the learner alone, so that it is the same in the next run, in whichever
    order the class is graded. Where the letters do not tell it all, a digest makes it unique.
    """
    kept = "".join(map(_kept, unicodedata.normalize("NFC", learner)))
    stem = _cut(re.sub("-+", "-", kept).strip("-._")) or "learner"
    digest = sha256(learner.encode("utf-8", "surrogatepass")).hexdigest()
    plain = stem == learner == learner.lower() and learner.isascii()
    if plain and not _DEVICE.match(stem) and not _MADE.search(stem) and f"{stem}.html" not in taken:
        return f"{stem}.html"
    # A device stays a device whatever follows a dot, so something stands before it.
    stem = f"learner-{stem}" if _DEVICE.match(stem) else stem
    names = (f"{stem}-{digest[:length]}.html" for length in range(8, 65, 4))
    return next(name for name in names if name.lower() not in taken)


def unrevealed(exercise: ExerciseGrade) -> ExerciseGrade:
    """Take out what hidden tests have seen; their sentences and how they ended stay."""
    results = [result for result in (exercise.whole, exercise.alone) if result]
    hidden = [test for result in results for test in result.tests if test.hidden]
    seen = [test.message for test in hidden if test.message]

    def shown(result: ExerciseResult) -> ExerciseResult:
        tests = tuple(replace(t, message="", where="") if t.hidden else t for t in result.tests)
        # The note of one result may speak of what was seen in the other.
        note = "" if any(message in result.note for message in seen) else result.note
        return replace(result, tests=tests, note=note)

    alone = exercise.alone and shown(exercise.alone)
    return replace(exercise, whole=shown(exercise.whole), alone=alone)


def _entry(exercise: ExerciseGrade) -> Entry:
    exercise = unrevealed(exercise)
    counted, lines = exercise.counted, exercise.fill.splitlines()
    is_open = exercise.status == "open"
    failed = [t for t in counted.tests if t.outcome not in ("passed", "not-run")]
    rows = _rows(exercise)
    broken, line = _broken(exercise)
    if broken:  # each test says the same, so the page says it once
        text = tuple(lines[:_MOST_LINES]), max(0, len(lines) - _MOST_LINES)
        return Entry(exercise, "", None, None, (), (), 0, *text, broken, line)
    return Entry(
        exercise,
        _why(exercise),
        None if is_open else counted.first_failure,
        exercise.whole.first_failure if counted is exercise.alone else None,
        () if is_open else tuple(failed[:_MOST_TESTS]),
        () if is_open else rows[:_MOST_TESTS],
        max(0, len(rows) - _MOST_TESTS),
        tuple(lines[:_MOST_LINES]),
        max(0, len(lines) - _MOST_LINES),
    )


def _broken(exercise: ExerciseGrade) -> tuple[str, int]:
    """Return why a fill does not compile, and in which line of the listing."""
    if exercise.status in ("passed", "open") or exercise.override is not None:
        return "", 0
    file = lessons.load().exercise(exercise.exercise).file
    source = skeleton.contents()[Path(file).parent][Path(file).name].decode("utf-8")
    problem = fill_syntax.problem_of(file, source, exercise.exercise, exercise.fill)
    if problem is None:
        return "", 0
    message, line = problem
    where = f"Line {line} of what you wrote" if line else "What you wrote"
    behind = "" if line else " The fault shows behind the last line: is something left open?"
    return f"{where} cannot be read, so nothing in it could run: {message}.{behind}", line


def _why(exercise: ExerciseGrade) -> str:
    """Say which of two results counts, and why."""
    if exercise.alone is None:
        return ""
    whole, alone = (
        f"{round(exercise.out_of * result.score, 2):g}"
        for result in (exercise.whole, exercise.alone)
    )
    both = (
        f"It was tried twice. In your whole app it came to {whole} of {exercise.out_of}; alone, "
        f"with only this blank put into the finished app, to {alone}."
    )
    if exercise.counted is exercise.alone:
        return f"{both} Alone counts: what goes wrong in another blank costs nothing here."
    if exercise.whole.score == exercise.alone.score:
        return f"{both} Both say the same, so what is left to do is in this blank itself."
    return f"{both} The better one counts: your whole app."


def _rows(exercise: ExerciseGrade) -> tuple[Row, ...]:
    """List each requirement once, those of the result that counts first."""
    results = [exercise.counted, exercise.whole]
    tests = {test.name: test for result in reversed(results) for test in result.tests}
    whole = {test.name: test.outcome for test in exercise.whole.tests}
    alone = {test.name: test.outcome for test in exercise.alone.tests} if exercise.alone else {}
    named = [test.name for result in results for test in result.tests]
    return tuple(
        Row(tests[name].sentence, tests[name].hidden, whole.get(name, ""), alone.get(name, ""))
        for name in dict.fromkeys(named)
    )


def _kept(letter: str) -> str:
    # Letters of any script, with the marks that belong to them, and digits.
    return letter if letter in "._" or unicodedata.category(letter)[0] in "LMN" else "-"


def _cut(stem: str) -> str:
    return stem.encode()[:_LONGEST_NAME].decode(errors="ignore").strip("-._")
