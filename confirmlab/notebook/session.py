"""One learner's session: workspace, inbox and site together, and what commands do with them."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from confirmlab.base import ports
from confirmlab.base.errors import KitError, SiteError, WorkspaceError
from confirmlab.checks import mutation_score, runner
from confirmlab.course import lessons, mutants, skeleton, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.course.results import ExerciseResult, TestResult
from confirmlab.mail.inbox import Inbox
from confirmlab.notebook import progress, reset, submission_zip
from confirmlab.notebook.app_terminal import Terminal
from confirmlab.notebook.reset import StartedOver
from confirmlab.notebook.source_map import Places
from confirmlab.notebook.workspace import Filled, Workspace
from confirmlab.site.attacks import scenarios
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard
from confirmlab.site.server import Site
from confirmlab.site.wrong_way import Rival


@dataclass(frozen=True)
class Opened:
    """What opening a lesson found and did, one sentence each."""

    lesson: lessons.Lesson
    notes: tuple[str, ...]
    short: bool = False  # on the short way


class Desk:
    """One learner's workspace, inbox and site."""

    def __init__(self, folder: Path | None = None) -> None:
        self.workspace = Workspace(folder)
        self.folder = self.workspace.folder
        self._places = Places(self.workspace)
        mails = self.folder / ".confirmlab" / "mail"
        self.inbox = Inbox(mails, ports.noted(self._inbox_note).get("port", 0), self.link)
        self.terminal = Terminal(self.workspace, self._places, self._mail_port)
        self.site = Site(self.inbox, self.folder, self.terminal.make_ready, self._places.in_trace)
        self.rival = Rival(self.inbox, self.folder / ".confirmlab" / "wrong_way")
        self.lesson = ""  # the number of the one that this kernel opened last

    def __repr__(self) -> str:
        return f"<Desk {self.folder.name}>"

    def open_lesson(self, number: str, short: bool = False) -> Opened:
        """Prepare a lesson: the folder, the blanks of earlier lessons, the database.

        On the short way the reference also fills the blanks that the way leaves out.

        Raises:
            CourseError: there is no such lesson, or the short way does not have it.
        """
        full = lessons.load().lesson(number)
        lesson = full.on_the_short_way() if short else full
        made = self.workspace.ensure()
        notes = [_made(made)] if made else []
        left_out = tuple(e for e in full.exercises if e not in lesson.exercises)
        later = [e for e in lessons.load().exercises if e.lesson >= lesson.number]
        back = self.workspace.uncover(self._covered_by([e for e in later if e not in left_out]))
        notes += [f"Your own text is back in {_listed(back)}."] if back else []
        before = lessons.load().before(lesson.number) + left_out
        self.workspace.cover(self._unfinished(before), before[-1].lesson if before else "")
        covered = [e.id for e in before if self.workspace.state(e.id) == "covered"]
        notes += self._about_cover(covered)
        self._note_opening(lesson, short)
        self.terminal.forget_database()
        self.start_inbox()
        self.site.reload()
        return Opened(lesson, tuple(notes), short)

    def _about_cover(self, covered: list[str]) -> list[str]:
        if not covered:
            return []
        set_aside = self.workspace.record.read()["covered"]
        own = [name for name in covered if not skeleton.is_stub(name, set_aside[name])]
        notes = [f"The reference fills in {_listed(covered)}."]
        if own:
            notes.append(
                f"What you had in {_listed(own)} is kept, and comes back when you open its lesson."
            )
        return notes

    def _note_opening(self, lesson: lessons.Lesson, short: bool) -> None:
        self.lesson = lesson.number
        refilled = dict.fromkeys(name for e in lesson.exercises for name in e.refills)
        now = {name: self.workspace.text(name) for name in refilled}
        with self.workspace.record.change() as notes:
            notes["opened"][lesson.number] = datetime.now(UTC).isoformat()
            notes["way"]["short"] = short
            if now and all(self.workspace.is_open(e.id) for e in lesson.exercises):
                notes["before"][lesson.number] = now

    def start_inbox(self) -> None:
        """Start the inbox on its earlier port, or on a free one if that is taken."""
        if self.inbox.running:
            return
        try:
            self.inbox.start()
        except KitError:
            self.inbox.port = 0
            self.inbox.start()
        ports.note(self._inbox_note, self.inbox.port)

    def fill(self, exercise_id: str, text: str) -> Filled:
        """Fill a blank, and restart the site if it runs."""
        return self._shown(self.workspace.fill(exercise_id, text))

    def restore(self, exercise_id: str, version: int | None = None) -> Filled:
        """Restore a version of a blank, and restart the site if it runs."""
        return self._shown(self.workspace.restore(exercise_id, version))

    def restore_passed(self, exercise_id: str) -> Filled:
        """Restore the version that last passed its check, and restart the site if it runs."""
        return self._shown(self.workspace.restore_passed(exercise_id))

    def _shown(self, filled: Filled) -> Filled:
        try:
            self.site.reload()
        except SiteError as error:
            raise SiteError(f"{filled.exercise.id} is filled, but now: {error}") from None
        return filled

    def check(self, exercise_id: str) -> ExerciseResult:
        """Check one exercise as it is in the workspace."""
        exercise = lessons.load().exercise(exercise_id)
        if self.workspace.is_open(exercise_id):
            note = f"This blank is as it was at the start. Fill it, or ask %hint {exercise_id}."
            return ExerciseResult(exercise_id, exercise.title, "not-yet", note=note)
        again = [lessons.load().exercise(blank_id) for blank_id in exercise.refills]
        results = self._judge([exercise, *again])
        result = _with_earlier(results.pop(exercise_id), results.values())
        for blank_id, earlier in results.items():
            self._record(blank_id, earlier.status == "passed")
        with suppress(SiteError, WorkspaceError):  # the card says why the app does not start
            self.site.refresh()
        passed, unkept = result.status == "passed", ""
        covered = self.workspace.state(exercise_id) == "covered"
        if not covered:
            unkept = self._record(exercise_id, passed)
        result = replace(result, tests=tuple(map(self._places.in_test, result.tests)))
        if covered:
            return replace(result, note="This is the reference, not your own fill.")
        following = self._next(exercise) if passed else f"Stuck? %hint {exercise_id}"
        return replace(result, note=unkept or result.note, next=following)

    def _next(self, exercise: Exercise) -> str:
        """Return the next blank of the lesson that is not done."""
        short = self.workspace.record.read()["way"].get("short", False)
        lesson = lessons.load().lesson(exercise.lesson)
        own = [e for e in lesson.exercises if e.short or not short]
        place = own.index(exercise) + 1 if exercise in own else 0
        for other in own[place:] + own[:place]:
            if other != exercise and self.workspace.state(other.id) != "passed":
                return f"Next: {other.title}{'' if other.title.endswith('?') else '.'}"
        return f"Lesson {lesson.number} is done. %next shows where to go from here."

    def _record(self, exercise_id: str, passed: bool) -> str:
        """Record how a check ended; return why that could not be kept, or nothing."""
        try:
            self.workspace.judged(exercise_id, passed)
        except WorkspaceError as error:
            return f"This result could not be recorded. {error}"
        return ""

    def hint(self, exercise_id: str) -> str:
        """Return the next hint of an exercise; after the third, the third again."""
        exercise = lessons.load().exercise(exercise_id)
        with self.workspace.record.change() as notes:
            number = min(notes["hints"].get(exercise_id, 0) + 1, len(exercise.hints))
            notes["hints"][exercise_id] = number
            notes["read"][exercise_id] = max(number, notes["read"].get(exercise_id, 0))
        return f"Hint {number} of {len(exercise.hints)}. {exercise.hints[number - 1]}"

    def solution(self, exercise_id: str, anyway: bool = False) -> str:
        """Return the reference fill, after success or on request; the progress notes which."""
        lessons.load().exercise(exercise_id)
        passed = self.workspace.state(exercise_id) == "passed"
        if not passed and not anyway:
            raise KitError(
                f"The solution of {exercise_id!r} opens when its check has passed; "
                f"to see it now, with a note in your record, run %solution {exercise_id} --anyway."
            )
        with self.workspace.record.change() as notes:
            notes["solutions"].setdefault(exercise_id, "after success" if passed else "on request")
        own, *refills = solutions.answer(exercise_id).items()
        return "\n\n\n".join([own[1], *(f"%%fill {name}\n{text}" for name, text in refills)])

    def submit(self, name: str = "submission.zip") -> submission_zip.Packed:
        """Write the learner's submission into a zip beside the app's folder."""
        if Path(name).name != name or not name.lower().endswith(".zip"):
            raise KitError(f"{name!r} is no name for a zip; give one such as 'submission.zip'.")
        # Lab opens links to files only relative to the notebook.
        return submission_zip.hand_in(
            Path(os.path.relpath(self.folder.parent / name)), self.workspace
        )

    def progress(self, full: bool = False) -> progress.Map:
        """Return the progress on the learner's way, or in the full course."""
        return progress.draw(self.workspace, self.lesson, short=False if full else None)

    def start_over(self, what: str, which: str = "") -> StartedOver:
        """Reset one blank by its id, `lesson` and its number, or `all`; a copy is kept."""
        if what == "all":
            self.lesson = ""  # the map begins at the beginning
            return self._anew(lambda: reset.everything(self.workspace))
        if what == "lesson":
            chosen = lessons.load().lesson(which)
            return self._anew(lambda: reset.lesson(self.workspace, chosen))
        done = reset.blank(self.workspace, what)
        self.site.reload()
        return self._reminding(done)

    def bring_back(self, number: int | None = None) -> StartedOver:
        """Restore the whole app from before a reset."""
        return self._anew(lambda: reset.bring_back(self.workspace, number))

    def _anew(self, work: Callable[[], StartedOver]) -> StartedOver:
        """Run an action that also changes the database: stop the site, then update the tables."""
        ran = self.site.running
        self.site.stop()
        try:
            done = work()
        finally:
            self.terminal.forget_database()
            self.terminal.prepare_database(also_own=True)
            if ran:
                self.site.start()
        return self._reminding(done)

    def _reminding(self, done: StartedOver) -> StartedOver:
        """Add what to do about blanks that the open lesson needs."""
        earlier = {e.id for e in lessons.load().before(self.lesson)}
        states = {name: self.workspace.state(name) for name in done.blanks if name in earlier}
        missing = [name for name, state in states.items() if state == "open"]
        covered = [name for name, state in states.items() if state == "covered"]
        notes = list(done.notes)
        if missing:
            notes.append(
                f"Lesson {self.lesson} needs {_listed(missing)}: run its %lesson cell again, and "
                "the reference fills them in until you do."
            )
        if covered:
            notes.append(
                f"The reference still fills in {_listed(covered)}. Your own versions are empty "
                "now; you see that when you open their lesson."
            )
        return replace(done, notes=tuple(notes))

    def attack(self, name: str) -> Attempt:
        """Run one attack on the site; its first result is stored."""
        self.site.visitor().close()  # complains if the site is not running
        attempt = scenarios.run(name, self.site, self.inbox)
        self._noted_at_first((attempt,))
        return attempt

    def scoreboard(self) -> Scoreboard:
        """Run every attack on the site, and return the results beside the first ones."""
        self.site.visitor().close()
        board = scenarios.run_all(self.site, self.inbox)
        return replace(board, first=self._noted_at_first(board.attempts))

    def _noted_at_first(self, attempts: tuple[Attempt, ...]) -> dict[str, bool]:
        with self.workspace.record.change() as notes:
            for one in attempts:
                if one.got_in is not None:
                    notes["attacks"].setdefault(one.name, one.got_in)
        return notes["attacks"]

    def run_flask(self, arguments: list[str]) -> str:
        """Run a flask command in the workspace, and restart the site if it runs."""
        told = self.terminal.run_flask(arguments)
        self.site.reload()
        return told

    def link(self, written: str) -> str | None:
        """Return the address at which a mailed link opens in the learner's browser."""
        return self.site.opens(written) or self.rival.site.opens(written)

    def fetch(self, url: str) -> str | None:
        """Return a stylesheet or drawing of the site, for the picture of a page."""
        if not self.site.running or not url.startswith(f"{self.site.url}/"):
            return None
        with self.site.visitor() as visitor:
            page = visitor.open(url)
        return page.text if page.status == 200 else None

    def _mail_port(self) -> int:
        self.start_inbox()
        return self.inbox.port

    def _unfinished(self, exercises: tuple[Exercise, ...]) -> list[str]:
        states = {exercise.id: self.workspace.state(exercise.id) for exercise in exercises}
        unsure = [e for e in exercises if states[e.id] in ("filled", "failing")]
        for exercise_id, result in self._judge(unsure).items():
            states[exercise_id] = result.status
            self.workspace.judged(exercise_id, result.status == "passed")
        open_ones = [name for name, state in states.items() if state not in ("passed", "covered")]
        # An answer and the blanks that it fills anew go together, the learner's or the reference's.
        together = lessons.load().together
        parts = {part for name in open_ones for part in together(name, exercises[-1].lesson)}
        return [name for name in states if name in parts]

    def _covered_by(self, exercises: list[Exercise]) -> list[str]:
        """Return the blanks that use the reference, of those these exercises need."""
        covered = [e for e in exercises if self.workspace.state(e.id) == "covered"]
        return list(dict.fromkeys(name for e in covered for name in (e.id, *e.refills)))

    def _judge(self, exercises: list[Exercise]) -> dict[str, ExerciseResult]:
        """Run the graded tests on fills, and a learner's own tests on the faulty apps."""
        results = runner.judge_fairly(self.folder, mutants.others(exercises), self.workspace.text)
        for name in (e.id for e in exercises if e.id in mutants.TRIALS):
            results[name] = mutation_score.score(name, self.workspace.text(name))
        return results

    @property
    def _inbox_note(self) -> Path:
        return self.folder / ".confirmlab" / "inbox.json"


def _made(made: list[str]) -> str:
    if len(made) > 5:
        return "Your app is ready in my_app."
    return f"These files were missing from my_app and are back: {_listed(made)}."


def _with_earlier(result: ExerciseResult, earlier: Iterable[ExerciseResult]) -> ExerciseResult:
    """Add a line for each refilled blank: whether the check of its own lesson passes."""
    tests = [_still(one) for one in earlier]
    good = result.status == "passed" and all(test.outcome == "passed" for test in tests)
    return replace(result, status="passed" if good else "failed", tests=(*result.tests, *tests))


def _still(earlier: ExerciseResult) -> TestResult:
    lesson = lessons.load().exercise(earlier.exercise).lesson
    sentence = f"The check of {earlier.exercise}, from lesson {lesson}, still passes."
    first = earlier.first_failure
    if first is None:
        return TestResult(earlier.exercise, sentence, "passed", points=0)
    said = f"{first.sentence} {first.message}".strip()
    return TestResult(earlier.exercise, sentence, first.outcome, said, first.where, points=0)


def _listed(names: list[str]) -> str:
    return ", ".join(names)
