"""Keep the grades of a class: a line each as they come, so that none is lost, none done twice."""

import hashlib
import importlib.metadata
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from confirmlab.base import files, paths
from confirmlab.base.errors import KitError
from confirmlab.course import results
from confirmlab.course.results import Grade
from confirmlab.submissions import archives, bounded_files
from confirmlab.submissions.learner_files import SubmissionSource

NAME = "results.jsonl"

# All that a grade depends on.
_KIT = ("confirmlab", "app_skeleton", "solutions", "tests/lesson", "tests/mutants", "course.toml")
_LIBRARIES = ("flask", "flask-sqlalchemy", "pyjwt", "pytest", "sqlalchemy", "werkzeug", "wtforms")


class Gradebook:
    """Hold the grades of one class in a file of JSON lines."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.done = {line["learner"]: _key(line) for line in self._lines()}
        self._file: Any = None

    def __enter__(self) -> "Gradebook":
        try:
            # Grades are for their owner's eyes; the reports beside them are written as privately.
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = open(self.path, "ab+", opener=partial(os.open, mode=0o600))
            os.fchmod(self._file.fileno(), 0o600)
            _lock(self._file)
            _mend(self._file)
        except OSError as error:
            raise KitError(_unwritable(self.path, error)) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __repr__(self) -> str:
        return f"<Gradebook of {len(self.done)}>"

    def has(self, handed: SubmissionSource, suite: str) -> bool:
        """Say whether this very content was graded already, with this very suite."""
        known = self.done.get(handed.learner)
        return known is not None and known == (content(handed.paths), suite)

    def add(self, grade: Grade) -> None:
        """Write a grade down, on the disk before this returns."""
        line = json.dumps(results.to_json(grade)).encode() + b"\n"
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.done[grade.learner] = (grade.content, grade.suite)

    def keep(self, learners: Iterable[str]) -> None:
        """Leave one line for each of these learners, the latest, in their order."""
        wanted = set(learners)
        last = {line["learner"]: place for line, place in self._places()}
        order = sorted((name, place) for name, place in last.items() if name in wanted)
        try:
            # Line by line: a class of thousands would fill the memory.
            with open(self.path, "rb") as source, files.whole(self.path) as kept:
                os.fchmod(kept.fileno(), self.path.stat().st_mode & 0o777)
                for _, place in order:
                    source.seek(place)
                    kept.write(source.readline().decode())
        except OSError as error:
            raise KitError(_unwritable(self.path, error)) from None

    def grades(self) -> Iterator[Grade]:
        """Read the grades one after the other; they are never all in memory."""
        return (results.from_json(line) for line in self._lines())

    def _lines(self) -> Iterator[dict[str, Any]]:
        return (line for line, _ in self._places())

    def _places(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Read line by line; one that a power cut left half written is passed over."""
        if not self.path.exists():
            return
        with open(self.path, "rb") as file:
            place = 0
            for line in file:
                with suppress(ValueError, KeyError):
                    values = json.loads(line)
                    _key(values), values["learner"]
                    yield values, place
                place += len(line)


def content(paths: Iterable[Path]) -> str:
    """Hash what a learner handed in: names, sizes and bytes, of these no more than is ever read."""
    digest = hashlib.sha256()
    left = bounded_files.TOTAL
    for path in paths:
        for file in islice(_files(path), archives.ENTRIES):
            name = os.path.relpath(file, path)
            digest.update(f"{name}\0".encode("utf-8", "surrogatepass"))
            for data in _pieces(file):
                digest.update(data)
                left -= len(data)
                if left < 0:
                    return digest.hexdigest()[:16]
    return digest.hexdigest()[:16]


def suite(hidden: Mapping[str, str], lessons: Iterable[str] = ()) -> str:
    """Hash what grades depend on: the kit, hidden tests, lessons, Python and the libraries."""
    digest = hashlib.sha256(f"{sys.version} {' '.join(lessons)}".encode())
    for name in _LIBRARIES:
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for part in _KIT:
        root = paths.in_kit(part)
        found = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        for path in (path for path in found if "__pycache__" not in path.parts):
            digest.update(f"{Path(part, path.relative_to(root))}\0".encode())
            digest.update(path.read_bytes())
    for name, text in sorted(hidden.items()):
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:16]


def _files(path: Path) -> Iterator[str]:
    if not path.is_dir() or path.is_symlink():
        yield str(path)
    for folder, folders, names in os.walk(path):  # follows no links
        folders[:] = sorted(name for name in folders if name not in archives.LEFT_OUT)
        yield from (os.path.join(folder, name) for name in sorted(names))


def _pieces(name: str) -> Iterator[bytes]:
    """Give the size of a file and its bytes; a link or a pipe has none."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(OSError), os.fdopen(os.open(name, flags), "rb") as file:
        seen = os.fstat(file.fileno())
        if stat.S_ISREG(seen.st_mode):
            yield f"{seen.st_size}\0".encode()
            while data := file.read(1 << 20):
                yield data


def _unwritable(path: Path, error: OSError) -> str:
    return (
        f"Could not write {str(path)!r} ({error.strerror}); give a folder that you may write to "
        "with --out."
    )


def _key(line: dict[str, Any]) -> tuple[str, str]:
    return line["content"], line["suite"]


def _lock(file: Any) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise KitError(
            f"Another run is writing {file.name!r}; wait for it, or give another --out."
        ) from None


def _mend(file: Any) -> None:
    """End a line that a power cut left half written, so that the next one stands alone."""
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
