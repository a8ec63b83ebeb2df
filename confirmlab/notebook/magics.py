"""The notebook's commands; the only module that knows IPython."""

import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from confirmlab.base import files, jupyter_proxy
from confirmlab.base.errors import CheckFailed, CommandFailed, KitError
from confirmlab.course import lessons
from confirmlab.course.results import ExerciseResult
from confirmlab.mail.inbox import Inbox
from confirmlab.mail.message import Mail
from confirmlab.notebook import certificate, front_end, keepsake, progress
from confirmlab.notebook.certificate import Certificate
from confirmlab.notebook.reset import COPIES, StartedOver
from confirmlab.notebook.session import Desk, Opened
from confirmlab.notebook.submission_zip import Packed
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.token_bench import Bench, bench
from confirmlab.notebook.token_inspector import Token, examine, take_apart
from confirmlab.notebook.views.display import bundle, document
from confirmlab.notebook.workspace import Filled
from confirmlab.site.attacks.scoreboard import Attempt, Scoreboard
from confirmlab.site.page import Page
from confirmlab.site.server import Site

SHOWN = (
    Inbox,
    Mail,
    Page,
    Token,
    Bench,
    Site,
    ExerciseResult,
    Filled,
    Opened,
    progress.Map,
    progress.Step,
    StartedOver,
    Certificate,
    Packed,
    Attempt,
    Scoreboard,
    Timings,
)


