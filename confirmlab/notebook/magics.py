"""The commands that learners type in a notebook; the only module that uses IPython."""

import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from confirmlab.base import files, jupyter_proxy, memory
from confirmlab.base.errors import CheckFailed, CommandFailed, KitError
from confirmlab.course import lessons
from confirmlab.notebook import (
    certificate,
    exercise_commands,
    front_end,
    misplaced_commands,
    progress,
    reset_commands,
    skeleton_diff,
    submission_zip,
)
from confirmlab.notebook.lesson_opening import open_lesson
from confirmlab.notebook.progress import CourseProgress
from confirmlab.notebook.reset import COPIES
from confirmlab.notebook.session import LessonSession
from confirmlab.notebook.timing_chart import Timings
from confirmlab.notebook.token_bench import bench
from confirmlab.notebook.token_inspector import examine, take_apart
from confirmlab.notebook.views import certificate as certificate_view
from confirmlab.notebook.views import registry


@magics_class
class LessonMagics(Magics):
    """The commands of the lesson."""

    def __init__(self, shell: Any, session: LessonSession) -> None:
        super().__init__(shell)
        self.session = session
        for commands in self.magics.values():
            commands.update({name: self._explained(command) for name, command in commands.items()})

    @line_magic
    def lesson(self, line: str) -> None:
        """Open the workspace for a lesson: %lesson 3, or %lesson 3 --short on the short way."""
        number, short = _without(line, "--short")
        numbers = [lesson.number for lesson in lessons.load().lessons]
        number = _only_word(
            number,
            "%lesson",
            "the number of a lesson and, for the short way, --short",
            f"There are: {', '.join(numbers)}.",
        )
        opened = open_lesson(self.session, number, short)
        notice = front_end.notice(server=jupyter_proxy.base_url() is not None)
        display(replace(opened, notes=opened.notes + ((notice,) if notice else ())))

    @cell_magic
    def fill(self, line: str, cell: str) -> None:
        """Write the cell into a blank of the app: %%fill ID."""
        blank_id = self._blank_id(line, "%%fill")
        misplaced_commands.require_none(cell)
        display(exercise_commands.fill(self.session, blank_id, cell))

    @line_magic
    def refill(self, line: str) -> None:
        """Replace this cell with the present text of a blank, to edit it: %refill ID."""
        blank_id = self._blank_id(line, "%refill")
        text = self.session.workspace.text(blank_id)
        assert self.shell is not None  # IPython sets it before a magic runs
        self.shell.set_next_input(f"%%fill {blank_id}\n{text}", replace=True)

    @line_magic
    def restore(self, line: str) -> None:
        """Restore an earlier version: %restore ID, %restore ID NUMBER, %restore ID --passed."""
        line, passed = _without(line, "--passed")
        words = line.split()
        number = words.pop() if len(words) == 2 and words[1].isdecimal() else None
        exercise_id = self._blank_id(
            " ".join(words), "%restore", "and, to choose a version, its number or --passed"
        )
        version = None if number is None else int(number)
        if passed:
            display(exercise_commands.restore_passed(self.session, exercise_id))
        elif exercise_id == COPIES:
            display(reset_commands.bring_back(self.session, version))
        else:
            display(exercise_commands.restore(self.session, exercise_id, version))

    @line_magic
    def start_over(self, line: str) -> None:
        """Empty a blank, a lesson or all: %start_over ID, %start_over lesson 5, %start_over all."""
        words = line.split()
        if len(words) == 1 and words[0].isdecimal():
            raise KitError(
                f"%start_over takes the word lesson before a number: %start_over lesson {words[0]} "
                "empties that lesson. Nothing was emptied."
            )
        if not words or len(words) != (2 if words[0] == "lesson" else 1):
            raise KitError(
                f"%start_over takes the id of a blank, or lesson and its number, or all, and got "
                f"{line.strip()!r}. Whatever it empties is kept, and %restore brings it back."
            )
        display(reset_commands.start_over(self.session, *words))

    @line_magic
    def check(self, line: str) -> None:
        """Run the graded tests of an exercise: %check ID."""
        blank_id = self._blank_id(line, "%check")
        result = exercise_commands.check(self.session, blank_id)
        display(result)
        strict = os.environ.get("CONFIRMLAB_STRICT") == "1"
        if result.status == "failed" or (result.status == "not-yet" and strict):
            first = result.first_failure
            message = f"{first.sentence} {first.message}".strip() if first else result.note
            raise CheckFailed(f"{result.exercise}: {message}")

    @line_magic
    def hint(self, line: str) -> None:
        """Show the next of three hints: %hint ID."""
        blank_id = self._blank_id(line, "%hint")
        print(exercise_commands.hint(self.session, blank_id))

    @line_magic
    def solution(self, line: str) -> None:
        """Show the solution after success, or with --anyway: %solution ID."""
        line, anyway = _without(line, "--anyway")
        blank_id = self._blank_id(line, "%solution", "and, to see it before success, --anyway")
        print(exercise_commands.solution(self.session, blank_id, anyway))

    @line_magic
    def progress(self, line: str) -> None:
        """Show your progress in all lessons: %progress."""
        display(self._progress())

    @line_magic
    def next(self, line: str) -> None:
        """Show what is open here, and which notebook is next: %next."""
        display(progress.next_step(self._progress()))

    @line_magic
    def certificate(self, line: str) -> None:
        """Write a page that lists what you did: %certificate, or %certificate Your Name."""
        workspace = self.session.workspace
        full = progress.read(workspace, self.session.lesson, short=False)
        collected = certificate.collect(workspace, full, line.strip("\"' "))
        files.write(collected.path, certificate_view.page(collected))
        display(collected)

    @line_magic
    def diff(self, line: str) -> None:
        """Show what you wrote as a diff against the skeleton, and save it in my_app: %diff."""
        if line.strip():
            raise KitError(f"%diff takes nothing, and got {line.strip()!r}. Run %diff alone.")
        display(skeleton_diff.save(self.session.workspace))

    @line_magic
    def submit(self, line: str) -> None:
        """Pack your work into a zip to hand in: %submit, or %submit --out NAME.zip."""
        words = _words(line, "%submit")
        if words and (len(words) != 2 or words[0] != "--out"):
            raise KitError(f"%submit takes nothing, or --out NAME.zip, and got {line.strip()!r}.")
        display(submission_zip.hand_in_beside_app(self.session.workspace, *words[1:]))

    @cell_magic("shell")  # type: ignore[arg-type]  # Magics.shell is IPython itself
    def run_in_shell(self, line: str, cell: str) -> None:
        """Run the cell in a fresh flask shell of the app: %%shell."""
        if line.strip():
            raise KitError(
                f"%%shell takes nothing in its own line, and got {line.strip()!r}, so nothing was "
                "run. Begin the code in the line below."
            )
        # The empty line stands for %%shell, so that a traceback counts lines as the cell does.
        self._print_output(self.session.terminal.run_shell, f"\n{cell}")

    @line_magic
    def flask(self, line: str) -> None:
        """Run Flask's own command in the app's folder: %flask db upgrade."""
        self._print_output(self.session.run_flask, _words(line, "%flask"))

    @line_magic
    def pytest(self, line: str) -> None:
        """Run plain pytest on the tests in the app's folder: %pytest -v."""
        self._print_output(self.session.terminal.run_pytest, _words(line, "%pytest"))

    def _explained(self, command: Callable[..., None]) -> Callable[..., None]:
        """Return a command that also prints what happened to a damaged record of the progress.

        It raises a KitError where the machine has no memory left.
        """

        @wraps(command)
        def explained(*arguments: str) -> None:
            try:
                command(*arguments)
            except (MemoryError, RuntimeError, OSError) as error:
                if memory.is_short(error):
                    raise KitError(memory.LIMIT_MESSAGE) from None
                raise
            finally:
                _print(self.session.workspace.record.take_notice())

        return explained

    def _progress(self) -> CourseProgress:
        return progress.read(self.session.workspace, self.session.lesson)

    def _blank_id(self, line: str, command: str, more: str = "and nothing else") -> str:
        """Return the id that a command got; without one, the error lists those of this lesson.

        `more` says in the error what else the command takes.
        """
        opened = self.session.lesson
        here = lessons.load().lesson(opened).exercises if opened else ()
        known = ", ".join(exercise.id for exercise in here or lessons.load().exercises)
        choice = f"Ids{' of this lesson' if here else ''}: {known}."
        return _only_word(line, command, f"the id of a blank {more}", choice)

    def _print_output(self, command: Callable[[Any], str], argument: Any) -> None:
        try:
            output = command(argument)
        except CommandFailed as error:
            _print(error.output)
            raise
        _print(output)


