"""Open one learner's folders and zips without unpacking them or following links."""

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from confirmlab.base.errors import SubmissionError
from confirmlab.course import lessons
from confirmlab.submissions.bounded_files import (
    BROKEN,
    TOTAL,
    BoundedFiles,
    is_notebook,
    reason,
    shown,
)

ENTRIES = 20_000  # files and folders
DEPTH = 10  # levels of nested folders
_NESTED_ZIPS = 2  # levels of zips within zips
_OFFICE = {".docx", ".odt", ".xlsx", ".pptx", ".epub", ".jar"}  # zips inside, but documents
LISTING = 4_000_000  # bytes of a zip's directory, which zipfile reads in one piece

LEFT_OUT = {
    *(".git", ".venv", "venv", "site-packages", "node_modules", "__MACOSX"),
    *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", "instance"),
}
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may need gigabytes of memory


@contextmanager
def open_submission(*paths: Path) -> Iterator[BoundedFiles]:
    """Yield the files of some folders, zips and notebooks together.

    Raises:
        SubmissionError: none of them can be read.
    """
    files = BoundedFiles()
    problems = []
    with ExitStack() as stack:
        names = [path.name for path in paths]
        for path in paths:
            above = f"{path.parent.name}/" if names.count(path.name) > 1 else ""
            try:
                _add(files, path, stack, f"{above}{path.name}/" if len(paths) > 1 else "")
            except SubmissionError as error:
                problems.append(str(error))
            if len(files) > ENTRIES:
                raise SubmissionError(_too_many())
        if len(problems) == len(paths):
            raise SubmissionError(" ".join(problems))
        for problem in problems:
            files.note(problem)
        for _ in range(_NESTED_ZIPS):
            _open_nested_zips(files, stack)
        yield files


def _add(files: BoundedFiles, path: Path, stack: ExitStack, prefix: str) -> None:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            _add_folder(files, path, prefix)
        elif not stat.S_ISREG(mode):
            raise SubmissionError(
                f"{shown(path.name)} is a link or a special file; hand in the files themselves."
            )
        elif is_notebook(path.name) or not _is_zip(path):
            files.add(path.name, partial(_open, path))
        else:
            _add_zip(files, stack.enter_context(open_zip(path, LISTING)), prefix)
    except (OSError, ValueError) as error:
        raise SubmissionError(_unreadable(path.name, error)) from None


def _is_zip(path: Path) -> bool:
    """Return whether to open a file as a zip, by its name or its first bytes."""
    if path.suffix.lower() == ".zip":
        return True
    with _open(path) as file:
        return file.read(4) == b"PK\x03\x04" and path.suffix.lower() not in _OFFICE


def _open_nested_zips(files: BoundedFiles, stack: ExitStack) -> None:
    """Replace zips by the files in them, if there is no notebook and no file with a blank."""
    with_blanks = {exercise.file.rpartition("/")[2] for exercise in lessons.load().exercises}
    if any(is_notebook(name) or name.rpartition("/")[2] in with_blanks for name in files.names):
        return
    for name in [name for name in files.names if name.lower().endswith(".zip")]:
        data = files.read(name, TOTAL)
        files.drop(name)
        if data is None:
            continue
        last = name.rpartition("/")[2]
        try:
            inner = stack.enter_context(_opened(_LimitedBytes(data), last, LISTING))
            _add_zip(files, inner, f"{last}/")
        except SubmissionError as error:
            files.note(str(error))


def _add_folder(files: BoundedFiles, root: Path, start: str) -> None:
    todo = [(start, root)]
    left = ENTRIES
    while todo:
        prefix, folder = todo.pop()
        try:
            with os.scandir(folder) as entries:
                held = sorted(islice(entries, left + 1), key=lambda entry: entry.name)
        except OSError as error:
            if folder == root:
                raise
            files.note(f"The folder {shown(prefix)} cannot be read ({error.strerror}).")
            continue
        left -= len(held)
        if left < 0:
            raise SubmissionError(_too_many())
        for entry in held:
            name = prefix + entry.name
            if entry.is_symlink():
                files.pass_over(name, "links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in LEFT_OUT and name.count("/") < DEPTH:
                    todo.append((f"{name}/", Path(entry.path)))
            elif entry.is_file(follow_symlinks=False):
                files.add(name, partial(_open, Path(entry.path)))


def _open(path: Path) -> BinaryIO:
    """Return a file opened for reading, without following a link or waiting for a pipe."""
    flags = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    return os.fdopen(os.open(path, sum(getattr(os, flag, 0) for flag in flags)), "rb")


class _LimitedFile(io.FileIO):
    """A file that refuses to read more than `limit` bytes at once.

    zipfile reads the directory of a zip in one piece, whose length the zip itself states.
    """

    limit = 0  # bytes; 0 is no limit

    def read(self, size: int | None = -1) -> bytes | None:  # type: ignore[override]
        if self.limit and size is not None and size > self.limit:
            raise SubmissionError(_too_many())
        return super().read(size)


class _LimitedBytes(io.BytesIO):
    """A nested zip in memory that refuses to read more than `limit` bytes at once."""

    limit = 0

    def read(self, size: int | None = -1) -> bytes:
        if self.limit and size is not None and size > self.limit:
            raise SubmissionError(_too_many())
        return super().read(size)


@contextmanager
def open_zip(path: Path, limit: int) -> Iterator[zipfile.ZipFile]:
    """Yield an open zip whose directory is at most `limit` bytes long.

    Raises:
        SubmissionError: it is not a zip, or its directory is longer.
    """
    try:
        file = _LimitedFile(path)
    except BROKEN as error:
        raise SubmissionError(_unreadable(path.name, error)) from None
    with _opened(file, path.name, limit) as archive:
        yield archive


@contextmanager
def _opened(file: _LimitedFile | _LimitedBytes, name: str, limit: int) -> Iterator[zipfile.ZipFile]:
    with file:
        file.limit = limit
        try:
            archive = zipfile.ZipFile(file)
        except BROKEN as error:
            raise SubmissionError(_unreadable(name, error)) from None
        file.limit = 0
        with archive:
            yield archive


def _add_zip(files: BoundedFiles, archive: zipfile.ZipFile, prefix: str) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise SubmissionError(_too_many())
    for entry in entries:
        name = safe_path(entry_name(entry))
        if name is None:
            files.pass_over(entry.filename, "its path leads out of the zip, so it was not read")
        elif is_link(entry):
            files.pass_over(prefix + name, "links are not followed")
        elif not entry.is_dir() and not LEFT_OUT & set(name.split("/")):
            files.add(prefix + name, partial(open_entry, archive, entry))


def entry_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; macOS writes UTF-8 without setting the flag for it."""
    name = entry.filename
    if not entry.flag_bits & 0x800 and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a symbolic link."""
    return stat.S_ISLNK(entry.external_attr >> 16)


def open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    """Open an entry for reading.

    Raises:
        ValueError: its compression method may need much memory.
    """
    if entry.compress_type not in _COMPRESSIONS:
        raise ValueError("its compression method is unusual")
    return cast(BinaryIO, archive.open(entry))


def safe_path(name: str) -> str | None:
    """Return a path within the zip, with "/" between parts; None if it leads out of the zip."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or re.match("[A-Za-z]:", name):
        return None
    return "/".join(parts)


def _unreadable(name: str, error: Exception) -> str:
    return (
        f"{shown(name)} cannot be opened ({reason(error)}); hand in a folder, or the zip "
        "that %submit makes."
    )


def _too_many() -> str:
    return f"The submission holds more than {ENTRIES:,} files; hand in what %submit makes."