@magics_class
class LessonMagics(Magics):
    """The commands of the lesson."""

    def __init__(self, shell: Any, desk: Desk) -> None:
        super().__init__(shell)
        self.desk = desk

    @line_magic
    def lesson(self, line: str) -> None:
        """Open the workspace for a lesson: %lesson 3, or %lesson 3 --short on the short way."""
        number, short = _without(line, "--short")
        number = self._one(number, "lesson", "the number of a lesson")
        opened = self.desk.open_lesson(number, short)
        notice = front_end.notice(server=jupyter_proxy.base_url() is not None)
        display(replace(opened, notes=opened.notes + ((notice,) if notice else ())))

    @cell_magic
    def fill(self, line: str, cell: str) -> None:
        """Write the cell into a blank of the app: %%fill ID."""
        display(self.desk.fill(self._one(line, "%fill", "the id of a blank"), cell))

    @line_magic
    def refill(self, line: str) -> None:
        """Bring the present text of a blank into this cell, to be changed there: %refill ID."""
        blank_id = self._one(line, "refill", "the id of a blank")
        text = self.desk.workspace.text(blank_id)
        assert self.shell is not None  # magics are only loaded into one
        self.shell.set_next_input(f"%%fill {blank_id}\n{text}", replace=True)

    @line_magic
    def restore(self, line: str) -> None:
        """Restore an earlier version: %restore ID, %restore ID NUMBER, %restore ID --passed."""
        line, passed = _without(line, "--passed")
        words = line.split()
        number = words.pop() if len(words) == 2 and words[1].isdigit() else None
        exercise_id = self._one(" ".join(words), "restore", "the id of a blank")
        if passed:
            display(self.desk.restore_passed(exercise_id))
            return
        bring_back = self.desk.bring_back if exercise_id == COPIES else None
        version = None if number is None else int(number)
        display(bring_back(version) if bring_back else self.desk.restore(exercise_id, version))

    @line_magic
    def start_over(self, line: str) -> None:
        """Empty a blank, a lesson or all: %start_over ID, %start_over lesson 5, %start_over all."""
        words = line.split()
        if not words or len(words) != (2 if words[0] == "lesson" else 1):
            raise KitError(
                f"%start_over takes the id of a blank, or lesson and its number, or all, and got "
                f"{line.strip()!r}. Whatever it empties is kept, and %restore brings it back."
            )
        display(self.desk.start_over(*words))

    @line_magic
    def check(self, line: str) -> None:
        """Run the graded tests of an exercise: %check ID."""
        result = self.desk.check(self._one(line, "check", "the id of a blank"))
        display(result)
        strict = os.environ.get("CONFIRMLAB_STRICT") == "1"
        if result.status == "failed" or (result.status == "not-yet" and strict):
            first = result.first_failure
            said = f"{first.sentence} {first.message}".strip() if first else result.note
            raise CheckFailed(f"{result.exercise}: {said}")

    @line_magic
    def hint(self, line: str) -> None:
        """Show the next of three hints: %hint ID."""
        print(self.desk.hint(self._one(line, "hint", "the id of a blank")))

    @line_magic
    def solution(self, line: str) -> None:
        """Show the solution after success, or with --anyway: %solution ID."""
        line, anyway = _without(line, "--anyway")
        print(self.desk.solution(self._one(line, "solution", "the id of a blank"), anyway))

    @line_magic
    def progress(self, line: str) -> None:
        """Show your progress in all lessons: %progress."""
        display(self.desk.progress())

    @line_magic
    def next(self, line: str) -> None:
        """Show what is open here, and which notebook is next: %next."""
        display(progress.step(self.desk.progress()))

    @line_magic
    def certificate(self, line: str) -> None:
        """Write a page that lists what you did: %certificate, or %certificate Your Name."""
        drawn = self.desk.progress(full=True)
        done = certificate.gather(self.desk.workspace, drawn, line.strip("\"' "))
        files.write(done.path, document("certificate.html", certificate=done))
        display(done)

    @line_magic
    def diff(self, line: str) -> None:
        """Show what you wrote against the skeleton, and keep it in my_app: %diff."""
        if line.strip():
            raise KitError(f"%diff takes nothing, and got {line.strip()!r}.")
        print(keepsake.keep(self.desk.workspace))

    @line_magic
    def submit(self, line: str) -> None:
        """Pack your work into a zip to hand in: %submit, or %submit --out NAME.zip."""
        words = shlex.split(line)
        if words and (len(words) != 2 or words[0] != "--out"):
            raise KitError(f"%submit takes nothing, or --out NAME.zip, and got {line.strip()!r}.")
        display(self.desk.submit(*words[1:]))

    @cell_magic("shell")  # type: ignore[arg-type]  # Magics keeps IPython itself under that name
    def run_in_shell(self, line: str, cell: str) -> None:
        """Run the cell in a fresh flask shell of the app: %%shell."""
        self._print(self.desk.terminal.run_shell, cell)

    @line_magic
    def flask(self, line: str) -> None:
        """Run Flask's own command in the app's folder: %flask db upgrade."""
        self._print(self.desk.run_flask, shlex.split(line))

    @line_magic
    def pytest(self, line: str) -> None:
        """Run plain pytest on the tests in the app's folder: %pytest -v."""
        self._print(self.desk.terminal.run_pytest, shlex.split(line))

    def _one(self, line: str, command: str, what: str) -> str:
        words = line.split()
        if len(words) != 1:
            here = lessons.load().lesson(self.desk.lesson).exercises if self.desk.lesson else ()
            known = ", ".join(exercise.id for exercise in here or lessons.load().exercises)
            raise KitError(
                f"%{command} takes {what} and nothing else, and got {line.strip()!r}. "
                f"Ids{' of this lesson' if here else ''}: {known}."
            )
        return words[0]

    def _print(self, command: Callable[[Any], str], argument: Any) -> None:
        try:
            output = command(argument)
        except CommandFailed as error:
            _show(error.output)
            raise
        _show(output)


def load(shell: Any) -> None:
    """Register the commands, the displays and the names that learners use."""
    desk = Desk()
    shell.register_magics(LessonMagics(shell, desk))
    _register_displays(shell, desk)
    names = {"site": desk.site, "inbox": desk.inbox, "take_apart": take_apart, "examine": examine}
    names |= {"bench": bench, "attack": desk.attack, "scoreboard": desk.scoreboard}
    shell.push(names | {"wrong_way": desk.rival.start, "Timings": Timings})


def _register_displays(shell: Any, desk: Desk) -> None:
    def mime(value: object) -> dict[str, str]:
        return bundle(value, link=desk.link, fetch=desk.fetch)

    for kind in SHOWN:
        shell.display_formatter.mimebundle_formatter.for_type(
            kind, lambda value, include=None, exclude=None: mime(value)
        )


def _without(line: str, option: str) -> tuple[str, bool]:
    """Remove an option from a line; return the rest and whether it was there."""
    words = line.split()
    return " ".join(word for word in words if word != option), option in words


def _show(output: str) -> None:
    if output.strip():
        print(output.rstrip())
