"""The file with the grades of a class: one JSON line each, written as soon as it is graded."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO

from confirmlab.base import files
from confirmlab.base.errors import KitError
from confirmlab.grading import grades, input_hashes
from confirmlab.grading.grades import Grade
from confirmlab.submissions.learner_files import SubmissionSource

NAME = "results.jsonl"
REMOVED = "results-before.jsonl"  # lines of learners who were removed from it
LOCK = ".results.lock"  # locked while a run writes the folder; it stays there, empty


class Gradebook:
    """Reads and writes results.jsonl in a folder of grades; one run at a time may write it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._file: Any = None
        self._open_files = ExitStack()

    def __enter__(self) -> "Gradebook":
        try:
            # Grades are private, so only the user who runs this may read the folder.
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with ExitStack() as opened:
                # Not results.jsonl itself: `keep` replaces it, and with it the lock.
                lock = opened.enter_context(_open(self.path.with_name(LOCK)))
                _lock(lock, self.path)
                self._file = opened.enter_context(_open(self.path))
                _end_last_line(self._file)
                self._open_files = opened.pop_all()
        except OSError as error:
            raise KitError(_unwritable(self.path, error)) from None
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what could not be written was reported by `add`
            self._open_files.close()

    def __repr__(self) -> str:
        return f"<Gradebook of {len(self.done)}>"

    @cached_property
    def done(self) -> dict[str, tuple[str, str]]:
        """Return by learner which files were graded with which suite, as hashes."""
        return {line["learner"]: _key(line) for line, _ in self._lines_with_offsets()}

    def has(self, source: SubmissionSource, suite: str) -> bool:
        """Return whether the same files were already graded with the same suite."""
        known = self.done.get(source.learner)
        return known is not None and known == (input_hashes.content_hash(source.paths), suite)

    def add(self, grade: Grade) -> None:
        """Append a grade to the file, and flush it to the disk.

        Raises:
            KitError: the file cannot be written, as on a full disk.
        """
        line = json.dumps(grades.to_json(grade)).encode() + b"\n"
        try:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise KitError(_unwritable(self.path, error)) from None
        self.done[grade.learner] = (grade.content, grade.suite)

    def keep(self, learners: Iterable[str]) -> list[str]:
        """Rewrite the file with the latest line of each of these learners, sorted by name.

        Lines of all others are added to results-before.jsonl; return whose they are.
        """
        wanted = set(learners)
        offsets = sorted(self._last_offsets().items())
        gone = [(name, offset) for name, offset in offsets if name not in wanted]
        try:
            # Copied line by line, since grades of thousands would fill the memory.
            with open(self.path, "rb") as source:
                if gone:
                    with _open(self.path.with_name(REMOVED)) as removed:
                        removed.writelines(_lines_at(source, gone))
                with files.replacing_text(self.path) as kept:
                    os.fchmod(kept.fileno(), self.path.stat().st_mode & 0o777)
                    order = [(name, offset) for name, offset in offsets if name in wanted]
                    kept.writelines(line.decode() for line in _lines_at(source, order))
        except OSError as error:
            raise KitError(_unwritable(self.path, error)) from None
        return [name for name, _ in gone]

    def grades(self) -> Iterator[Grade]:
        """Yield each learner's last grade, one by one, so that they are never all in memory."""
        if last := sorted(self._last_offsets().values()):
            with open(self.path, "rb") as file:
                for offset in last:
                    file.seek(offset)
                    yield grades.from_json(json.loads(file.readline()))

    def _last_offsets(self) -> dict[str, int]:
        """Return by learner where the last line is; a stopped run leaves older ones before it."""
        return {line["learner"]: offset for line, offset in self._lines_with_offsets()}

    def _lines_with_offsets(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield each line's values and offset, without lines that a power cut left half written."""
        if not self.path.exists():
            return
        with open(self.path, "rb") as file:
            offset = 0
            for line in file:
                with suppress(ValueError, KeyError):
                    values = json.loads(line)
                    _key(values), values["learner"]
                    yield values, offset
                offset += len(line)


def _unwritable(path: Path, error: OSError) -> str:
    return (
        f"Could not write {str(path)!r} ({error.strerror}); give a folder that you may write to "
        "with --out."
    )


def _key(line: dict[str, Any]) -> tuple[str, str]:
    return line["content"], line["suite"]


def _lines_at(file: BinaryIO, offsets: Iterable[tuple[str, int]]) -> Iterator[bytes]:
    """Yield the lines at these learners' offsets."""
    for _, offset in offsets:
        file.seek(offset)
        yield file.readline()


def _open(path: Path) -> BinaryIO:
    """Return a file that only its owner may read, opened for reading and for appending."""
    file = open(path, "ab+", opener=partial(os.open, mode=0o600))
    os.fchmod(file.fileno(), 0o600)
    return file


def _lock(file: BinaryIO, path: Path) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise KitError(
            f"Another run is writing {str(path)!r}; wait for it, or give another --out."
        ) from None


def _end_last_line(file: Any) -> None:
    """Append a line end if the last line was left half written by a power cut."""
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
