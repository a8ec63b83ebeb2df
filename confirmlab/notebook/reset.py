"""Reset one blank, one lesson or everything; a copy is kept and can be restored."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import files
from confirmlab.base.errors import KitError, WorkspaceError
from confirmlab.course import lessons, skeleton, solutions
from confirmlab.course.lessons import Lesson
from confirmlab.notebook import app_update
from confirmlab.notebook.workspace import Workspace

COPIES = "start-over"  # also what %restore takes to bring a copy back
_GENERATED = shutil.ignore_patterns("__pycache__", "*.pyc")
_KEPT_KINDS = (
    "first",
    "read",
    "attempts",
    "solutions",
)  # entries of the record that a reset keeps for the certificate


@dataclass(frozen=True)
class ResetResult:
    """What was reset or restored, and how to undo that."""

    headline: str
    blanks: tuple[str, ...]  # ids of the emptied blanks
    kept: Path | None  # folder of the copy
    back: str  # the command that restores it
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<ResetResult {self.headline}>"


def blank(workspace: Workspace, exercise_id: str) -> ResetResult:
    """Reset one blank to its stub."""
    exercise = lessons.load().exercise(exercise_id)
    workspace.start_over(exercise_id)
    versions = workspace.history.versions(exercise_id)
    notes = []
    if exercise.refills:
        notes.append(
            f"{' and '.join(exercise.refills)}, which this exercise refills, stay as they are; "
            "%restore and the id of each restores an earlier version."
        )
    if _has_tables([exercise_id]):
        notes.append(
            "The database keeps its tables; "
            f"%start_over lesson {int(exercise.lesson)} also creates a new database."
        )
    kept = versions[-1].parent if versions else None
    return ResetResult(exercise_id, (exercise_id,), kept, f"%restore {exercise_id}", tuple(notes))


def lesson(workspace: Workspace, chosen: Lesson) -> ResetResult:
    """Reset the blanks of a lesson; earlier blanks that it refilled get the learner's text back.

    That is the text from before the lesson; where the reference was used, the one stored for it.

    Raises:
        BlankError: the markers of a blank are damaged; then nothing is reset.
    """
    names = [exercise.id for exercise in chosen.exercises]
    before = workspace.record.read()["before"].get(chosen.number, {})
    for name in (*names, *before):
        workspace.text(name)
    kept = make_copy(workspace, f"lesson-{chosen.number}")
    for name in names:
        workspace.start_over(name)
    restored = [name for name in before if workspace.state(name) != "covered"]
    for name in restored:
        workspace.fill(name, before[name])
    emptied = [name for name in restored if workspace.is_open(name)]
    own = [name for name in restored if name not in emptied]
    notes = []
    if own:
        notes.append(f"Your own text from before this lesson is back in {', '.join(own)}.")
    if _has_tables(names):
        _drop_database(workspace.folder)
        notes.append(
            "The database is new and has no members. You can make the lesson's migration again."
        )
    if not names:
        notes.append("This lesson has no blanks, so there is nothing to empty: just read on.")
    return ResetResult(
        f"lesson {chosen.number}, {chosen.title}",
        (*names, *emptied),
        kept,
        f"%restore {COPIES}",
        tuple(notes),
    )


def everything(workspace: Workspace) -> ResetResult:
    """Reset the whole app; the inbox keeps its mails."""
    kept = make_copy(workspace, "all")
    for exercise in lessons.load().exercises:
        try:
            workspace.start_over(exercise.id)
        except KitError:
            continue  # its file is damaged or does not compile; it is replaced below
    _empty(workspace.folder)
    with workspace.record.change() as record:
        for kind in record.keys() - set(_KEPT_KINDS):
            record[kind].clear()
    workspace.ensure()
    advice = (
        "The app, its database and its secret key are new. Run the %lesson cell of notebook 00.",
        "The mails in the inbox are still there; inbox.clear() deletes them.",
    )
    names = tuple(exercise.id for exercise in lessons.load().exercises)
    return ResetResult("all lessons", names, kept, f"%restore {COPIES}", advice)


def bring_back(workspace: Workspace, number: int | None = None) -> ResetResult:
    """Restore the app from before a reset: the latest copy, or one by its number."""
    copies = _copies(workspace)
    if number is None:
        chosen = [path for path in copies if not path.name.endswith("-restore")]
    else:
        chosen = [path for path in copies if int(path.name[:4]) == number]
    if not chosen:
        known = ", ".join(str(int(path.name[:4])) for path in copies) or "none yet"
        raise WorkspaceError(
            f"There is no {'copy' if number is None else f'copy {number}'} of the whole app to "
            f"bring back; copies: {known}. %start_over makes one, before it empties anything."
        )
    kept = make_copy(workspace, "restore")
    _empty(workspace.folder)
    shutil.copytree(chosen[-1] / "app", workspace.folder, dirs_exist_ok=True)
    record = chosen[-1] / workspace.record.path.name
    if record.exists():
        files.write(workspace.record.path, files.read(record))
    app_update.stored_path(workspace).unlink(missing_ok=True)  # the copy may be older
    back = f"%restore {COPIES} {int(kept.name[:4])}"
    note = "Your app, its database and your progress are as they were. Run the %lesson cell again."
    return ResetResult(f"back to {chosen[-1].name}", (), kept, back, (note,))


def make_copy(workspace: Workspace, name: str) -> Path:
    """Copy the app, its database and the progress into the history; return the folder."""
    numbers = [int(path.name[:4]) for path in _copies(workspace)]
    target = _history(workspace) / f"{max(numbers, default=0) + 1:04d}-{name}"
    try:
        (target / "app").mkdir(parents=True)
        for path in _app_files(workspace.folder):
            if path.is_dir():
                # Emacs marks a file with unsaved changes by a link to nowhere beside it.
                shutil.copytree(
                    path,
                    target / "app" / path.name,
                    ignore=_GENERATED,
                    ignore_dangling_symlinks=True,
                )
            elif path.exists():
                shutil.copy2(path, target / "app" / path.name)
        if workspace.record.path.exists():
            shutil.copy2(workspace.record.path, target / workspace.record.path.name)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise WorkspaceError(
            f"Could not keep a copy of the app ({error}), so nothing was emptied. "
            "Make room, or allow writing there, then try again."
        ) from None
    return target


def _has_tables(exercise_ids: list[str]) -> bool:
    """Return whether one of these exercises changes the database's tables."""
    return any("mapped_column(" in solutions.fill(name) for name in exercise_ids)


def _drop_database(folder: Path) -> None:
    """Delete the database, the secret key and the learner's migrations."""
    shutil.rmtree(folder / "instance", ignore_errors=True)
    original = {folder / name for name in skeleton.skeleton_files()}
    for path in (folder / "migrations" / "versions").glob("*.py"):
        if path not in original:
            path.unlink()


def _empty(folder: Path) -> None:
    for path in _app_files(folder):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _app_files(folder: Path) -> Iterator[Path]:
    """List the files of the app; hidden ones, such as .git and the kit's notes, are left out."""
    yield from (path for path in sorted(folder.iterdir()) if not path.name.startswith("."))


def _history(workspace: Workspace) -> Path:
    return workspace.history.folder / COPIES


def _copies(workspace: Workspace) -> list[Path]:
    return sorted(_history(workspace).glob("[0-9][0-9][0-9][0-9]-*"))
