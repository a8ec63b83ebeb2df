"""Hashes of what a grade depends on: the learner's files, the kit, the tests and the libraries."""

import hashlib
import importlib.metadata
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from confirmlab.base import paths
from confirmlab.submissions import archives, bounded_files

# Parts of the kit and libraries that a grade depends on; a change of any means grading again.
_KIT = ("confirmlab", "app_skeleton", "solutions", "tests/lesson", "tests/mutants", "course.toml")
_LIBRARIES = ("flask", "flask-sqlalchemy", "pyjwt", "pytest", "sqlalchemy", "werkzeug", "wtforms")


def content_hash(paths: Iterable[Path]) -> str:
    """Return a hash of a learner's files: names, sizes, and the first 100 MB of each."""
    digest = hashlib.sha256()
    for path in paths:
        for file in islice(_files(path), archives.ENTRIES):
            name = os.path.relpath(file, path.parent)
            digest.update(f"{name}\0".encode("utf-8", "surrogatepass"))
            left = bounded_files.TOTAL  # of each file, since grading may skip a large one
            for data in _pieces(file):
                digest.update(data)
                left -= len(data)
                if left < 0:
                    break
    return digest.hexdigest()[:16]


def suite_hash(hidden: Mapping[str, str], lessons: Iterable[str] = ()) -> str:
    """Return a hash of what grades depend on: kit, hidden tests, lessons, Python and libraries."""
    digest = hashlib.sha256(f"{sys.version} {' '.join(lessons)}".encode())
    for name in _LIBRARIES:
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for part in _KIT:
        root = paths.in_kit(part)
        files_of_part = [root] if root.is_file() else sorted(filter(Path.is_file, root.rglob("*")))
        for path in (path for path in files_of_part if "__pycache__" not in path.parts):
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
    """Yield the size of a file and then its bytes; nothing for a link or a pipe."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with suppress(OSError), os.fdopen(os.open(name, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode):
            yield f"{status.st_size}\0".encode()
            while data := file.read(1 << 20):
                yield data
