"""Keep the learner's app: real files in my_app, each version of each blank, nothing ever lost."""

import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from confirmlab import blanks, course, files, reference, syntax
from confirmlab.course import Exercise
from confirmlab.errors import BlankError, WorkspaceError
from confirmlab.record import Record


@dataclass(frozen=True)
class Filled:
    """Say what a fill did: in which file and lines, and which hand-made version was kept."""

    exercise: Exercise
    path: Path
    first: int
    last: int
    kept: Path | None = None


class Workspace:
    """Keep one learner's app folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or course.workspace_folder()
        self.record = Record(self.folder / ".confirmlab" / "record.json")

    def __repr__(self) -> str:
        return f"<Workspace {self.folder.name}>"

    def ensure(self) -> list[str]:
        """Make the folder, or put back the files that are missing; name what was made."""
        made = []
        for name in reference.skeleton_files():
            target = self.folder / name
            if not target.exists():
                self._copy(course.folder("app_skeleton") / name, target)
                made.append(name.as_posix())
        return made

    def text(self, exercise_id: str) -> str:
        """Read what stands in a blank now."""
        return self.blank_of(course.load().exercise(exercise_id)).text

    def texts(self) -> dict[str, str]:
        """Read all blanks that can be read; one that lost its markers is left out."""
        found: dict[str, str] = {}
        for exercise in course.load().exercises:
            try:
                found[exercise.id] = self.text(exercise.id)
            except (BlankError, WorkspaceError):
                continue
        return found

    def fill(self, exercise_id: str, text: str) -> Filled:
        """Write a fill into its blank.

        Raises:
            BlankError: the file would not compile, or the blank's markers are gone.
            WorkspaceError: the file is missing or cannot be written.
        """
        exercise = course.load().exercise(exercise_id)
        path = self.folder / exercise.file
        kept = self._keep_hand_made(exercise)
        before = files.read(path)
        after = blanks.replace(before, exercise.id, text)
        syntax.check(exercise.file, before, after, exercise.id)
        files.write(path, after)
        self._keep(exercise.id, blanks.normal(text), "fill")
        with self.record.change() as notes:
            notes["filled"][exercise.id] = blanks.normal(text)
            notes["covered"].pop(exercise.id, None)
        blank = blanks.find(after)[exercise.id]
        return Filled(exercise, path, blank.first, blank.last, kept)

    def versions(self, exercise_id: str) -> list[Path]:
        """List the kept versions of a blank, oldest first."""
        return sorted(self._history(exercise_id).glob("*.txt"))

    def restore(self, exercise_id: str, version: int | None = None) -> Filled:
        """Bring a version of a blank back: the one before the present text, or number `version`.

        Version 0 is the blank as it was at the start.
        """
        exercise = course.load().exercise(exercise_id)
        self._mend(exercise)
        if version == 0:
            return self.fill(exercise_id, reference.stubs()[exercise_id])
        kept = self.versions(exercise_id)
        if version is not None:
            chosen = [path for path in kept if int(path.name[:4]) == version]
        else:
            now = self.text(exercise_id)
            chosen = [path for path in kept if not blanks.same(files.read(path), now)]
        if not chosen:
            numbers = ", ".join(str(int(path.name[:4])) for path in kept) or "none yet"
            wanted = "earlier version" if version is None else f"version {version}"
            raise WorkspaceError(
                f"There is no {wanted} of {exercise_id!r} to bring back; kept versions: {numbers}. "
                f"%restore {exercise_id} 0 brings the empty blank back."
            )
        return self.fill(exercise_id, files.read(chosen[-1]))

    def is_open(self, exercise_id: str) -> bool:
        """Say whether a blank still holds its stub."""
        return blanks.same(self.text(exercise_id), reference.stubs()[exercise_id])

    def state(self, exercise_id: str) -> str:
        """Say how a blank stands: open, covered, passed, failing or filled (not checked since)."""
        notes = self.record.read()
        now = self.text(exercise_id)
        if exercise_id in notes["covered"] and notes["filled"].get(exercise_id) == now:
            return "covered"
        for kind, word in (("passed", "passed"), ("failed", "failing")):
            if notes[kind].get(exercise_id) == now:
                return word
        return "open" if blanks.same(now, reference.stubs()[exercise_id]) else "filled"

    def judged(self, exercise_id: str, passed: bool) -> None:
        """Note how the check of a blank's present text ended."""
        now = self.text(exercise_id)
        with self.record.change() as notes:
            notes["passed" if passed else "failed"][exercise_id] = now
            notes["failed" if passed else "passed"].pop(exercise_id, None)

    def cover(self, exercise_ids: Iterable[str]) -> None:
        """Set the learner's own text of these blanks aside and put the reference there."""
        for exercise_id in exercise_ids:
            own = self.text(exercise_id)
            self.fill(exercise_id, reference.fill(exercise_id))
            with self.record.change() as notes:
                notes["covered"][exercise_id] = own

    def uncover(self, exercise_ids: Iterable[str]) -> list[str]:
        """Put the learner's own text back where the reference covers it; name these blanks."""
        back = []
        for exercise_id in exercise_ids:
            if self.state(exercise_id) == "covered":
                self.fill(exercise_id, self.record.read()["covered"][exercise_id])
                back.append(exercise_id)
        return back

    def blank_of(self, exercise: Exercise) -> blanks.Blank:
        """Find a blank in its file as it stands now."""
        found = blanks.find(files.read(self.folder / exercise.file))
        if exercise.id not in found:
            raise BlankError(
                f"The blank {exercise.id!r} is gone from {'my_app/' + exercise.file!r}: "
                f"its marker lines were deleted. %restore {exercise.id} puts them back."
            )
        return found[exercise.id]

    def _mend(self, exercise: Exercise) -> None:
        """Rebuild a file that lost its markers: skeleton, and every fill that is known."""
        path = self.folder / exercise.file
        try:
            self.blank_of(exercise)
            return
        except BlankError:
            self._keep(path.name, files.read(path), "file")
        except WorkspaceError:
            self.ensure()
        known = dict(self.record.read()["filled"])
        source = files.read(course.folder("app_skeleton", exercise.file))
        files.write(path, blanks.replace_all(source, known))

    def _keep_hand_made(self, exercise: Exercise) -> Path | None:
        now = self.blank_of(exercise).text
        written = self.record.read()["filled"].get(exercise.id, reference.stubs()[exercise.id])
        if blanks.same(now, written):
            return None
        return self._keep(exercise.id, now, "hand")

    def _keep(self, name: str, text: str, kind: str) -> Path:
        kept = self.versions(name)
        if kept and files.read(kept[-1]) == text:
            return kept[-1]
        number = int(kept[-1].name[:4]) + 1 if kept else 1
        path = self._history(name) / f"{number:04d}-{kind}.txt"
        files.write(path, text)
        return path

    def _history(self, name: str) -> Path:
        return self.folder / ".confirmlab" / "history" / name

    def _copy(self, source: Path, target: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(target.stat().st_mode | stat.S_IWUSR)
        except OSError as error:
            raise WorkspaceError(
                f"Could not make {files.shown(target)!r} ({error.strerror}); "
                "put the kit into a folder that you may write to."
            ) from None
