"""Reset or restore the app of a session: also its database, and the site if it runs."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from confirmlab.base.errors import KitError, SiteError
from confirmlab.course import lessons
from confirmlab.notebook import reset
from confirmlab.notebook.reset import ResetResult
from confirmlab.notebook.session import LessonSession


def start_over(session: LessonSession, what: str, which: str = "") -> ResetResult:
    """Reset a blank (by its id), a lesson ("lesson", its number) or "all"; keep a copy."""
    workspace = session.workspace
    if what == "all":
        session.lesson = ""  # progress is shown from the first lesson on
        return _with_new_database(session, lambda: reset.everything(workspace))
    if what == "lesson":
        chosen = lessons.load().lesson(which)
        return _with_new_database(session, lambda: reset.lesson(workspace, chosen))
    result = reset.blank(workspace, what)
    _restart(session.site.reload, result)
    return _with_notes(session, result)


def bring_back(session: LessonSession, number: int | None = None) -> ResetResult:
    """Restore the whole app from before a reset."""
    return _with_new_database(session, lambda: reset.bring_back(session.workspace, number))


def _with_new_database(session: LessonSession, work: Callable[[], ResetResult]) -> ResetResult:
    """Run an action that also changes the database: stop the site, then update the tables.

    The site may also be that of another notebook; then this one starts it again.
    """
    ran = session.site.running
    session.site.stop()
    taken_over = session.site.take_over()

    def start_again() -> None:
        session.terminal.forget_database()
        session.terminal.prepare_database(also_own=True)
        if ran or taken_over:
            session.site.start()

    try:
        result = work()
    except BaseException:
        with suppress(KitError):  # the first error says why nothing was reset
            start_again()
        raise
    _restart(start_again, result)
    result = _with_notes(session, result)
    return replace(result, notes=(*result.notes, *filter(None, [taken_over])))


def _restart(start: Callable[[], None], result: ResetResult) -> None:
    """Start the site; if that fails, the error also says what was reset and how to undo it."""
    try:
        start()
    except SiteError as error:
        raise SiteError(
            f"The command worked ({result.headline}), and {result.back} undoes it. But now: {error}"
        ) from None


def _with_notes(session: LessonSession, result: ResetResult) -> ResetResult:
    """Return the result with notes on what to do about reset blanks that the open lesson needs."""
    earlier = {exercise.id for exercise in lessons.load().before(session.lesson)}
    needed = [name for name in result.blanks if name in earlier]
    states = {name: session.workspace.state(name) for name in needed}
    missing = ", ".join(name for name, state in states.items() if state == "open")
    covered = ", ".join(name for name, state in states.items() if state == "covered")
    notes = list(result.notes)
    if missing:
        notes.append(
            f"Lesson {session.lesson} needs {missing}: run its %lesson cell again, and "
            "the reference fills them in until you do."
        )
    if covered:
        notes.append(
            f"The reference still fills in {covered}. Your own versions are empty "
            "now; you see that when you open their lesson."
        )
    return replace(result, notes=tuple(notes))
