"""The learner's app: real files in my_app, and the state of each blank."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confirmlab.base import files, paths
from confirmlab.base.errors import BlankError, WorkspaceError
from confirmlab.course import blanks, fill_syntax, lessons, skeleton, solutions
from confirmlab.course.lessons import Exercise
from confirmlab.notebook.fill_history import FillHistory, number_of
from confirmlab.notebook.progress_store import ProgressStore

_CLASS_LINE = "The line of the class is in the file already, so only what is below it was put in."
_BLOCK_LINES = "The lines of the block are in the file already, so only what is inside was put in."
_LONGEST_FILL = 100_000  # characters; a submission's files hold at most ten times that


@dataclass(frozen=True)
class FillResult:
    """The result of filling a blank: file, line range, and where the old text was saved."""

    exercise: Exercise
    path: Path
    first: int
    last: int
    kept: Path | None = None  # the version that keeps what was written by hand
    old_file: Path | None = None  # the old file, if it had lost its markers and was rebuilt
    done: str = "filled"  # or restored, or emptied
    note: str = ""

    def __repr__(self) -> str:
        return f"<FillResult {self.exercise.id}, lines {self.first}-{self.last}>"

    @property
    def lines(self) -> str:
        """Return the line range of the fill as text: "line 3" or "lines 3 to 7"."""
        if self.first >= self.last:
            return f"line {self.first}"
        return f"lines {self.first} to {self.last}"


class Workspace:
    """One learner's app folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.workspace_folder()
        self._is_default = folder is None
        self.record = ProgressStore(self.folder / paths.RECORD)
        self.history = FillHistory(self.folder / paths.KIT_FOLDER / "history")

    def __repr__(self) -> str:
        return f"<Workspace {self.folder.name}>"

    def ensure(self) -> list[str]:
        """Create the folder or its missing files; return the names of what was created.

        Raises:
            WorkspaceError: a file cannot be written, or the course was moved to another folder.
        """
        self._require_unmoved()
        self._make_private()
        names = skeleton.skeleton_files()
        missing = [name for name in names if not (self.folder / name).exists()]
        for name in missing:
            self._rebuild(name)
        return [name.as_posix() for name in missing]

    def _require_unmoved(self) -> None:
        """Raise an error if the app is in another folder now: a new one would seem to lose it."""
        if not self._is_default or (self.folder / "app").exists():
            return
        with suppress(OSError):  # the current folder was deleted
            now = paths.workspace_folder()
            if now != self.folder and (now / "app").exists():
                raise WorkspaceError(
                    f"The course was moved or renamed: your app is in {str(now)!r} now, and this "
                    "kernel still looks for it in the old folder. Restart the kernel, and run the "
                    "cells at the top again."
                )

    def _make_private(self) -> None:
        """Create the app's and its database's folder, readable for this user alone."""
        for folder in (self.folder, self.folder / "instance"):
            # If this fails, writing the first file reports it.
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700)  # other users of the host cannot read it

    def text(self, exercise_id: str) -> str:
        """Return the present text of a blank."""
        return self.blank_of(lessons.load().exercise(exercise_id)).text

    def fill(self, exercise_id: str, text: str, kind: str = "fill") -> FillResult:
        """Write a fill into its blank; `kind` names the version in the history.

        Raises:
            BlankError: the fill is too long, the file would not compile, or the blank's markers
                are gone.
            WorkspaceError: the file is missing or cannot be written.
        """
        exercise = lessons.load().exercise(exercise_id)
        if len(text) > _LONGEST_FILL:
            raise BlankError(
                f"{exercise_id} was not filled, and nothing was changed: it has {len(text):,} "
                f"characters, and a fill has at most {_LONGEST_FILL:,}. Was something else pasted "
                "into the cell?"
            )
        with self.record.alone():  # or two kernels could write one file from the same text
            return self._fill(exercise, text, kind)

    def _fill(self, exercise: Exercise, text: str, kind: str) -> FillResult:
        path = self.folder / exercise.file
        now = self.blank_of(exercise).text
        before = files.read(path)
        after = blanks.replace(before, exercise.id, text)
        fill_syntax.check(exercise.file, before, after, exercise.id)
        kept = self._keep_hand_made(exercise.id, now)
        files.write(path, after)
        put_in = self.text(exercise.id)
        self.history.keep(exercise.id, put_in, kind)
        with self.record.change() as record:
            record["filled"][exercise.id] = put_in
            record["covered"].pop(exercise.id, None)
        note = _CLASS_LINE if exercise.file.endswith(".py") else _BLOCK_LINES
        left_out = not blanks.same(put_in, text)
        return replace(self._filled(exercise, kept), note=note if left_out else "")

    def restore(self, exercise_id: str, version: int | None = None) -> FillResult:
        """Restore a version of a blank: the one before the present text, or number `version`.

        Version 0 is the stub. A file without its markers is rebuilt first, and its other blanks
        keep their texts; without a number, the blank then has its last fill.

        Raises:
            WorkspaceError: there is no such version.
        """
        exercise = lessons.load().exercise(exercise_id)
        damaged = self._is_damaged(exercise)
        text = None if damaged and version is None else self._version(exercise_id, version)
        old_file = self._rebuild(Path(exercise.file)) if damaged else None
        filled = self._filled(exercise) if text is None else self.fill(exercise_id, text)
        return replace(filled, old_file=old_file, done="emptied" if version == 0 else "restored")

    def restore_passed(self, exercise_id: str) -> FillResult:
        """Restore the last text that passed its check; without one, the stub."""
        record = self.record.read()
        lessons.load().exercise(exercise_id)
        text = record["good"].get(exercise_id, record["passed"].get(exercise_id))
        if text is not None:
            return replace(self.fill(exercise_id, text), done="restored")
        filled = self.restore(exercise_id, 0)
        kept = self.history.versions(exercise_id)
        own = [path for path in kept if not path.stem.endswith("-reference")]
        own_texts = [path for path in own if not skeleton.is_stub(exercise_id, files.read(path))]
        numbers = sorted(number_of(path) for path in own_texts)
        note = "No version has passed its check yet, so the blank is empty."
        if numbers:
            *earlier, last = numbers
            note += f" %restore {exercise_id} {last} brings back your latest version"
            note += f"; earlier versions: {', '.join(map(str, earlier))}." if earlier else "."
        return replace(filled, note=note)

    def start_over(self, exercise_id: str) -> None:
        """Reset a blank to its stub, and delete its results and hints.

        A blank that uses the reference keeps it; the learner's stored text is reset instead.
        """
        stub = skeleton.stubs()[exercise_id]
        if self.state(exercise_id) == "covered":
            with self.record.change() as record:
                record["covered"][exercise_id] = stub
        elif not self.is_open(exercise_id):
            self.fill(exercise_id, stub)
        with self.record.change() as record:
            for kind in ("passed", "failed", "hints"):
                record[kind].pop(exercise_id, None)

    def is_open(self, exercise_id: str) -> bool:
        """Return whether a blank still holds its stub."""
        return skeleton.is_stub(exercise_id, self.text(exercise_id))

    def state(self, exercise_id: str) -> str:
        """Return a blank's state: open, covered, passed, failing or filled (not checked since)."""
        record = self.record.read()
        now = self.text(exercise_id)
        if self._covers(record, exercise_id, now):
            return "covered"
        for kind, word in (("passed", "passed"), ("failed", "failing")):
            if record[kind].get(exercise_id) == now:
                return word
        return "open" if skeleton.is_stub(exercise_id, now) else "filled"

    @staticmethod
    def _covers(record: dict[str, dict[str, Any]], exercise_id: str, now: str) -> bool:
        return exercise_id in record["covered"] and record["filled"].get(exercise_id) == now

    def store_result(self, exercise_id: str, passed: bool) -> None:
        """Store how the check of a blank's present text ended."""
        now = self.text(exercise_id)
        with self.record.change() as record:
            known = (record[kind].get(exercise_id) for kind in ("passed", "failed"))
            if exercise_id not in record["first"] and now not in known:
                record["attempts"][exercise_id] = record["attempts"].get(exercise_id, 0) + 1
            record["passed" if passed else "failed"][exercise_id] = now
            record["failed" if passed else "passed"].pop(exercise_id, None)
            if passed and not self._covers(record, exercise_id, now):
                record["good"][exercise_id] = now
                record["first"].setdefault(exercise_id, datetime.now(UTC).isoformat())

    def use_reference(self, exercise_ids: Iterable[str], lesson: str = "") -> None:
        """Store the learner's text of these blanks, and fill in the reference instead.

        The reference is the app as it is after `lesson`, by default the finished app.
        """
        reference = solutions.fills(lesson) if lesson else solutions.finished()
        for exercise_id in exercise_ids:
            with self.record.alone():
                own_text = self.text(exercise_id)
                if self.state(exercise_id) == "covered":  # the reference of another lesson
                    own_text = self.record.read()["covered"][exercise_id]
                self.fill(exercise_id, reference[exercise_id], "reference")
                with self.record.change() as record:
                    record["covered"][exercise_id] = own_text

    def restore_own(self, exercise_ids: Iterable[str]) -> list[str]:
        """Restore the learner's text where the reference is used; return these blanks."""
        back = []
        for exercise_id in exercise_ids:
            with self.record.alone():
                if self.state(exercise_id) == "covered":
                    self.fill(exercise_id, self.record.read()["covered"][exercise_id])
                    back.append(exercise_id)
        return back

    def blank_of(self, exercise: Exercise) -> blanks.Blank:
        """Return a blank as its file has it now.

        Raises:
            BlankError: its markers are missing or damaged.
        """
        source = files.read(self.folder / exercise.file)
        in_file = blanks.find(source)
        if exercise.id not in in_file:
            number, line = blanks.misspelt_marker(source, exercise.id)
            if number:
                raise BlankError(
                    f"The markers of the blank {exercise.id!r} were changed in "
                    f"{'my_app/' + exercise.file!r}, line {number}: {line!r}. "
                    f"%restore {exercise.id} puts them right."
                )
            raise BlankError(
                f"The blank {exercise.id!r} is missing in {'my_app/' + exercise.file!r}: its "
                "marker lines were deleted, or the exercise is new in the course. "
                f"%restore {exercise.id} adds it."
            )
        return in_file[exercise.id]

    def _filled(self, exercise: Exercise, kept: Path | None = None) -> FillResult:
        blank = self.blank_of(exercise)
        return FillResult(exercise, self.folder / exercise.file, blank.first, blank.last, kept)

    def _version(self, exercise_id: str, version: int | None) -> str:
        if version == 0:
            return skeleton.stubs()[exercise_id]
        kept = self.history.versions(exercise_id)
        if version is not None:
            chosen = [path for path in kept if number_of(path) == version]
        else:
            now = self.text(exercise_id)
            chosen = [path for path in kept if not blanks.same(files.read(path), now)]
        if not chosen:
            numbers = ", ".join(str(number_of(path)) for path in kept) or "none yet"
            wanted = "earlier version" if version is None else f"version {version}"
            raise WorkspaceError(
                f"There is no {wanted} of {exercise_id!r} to bring back; kept versions: {numbers}. "
                f"%restore {exercise_id} 0 brings the empty blank back."
            )
        return files.read(chosen[-1])

    def _is_damaged(self, exercise: Exercise) -> bool:
        try:
            self.blank_of(exercise)
        except (BlankError, WorkspaceError):
            return True
        return False

    def _rebuild(self, name: Path) -> Path | None:
        """Rebuild a file from the skeleton and all known fills; return the path of the old one."""
        target = self.folder / name
        old = self.history.next_path(name.name, "file") if target.exists() else None
        if old:
            files.copy(target, old)
        content = skeleton.contents()[name.parent][name.name]
        if name.as_posix() in {exercise.file for exercise in lessons.load().exercises}:
            known = self._known_texts(target)
            content = blanks.replace_all(content.decode(), known).encode()
        files.write_bytes(target, content)
        return old

    def _known_texts(self, path: Path) -> dict[str, str]:
        """Return texts for the blanks of a rebuilt file: those in it, or else the last fills."""
        known = self.record.read()["filled"]
        with suppress(WorkspaceError):  # there is no file, or it is not text
            intact, _ = blanks.find_with_problems(files.read(path))
            known |= {name: blank.text for name, blank in intact.items()}
        return known

    def _keep_hand_made(self, exercise_id: str, now: str) -> Path | None:
        written = self.record.read()["filled"].get(exercise_id)
        is_hand_made = written is None or not blanks.same(now, written)
        if is_hand_made and not skeleton.is_stub(exercise_id, now):
            return self.history.keep(exercise_id, now, "hand")
        return None
