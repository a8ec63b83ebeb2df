"""Pack a learner's submission into a zip; equal work gives equal bytes."""

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from confirmlab.base import archive, paths
from confirmlab.base.errors import KitError, SubmissionError
from confirmlab.base.version import __version__
from confirmlab.course import blanks, lessons
from confirmlab.course.lessons import Exercise
from confirmlab.notebook.workspace import Workspace
from confirmlab.submissions import reader
from confirmlab.submissions.bounded_files import TEXT, shown
from confirmlab.submissions.reader import MANIFEST

# Only text that a learner writes: never the database, keys or mails.
_FOLDERS = (("app",), ("tests",), ("migrations", "versions"))
_KINDS = {".py", ".html", ".txt", ".css", ".js", ".svg", ".md"}


@dataclass(frozen=True)
class PackedSubmission:
    """What a submission zip contains, and what a grader finds in it."""

    path: Path
    names: tuple[str, ...]
    filled: tuple[Exercise, ...]
    open: tuple[Exercise, ...]
    problems: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"<PackedSubmission {self.path.name}: {len(self.filled)} filled, {len(self.open)} open>"
        )


def hand_in(target: Path, workspace: Workspace) -> PackedSubmission:
    """Write the zip, then read it as a grader will, to report damage now.

    Raises:
        SubmissionError: there is nothing to pack, or `target` may not be written.
    """
    names = pack(target, workspace)
    submission = reader.read(target)
    filled = tuple(e for e in lessons.load().exercises if e.id in submission.fills)
    still_open = tuple(e for e in lessons.load().exercises if e.id not in submission.fills)
    return PackedSubmission(target, tuple(names), filled, still_open, submission.damage)


def hand_in_beside_app(workspace: Workspace, name: str = "submission.zip") -> PackedSubmission:
    """Write the zip under a name beside the app's folder.

    Raises:
        KitError: the name is not a file name for a zip.
    """
    if Path(name).name != name or not name.lower().endswith(".zip"):
        raise KitError(f"{name!r} is no name for a zip; give one such as 'submission.zip'.")
    # JupyterLab opens links to files only relative to the notebook.
    return hand_in(Path(os.path.relpath(workspace.folder.parent / name)), workspace)


def pack(target: Path, workspace: Workspace) -> list[str]:
    """Write the zip atomically, and return the names in it.

    Raises:
        SubmissionError: there is nothing to pack, or `target` is a file of another kind.
    """
    contents = dict(sorted([*_notebooks(), *_app(workspace)]))
    if not contents:
        raise SubmissionError(
            "There is nothing to hand in: no notebooks and no my_app. Run make lab, and begin with "
            "notebook 00."
        )
    if os.path.lexists(target) and not _is_submission(target):
        raise SubmissionError(
            f"{shown(target.name)} exists and is not an earlier submission, so nothing was "
            "written; give another name with --out."
        )
    manifest = json.dumps({"confirmlab": __version__}) + "\n"
    try:
        archive.write(target, {MANIFEST: manifest.encode(), **contents})
    except OSError as error:
        raise SubmissionError(
            f"Could not write {shown(target.as_posix())} ({error.strerror}); "
            "with --out, name a place that you may write to."
        ) from None
    return list(contents)


def _notebooks() -> Iterator[tuple[str, bytes]]:
    for lesson in (*lessons.load().lessons, *lessons.load().short_way):
        path = paths.of_learner("notebooks", f"{lesson.name}.ipynb")
        if path.is_file() and not path.is_symlink():
            yield f"notebooks/{lesson.name}.ipynb", _without_outputs(_bytes(path))


def _without_outputs(data: bytes) -> bytes:
    """Return a notebook without outputs: they hold live tokens and the inbox's key."""
    try:
        notebook = json.loads(data)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
    except (ValueError, KeyError, TypeError, RecursionError):
        return data  # the grader reports what is wrong with it
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode(
        "utf-8", "surrogatepass"
    )


def _app(workspace: Workspace) -> Iterator[tuple[str, bytes]]:
    for name in _learner_files(workspace.folder):
        path = workspace.folder / name
        yield f"my_app/{name}", _with_own_text(workspace, name, _bytes(path))


def _learner_files(root: Path) -> Iterator[str]:
    if (root / paths.RECORD).is_file():
        yield paths.RECORD
    for parts in _FOLDERS:
        for folder, folders, names in os.walk(root.joinpath(*parts)):  # follows no links
            folders[:] = [name for name in folders if name[0] not in "._"]
            for path in (Path(folder, name) for name in names):
                if _is_learner_text(path):
                    yield path.relative_to(root).as_posix()


def _is_learner_text(path: Path) -> bool:
    regular = path.is_file() and not path.is_symlink() and path.name.isprintable()
    text = path.suffix in _KINDS and not path.name.startswith(".")
    return regular and text and path.stat().st_size <= TEXT


def _with_own_text(workspace: Workspace, name: str, data: bytes) -> bytes:
    """Return a file with the learner's own text in blanks that use the reference."""
    covered = workspace.record.read()["covered"]
    for exercise in lessons.load().exercises:
        # A file without its markers or not in UTF-8 is handed in unchanged.
        with suppress(KitError, UnicodeDecodeError):
            if exercise.file == name and workspace.state(exercise.id) == "covered":
                text = blanks.replace(data.decode("utf-8"), exercise.id, covered[exercise.id])
                data = text.encode("utf-8")
    return data


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SubmissionError(
            f"Could not read {shown(path.name)} ({error.strerror}), so nothing was packed; "
            "make it readable, then try again."
        ) from None


def _is_submission(target: Path) -> bool:
    try:
        with zipfile.ZipFile(target) as opened:
            return MANIFEST in opened.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
