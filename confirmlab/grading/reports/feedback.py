"""The feedback page of one learner: the result of each exercise and what to look at next."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256

from confirmlab.base import templating
from confirmlab.checks import result_view
from confirmlab.course import blanks, fill_syntax, lessons, skeleton
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.grading.grades import ExerciseGrade, Grade

STATUSES = {
    "graded": "graded",
    "no-submission": "nothing handed in",
    "unreadable": "handed in, not readable",
    "crashed": "crashed while running",
    "timeout": "ran out of time",
    "tampered": "possible tampering",
}
_FOR_LEARNERS = STATUSES | {"tampered": "to be reviewed"}
MARKS = {"passed": "passed", "partly": "partly there", "failed": "not there yet", "open": "open"}

_LONGEST_NAME = 100  # bytes; file systems allow 255, but a whole path has a limit as well
_MOST_LINES = 400
_MOST_TESTS = 40
# Device names, which Windows does not allow as file names.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)", re.IGNORECASE)
_DIGEST = re.compile(r"-[0-9a-f]{8,}$")  # at the end of a name that page_name made unique


@dataclass(frozen=True)
class RequirementRow:
    """One line of the table of requirements; the outcome is empty if the test was not run."""

    sentence: str
    hidden: bool
    in_full_app: str
    in_reference_app: str


@dataclass(frozen=True)
class ExerciseSection:
    """The part of the page about one exercise."""

    grade: ExerciseGrade
    explanation: str = ""  # which of two results counts, and why
    first_failure: TestResult | None = None
    failure_in_full_app: TestResult | None = None  # where the reference app passes
    failed: tuple[TestResult, ...] = ()
    rows: tuple[RequirementRow, ...] = ()
    rows_left_out: int = 0
    lines: tuple[str, ...] = ()
    lines_left_out: int = 0
    syntax_error: str = ""
    syntax_error_line: int = 0  # in the listing; 0 if it shows only after the last line


def page(grade: Grade) -> str:
    """Return the HTML page of one learner."""
    return templating.document(
        "feedback.html",
        grade=grade,
        sections=[_section(exercise) for exercise in grade.exercises],
        statuses=_FOR_LEARNERS,
        marks=MARKS,
        outcomes=result_view.OUTCOMES,
        quoted=result_view.quoted,
    )


def page_name(learner: str, taken: Collection[str] = ()) -> str:
    """Return the file name of a learner's page; `taken` holds the names in use, in lower case.

    The name depends on the learner only, so it is the same in every run and in any order. A hash is
    added where characters had to be replaced, so that different learners get different names.
    """
    kept = "".join(map(_file_letter, unicodedata.normalize("NFC", learner)))
    stem = _cut(re.sub("-+", "-", kept).strip("-._")) or "learner"
    digest = sha256(learner.encode("utf-8", "surrogatepass")).hexdigest()
    plain = stem == learner == learner.lower() and learner.isascii()
    unique = plain and not _DEVICE.match(stem) and not _DIGEST.search(stem)
    if unique and f"{stem}.html" not in taken:
        return f"{stem}.html"
    # Windows takes "con.html" for the device, too; with a word before it is a file.
    stem = f"learner-{stem}" if _DEVICE.match(stem) else stem
    names = (f"{stem}-{digest[:length]}.html" for length in range(8, 65, 4))
    return next(name for name in names if name.lower() not in taken)


def unrevealed(exercise: ExerciseGrade) -> ExerciseGrade:
    """Return the grade without messages and lines of hidden tests; sentences and outcomes stay."""
    results = [r for r in (exercise.in_full_app, exercise.in_reference_app) if r]
    hidden = [test for result in results for test in result.tests if test.hidden]
    secrets = [test.message for test in hidden if test.message]

    def redacted(result: ExerciseResult) -> ExerciseResult:
        tests = tuple(replace(t, message="", where="") if t.hidden else t for t in result.tests)
        # The note of one result may quote a hidden message of the other.
        note = "" if any(message in result.note for message in secrets) else result.note
        return replace(result, tests=tests, note=note)

    return replace(
        exercise,
        in_full_app=redacted(exercise.in_full_app),
        in_reference_app=exercise.in_reference_app and redacted(exercise.in_reference_app),
    )


def _section(exercise: ExerciseGrade) -> ExerciseSection:
    exercise = unrevealed(exercise)
    lines = [line.rstrip("\r\n") for line in blanks.lines(exercise.fill)]
    section = ExerciseSection(
        exercise,
        lines=tuple(lines[:_MOST_LINES]),
        lines_left_out=max(0, len(lines) - _MOST_LINES),
    )
    if exercise.status == "open":
        return section
    syntax_error, line = _syntax_error(exercise)
    if syntax_error:  # every test fails for this one reason, so no test is listed
        return replace(section, syntax_error=syntax_error, syntax_error_line=line)
    best, full = exercise.best, exercise.in_full_app
    failed = [test for test in best.tests if test.outcome not in ("passed", "not-run")]
    rows = _rows(exercise)
    return replace(
        section,
        explanation=_explanation(exercise),
        first_failure=best.first_failure,
        failure_in_full_app=None if best is full else full.first_failure,
        failed=tuple(failed[:_MOST_TESTS]),
        rows=rows[:_MOST_TESTS],
        rows_left_out=max(0, len(rows) - _MOST_TESTS),
    )


def _syntax_error(exercise: ExerciseGrade) -> tuple[str, int]:
    """Return why a fill does not compile, and the line of the listing; "" if it compiles."""
    if exercise.status == "passed" or exercise.override is not None:
        return "", 0
    file = lessons.load().exercise(exercise.exercise).file
    source = skeleton.text(file)
    problem = fill_syntax.problem_of(file, source, exercise.exercise, exercise.fill)
    if problem is None:
        return "", 0
    message, line = problem
    place = f"Line {line} of what you wrote" if line else "What you wrote"
    advice = " The error shows after the last line: is a bracket or quote open?"
    if line or message in (fill_syntax.TOO_DEEP, fill_syntax.BAD_CHARACTER):
        advice = ""
    return f"{place} cannot be read, so nothing in it could run: {message}.{advice}", line


def _explanation(exercise: ExerciseGrade) -> str:
    """Return sentences on which of two results counts, and why; "" if there is one result."""
    full, reference = exercise.in_full_app, exercise.in_reference_app
    if reference is None:
        return ""
    in_full, in_reference = (
        f"{round(exercise.out_of * result.score, 2):g}" for result in (full, reference)
    )
    both = (
        f"The tests ran twice. In your app this exercise earned {in_full} of {exercise.out_of:g}; "
        f"with only this blank of yours in the finished app, {in_reference}."
    )
    if exercise.best is reference:
        return f"{both} The second result counts: a mistake in another blank costs nothing here."
    if full.score == reference.score:
        return f"{both} Both agree, so the cause is in this blank itself."
    return f"{both} The better result counts: the one in your app."


def _rows(exercise: ExerciseGrade) -> tuple[RequirementRow, ...]:
    """Return a row for each requirement; those of the result that counts come first."""
    full, reference = exercise.in_full_app, exercise.in_reference_app
    in_full = {test.name: test.outcome for test in full.tests}
    in_reference = {test.name: test.outcome for test in reference.tests} if reference else {}
    tests: dict[str, TestResult] = {}
    for test in (*exercise.best.tests, *full.tests):
        tests.setdefault(test.name, test)
    return tuple(
        RequirementRow(
            test.sentence, test.hidden, in_full.get(name, ""), in_reference.get(name, "")
        )
        for name, test in tests.items()
    )


def _file_letter(letter: str) -> str:
    # Letters of any script with their combining marks, and digits; "-" for everything else.
    return letter if letter in "._" or unicodedata.category(letter)[0] in "LMN" else "-"


def _cut(stem: str) -> str:
    return stem.encode()[:_LONGEST_NAME].decode(errors="ignore").strip("-._")
