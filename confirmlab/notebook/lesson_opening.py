"""Open a lesson: make the folder, and fill unfinished earlier blanks from the reference."""

from dataclasses import dataclass
from datetime import UTC, datetime

from confirmlab.course import lessons, skeleton
from confirmlab.course.lessons import Exercise, Lesson
from confirmlab.course.mutants import mutation_tasks
from confirmlab.notebook import app_update, exercise_commands
from confirmlab.notebook.session import LessonSession
from confirmlab.notebook.workspace import Workspace
from confirmlab.processes import fork_server
from confirmlab.processes.fork_server import Parent


@dataclass(frozen=True)
class OpenedLesson:
    """The lesson that was opened, and sentences on what was changed in the app."""

    lesson: Lesson
    notes: tuple[str, ...]
    short: bool = False  # whether it is on the short way


def open_lesson(session: LessonSession, number: str, short: bool = False) -> OpenedLesson:
    """Prepare a lesson: the folder, the blanks of earlier lessons, the database.

    On the short way the reference also fills the blanks that the way leaves out.

    Raises:
        CourseError: there is no such lesson, or the short way does not have it.
    """
    workspace = session.workspace
    full = lessons.load().lesson(number)
    lesson = full.on_the_short_way() if short else full
    created = workspace.ensure()
    updated = app_update.apply(workspace)
    left_out = tuple(e for e in full.exercises if e not in lesson.exercises)
    later = [e for e in lessons.load().exercises if e.lesson >= lesson.number]
    restored = workspace.restore_own(_covered(workspace, [e for e in later if e not in left_out]))
    earlier = lessons.load().before(lesson.number) + left_out
    reference = earlier[-1].lesson if earlier else ""
    unfinished = _unfinished(workspace, earlier)
    with workspace.record.alone():
        workspace.use_reference(unfinished, reference)
        covered = [e.id for e in earlier if workspace.state(e.id) == "covered"]
        _store_opening(workspace, lesson, short)
    session.lesson = lesson.number
    session.terminal.forget_database()
    session.start_inbox()
    session.site.reload()
    if any(exercise.id in mutation_tasks() for exercise in lesson.exercises):
        fork_server.warm_up(Parent.SUITES)  # the other lessons do without it
    back = [n for n in restored if n not in covered and not workspace.is_open(n)]
    notes = [*_about_files(created), *updated, *_about_restored(back)]
    return OpenedLesson(lesson, (*notes, *_about_reference(workspace, covered, short)), short)


def _covered(workspace: Workspace, exercises: list[Exercise]) -> list[str]:
    """Return which of the blanks that these exercises fill use the reference."""
    covered = [e for e in exercises if workspace.state(e.id) == "covered"]
    return list(dict.fromkeys(name for e in covered for name in (e.id, *e.refills)))


def _unfinished(workspace: Workspace, exercises: tuple[Exercise, ...]) -> list[str]:
    """Return the blanks that need the reference, and those linked to them by refills.

    Filled or failing blanks are tested first, and their results stored.
    """
    states = {exercise.id: workspace.state(exercise.id) for exercise in exercises}
    unsure = [e for e in exercises if states[e.id] in ("filled", "failing")]
    for exercise_id, result in exercise_commands.run_tests(workspace, unsure).items():
        states[exercise_id] = result.status
        workspace.store_result(exercise_id, result.status == "passed")
    unfinished = [name for name, state in states.items() if state not in ("passed", "covered")]
    # An answer and the blanks that it refills go together, the learner's or the reference's.
    together = lessons.load().linked_blanks
    parts = {part for name in unfinished for part in together(name, exercises[-1].lesson)}
    return [name for name in states if name in parts]


def _store_opening(workspace: Workspace, lesson: Lesson, short: bool) -> None:
    refilled = dict.fromkeys(name for e in lesson.exercises for name in e.refills)
    own_texts = workspace.record.read()["covered"]
    texts = {
        name: own_texts[name] if workspace.state(name) == "covered" else workspace.text(name)
        for name in refilled
    }
    with workspace.record.change() as record:
        record["opened"][lesson.number] = datetime.now(UTC).isoformat()
        record["way"]["short"] = short
        if texts and all(workspace.is_open(e.id) for e in lesson.exercises):
            record["before"][lesson.number] = texts


def _about_files(created: list[str]) -> list[str]:
    if len(created) > 5:
        return ["Your app is ready in my_app."]
    names = ", ".join(created)
    return [f"These files were missing from my_app and are back: {names}."] if created else []


def _about_restored(restored: list[str]) -> list[str]:
    return [f"Your own text is back in {', '.join(restored)}."] if restored else []


def _about_reference(workspace: Workspace, covered: list[str], short: bool) -> list[str]:
    if not covered:
        return []
    texts = workspace.record.read()["covered"]
    # Another kernel may have changed a blank since.
    own = [n for n in covered if n in texts and not skeleton.is_stub(n, texts[n])]
    shown = {e.id for lesson in lessons.load().short_way for e in lesson.exercises}
    named = [name for name in covered if name in shown or not short]
    notes = [f"The reference fills in {', '.join(named)}."] if named else []
    if len(named) < len(covered):
        notes.append("The reference fills in what the short way leaves out.")
    if own:
        notes.append(
            f"What you had in {', '.join(own)} is kept, and comes back when you open its lesson."
        )
    return notes