def load(shell: Any) -> None:
    """Register the commands, the displays and the names that learners use."""
    session = LessonSession()
    shell.register_magics(LessonMagics(shell, session))
    if misplaced_commands.require_first not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(misplaced_commands.require_first)
    _register_displays(shell, session)
    names = {
        "site": session.site,
        "inbox": session.inbox,
        "take_apart": take_apart,
        "examine": examine,
        "bench": bench,
        "attack": session.attack,
        "scoreboard": session.scoreboard,
        "wrong_way": session.wrong_way.start,
        "Timings": Timings,
    }
    shell.push(names)


def _register_displays(shell: Any, session: LessonSession) -> None:
    def mime(value: object, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return registry.bundle(value, session.link)

    for kind in registry.kinds():
        shell.display_formatter.mimebundle_formatter.for_type(kind, mime)


def _without(line: str, option: str) -> tuple[str, bool]:
    """Remove an option from a line; return the rest and whether it was there."""
    words = line.split()
    return " ".join(word for word in words if word != option), option in words


def _only_word(line: str, command: str, what: str, choice: str) -> str:
    """Return the one word that a command takes.

    Raises:
        KitError: there is none, or more than one; `choice` names those there are.
    """
    words = line.split()
    if len(words) != 1:
        raise KitError(f"{command} takes {what}, and got {line.strip()!r}. {choice}")
    return words[0]


def _words(line: str, command: str) -> list[str]:
    """Split a line into words as a shell does.

    Raises:
        KitError: a quotation mark is not closed, or the line ends with a backslash.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise KitError(
            f"{command} cannot read {line.strip()!r}: {str(error).lower()}. Put words with a "
            'quotation mark or a backslash into the other kind of quotes, as in "don\'t".'
        ) from None


def _print(output: str) -> None:
    if output.strip():
        print(output.rstrip())
