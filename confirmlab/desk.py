"""Put a learner's desk together: workspace, inbox and site, and what one does with them."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from confirmlab import checks, course, files, reference, shell
from confirmlab.course import Exercise
from confirmlab.errors import KitError, SiteError
from confirmlab.mailbox import Inbox
from confirmlab.results import ExerciseResult, LessonState, TestResult
from confirmlab.server import Site
from confirmlab.workspace import Filled, Workspace


@dataclass(frozen=True)
class Opened:
    """Say what opening a lesson found and did, a sentence each."""

    lesson: course.Lesson
    notes: tuple[str, ...]


class Desk:
    """Hold one learner's workspace, inbox and site."""

    def __init__(self, folder: Path | None = None) -> None:
        self.workspace = Workspace(folder)
        self.folder = self.workspace.folder
        self.inbox = Inbox(self.folder / ".confirmlab" / "mail", self._noted_port())
        self.site = Site(self.inbox, self.folder)

    def __repr__(self) -> str:
        return f"<Desk {self.folder.name}>"

    def open_lesson(self, number: str) -> Opened:
        """Make ready for a lesson: the folder, the blanks of earlier lessons, the database."""
        lesson = course.load().lesson(number)
        made = self.workspace.ensure()
        notes = [_made(made)] if made else []
        later = [e.id for e in course.load().exercises if e.lesson >= lesson.number]
        back = self.workspace.uncover(later)
        notes += [f"Your own text is back in {_listed(back)}."] if back else []
        missing = self._unfinished(course.load().before(lesson.number))
        self.workspace.cover(missing)
        if missing:
            notes.append(
                f"The reference stands in for {_listed(missing)}, from earlier lessons; "
                "what you had there is kept, and comes back when you open that lesson."
            )
        self.start_inbox()
        notes += self._prepare_database(bool(missing))
        self.site.reload()
        return Opened(lesson, tuple(filter(None, notes)))

    def start_inbox(self) -> None:
        """Start the inbox on the port it had before, or on a free one if that is taken."""
        if self.inbox.running:
            return
        try:
            self.inbox.start()
        except KitError:
            self.inbox.port = 0
            self.inbox.start()
        files.write(self._inbox_note, json.dumps({"port": self.inbox.port}) + "\n")

    def fill(self, exercise_id: str, text: str) -> Filled:
        """Fill a blank, and start the site anew if it runs."""
        return self._shown(self.workspace.fill(exercise_id, text))

    def restore(self, exercise_id: str, version: int | None = None) -> Filled:
        """Bring a version of a blank back, and start the site anew if it runs."""
        return self._shown(self.workspace.restore(exercise_id, version))

    def _shown(self, filled: Filled) -> Filled:
        try:
            self.site.reload()
        except SiteError as error:
            told = _in_cell(str(error), filled)
            raise SiteError(f"{filled.exercise.id} is filled, but now: {told}") from None
        return filled

    def check(self, exercise_id: str) -> ExerciseResult:
        """Judge one exercise as it stands in the workspace."""
        exercise = course.load().exercise(exercise_id)
        if self.workspace.is_open(exercise_id):
            note = f"This blank is as it was at the start. Fill it, or ask %hint {exercise_id}."
            return ExerciseResult(exercise_id, exercise.title, "not-yet", note=note)
        result = checks.judge_fairly(self.folder, [exercise])[exercise_id]
        passed = result.status == "passed"
        covered = self.workspace.state(exercise_id) == "covered"
        if not covered:
            self.workspace.judged(exercise_id, passed)
        result = replace(result, tests=tuple(map(self._pointing(exercise), result.tests)))
        if covered:
            return replace(result, note="The reference stands here, not a fill of yours.")
        return replace(result, next=_next(exercise) if passed else f"Stuck? %hint {exercise_id}")

    def hint(self, exercise_id: str) -> str:
        """Give the next hint of an exercise; the last one stays."""
        exercise = course.load().exercise(exercise_id)
        with self.workspace.record.change() as notes:
            number = min(notes["hints"].get(exercise_id, 0) + 1, len(exercise.hints))
            notes["hints"][exercise_id] = number
        return f"Hint {number} of {len(exercise.hints)}. {exercise.hints[number - 1]}"

    def solution(self, exercise_id: str, anyway: bool = False) -> str:
        """Show the reference fill, after success or on request; the record says which."""
        course.load().exercise(exercise_id)
        passed = self.workspace.state(exercise_id) == "passed"
        if not passed and not anyway:
            raise KitError(
                f"The solution of {exercise_id!r} opens when its check has passed; "
                f"to see it now, with a note in your record, run %solution {exercise_id} --anyway."
            )
        with self.workspace.record.change() as notes:
            notes["solutions"].setdefault(exercise_id, "after success" if passed else "on request")
        return reference.fill(exercise_id)

    def progress(self) -> tuple[LessonState, ...]:
        """Say how every lesson stands."""
        return tuple(self._lesson_state(lesson) for lesson in course.load().lessons)

    def run_shell(self, source: str) -> str:
        """Run lines in a fresh shell of the app; give what they print."""
        finished = shell.run_shell(self.folder, source, self._mail_port())
        for message in finished.messages:
            if "trace" in message:
                # What an old database answers names a table, not the way out.
                lag = shell.lag(self.folder) if "OperationalError" in message["trace"] else ""
                problem = f"{self._local(message['trace'])}\n\n{lag}".rstrip()
                raise CommandFailed(problem, self._local(finished.output))
        return self._told(finished)

    def run_flask(self, arguments: list[str]) -> str:
        """Run a flask command in the workspace; give what it prints."""
        told = self._told(shell.run_flask(self.folder, arguments, self._mail_port()))
        self.site.reload()
        return told

    def run_pytest(self, arguments: list[str]) -> str:
        """Run pytest in the workspace; give what it prints, also when tests fail."""
        finished = shell.run_pytest(self.folder, arguments)
        if finished.end != "done":
            raise KitError(f"pytest stopped. {shell.failed(finished)}\n\n{finished.output}")
        return self._local(finished.output)

    def link(self, written: str) -> str | None:
        """Give the address at which a link from a mail opens in the learner's browser."""
        return self.site.opens(written)

    def fetch(self, url: str) -> str | None:
        """Give the text of a stylesheet or drawing of the site, for the picture of a page."""
        if not self.site.running or not url.startswith(self.site.url):
            return None
        with self.site.visitor() as visitor:
            page = visitor.open(url)
        return page.text if page.status == 200 else None

    def _told(self, finished: shell.Finished) -> str:
        problem = shell.failed(finished)
        output = self._local(finished.output)
        if problem:
            raise CommandFailed(problem, output)
        return output

    def _local(self, output: str) -> str:
        """Name files as the learner knows them: from my_app on."""
        return output.replace(f"{self.folder.parent}/", "")

    def _mail_port(self) -> int:
        self.start_inbox()
        return self.inbox.port

    def _unfinished(self, exercises: tuple[Exercise, ...]) -> list[str]:
        states = {exercise.id: self.workspace.state(exercise.id) for exercise in exercises}
        unsure = [e for e in exercises if states[e.id] in ("filled", "failing")]
        for exercise_id, result in checks.judge_fairly(self.folder, unsure).items():
            states[exercise_id] = result.status
            self.workspace.judged(exercise_id, result.status == "passed")
        return [name for name, state in states.items() if state not in ("passed", "covered")]

    def _prepare_database(self, covered: bool) -> list[str]:
        if not shell.lag(self.folder):
            return []
        self.run_flask(["db", "upgrade"])
        if covered and shell.lag(self.folder):
            self.run_flask(["db", "migrate", "-m", "what the reference needs"])
            self.run_flask(["db", "upgrade"])
        return [shell.lag(self.folder)]

    def _lesson_state(self, lesson: course.Lesson) -> LessonState:
        states = [(e, self._state(e.id)) for e in lesson.exercises]
        passed = [e for e, state in states if state == "passed"]
        done, total = len(passed), len(states)
        word = "passed" if done == total and total else "open"
        return LessonState(
            number=lesson.number,
            title=lesson.title,
            state=word,
            done=done,
            total=total,
            points=sum(e.points for e in passed),
            points_total=sum(e.points for e in lesson.exercises),
            minutes_left=max(0, lesson.minutes - sum(e.minutes for e in passed))
            if done < total or not total
            else 0,
            exercises=tuple((e.id, e.title, state) for e, state in states),
        )

    def _state(self, exercise_id: str) -> str:
        try:
            return self.workspace.state(exercise_id)
        except KitError:
            return "open"

    def _pointing(self, exercise: Exercise):
        """Name the line of the cell beside the line of the file."""
        blank = self.workspace.blank_of(exercise)

        def pointing(test: TestResult) -> TestResult:
            match = re.match(rf"{re.escape(exercise.file)}, line (\d+)", test.where)
            if match is None or not blank.first <= int(match[1]) <= blank.last:
                return test
            line = int(match[1]) - blank.first + 2
            return replace(test, where=f"line {line} of your cell ({test.where})")

        return pointing

    @property
    def _inbox_note(self) -> Path:
        return self.folder / ".confirmlab" / "inbox.json"

    def _noted_port(self) -> int:
        try:
            return int(json.loads(self._inbox_note.read_text(encoding="utf-8"))["port"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0


class CommandFailed(KitError):
    """Carry what a command printed before it failed."""

    def __init__(self, problem: str, output: str) -> None:
        super().__init__(problem)
        self.output = output


def _in_cell(text: str, filled: Filled) -> str:
    def pointed(match: re.Match[str]) -> str:
        line = int(match[1])
        inside = filled.first <= line <= filled.last
        return match[0] + (f" (line {line - filled.first + 2} of the cell)" if inside else "")

    return re.sub(rf"{re.escape(filled.exercise.file)}\", line (\d+)", pointed, text)


def _made(made: list[str]) -> str:
    if len(made) > 5:
        return "Your app is ready in my_app."
    return f"These files were missing from my_app and are back: {_listed(made)}."


def _next(exercise: Exercise) -> str:
    own = course.load().lesson(exercise.lesson).exercises
    place = own.index(exercise) + 1
    return f"Next: {own[place].title}." if place < len(own) else "That was the last of this lesson."


def _listed(names: list[str]) -> str:
    return ", ".join(names)
