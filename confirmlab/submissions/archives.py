"""Open one learner's folder or zip: nothing is unpacked, no link is followed."""

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
from confirmlab.submissions.bounded_files import BROKEN, TOTAL, Parcel, is_notebook, reason, shown

ENTRIES = 20_000  # files and folders
DEPTH = 10  # folders within one another
_PACKED_AGAIN = 2  # zips within zips
# What is read as it is; a zip among such files is no second hand-in.
_OFFICE = {".docx", ".odt", ".xlsx", ".pptx", ".epub", ".jar"}  # zips by their bytes, but no work
_LOOSE = (".py", ".html", ".txt")
LISTING = 4_000_000  # bytes of a zip's own list of contents, which is read whole

LEFT_OUT = {
    *(".git", ".venv", "venv", "site-packages", "node_modules", "__MACOSX"),
    *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", "instance"),
}
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack


@contextmanager
def opened(*paths: Path) -> Iterator[Parcel]:
    """Open folders, zips or notebooks as one; nothing is unpacked and no link is followed.

    Raises:
        SubmissionError: none of them can be read at all.
    """
    parcel = Parcel()
    closed = []
    with ExitStack() as stack:
        for path in paths:
            try:
                _add(parcel, path, stack, f"{path.name}/" if len(paths) > 1 else "")
            except SubmissionError as error:
                closed.append(str(error))
            if len(parcel) > ENTRIES:
                raise SubmissionError(_too_many())
        if len(closed) == len(paths):
            raise SubmissionError(" ".join(closed))
        for problem in closed:
            parcel.note(problem)
        for _ in range(_PACKED_AGAIN):
            _unfold(parcel, stack)
        yield parcel


def _add(parcel: Parcel, path: Path, stack: ExitStack, prefix: str) -> None:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            _add_folder(parcel, path, prefix)
        elif not stat.S_ISREG(mode):
            raise SubmissionError(f"{shown(path.name)} is a link or no file; hand in the files.")
        elif is_notebook(path.name) or not _is_archive(path):
            parcel.add(path.name, partial(_open, path))
        else:
            _add_zip(parcel, stack.enter_context(archive(path, LISTING)), prefix)
    except (OSError, ValueError) as error:
        raise SubmissionError(_closed(path.name, error)) from None


def _is_archive(path: Path) -> bool:
    """Return whether a file is to be opened as a zip: by its name, or by its first bytes."""
    if path.suffix.lower() == ".zip":
        return True
    with _open(path) as file:
        return file.read(4) == b"PK\x03\x04" and path.suffix.lower() not in _OFFICE


def _unfold(parcel: Parcel, stack: ExitStack) -> None:
    """Open nested zips if nothing else of the submission could be read."""
    if any(is_notebook(name) or name.endswith(_LOOSE) for name in parcel.names):
        return
    for name in [name for name in parcel.names if name.lower().endswith(".zip")]:
        data = parcel.read(name, TOTAL)
        parcel.drop(name)
        if data is None:
            continue
        last = name.rpartition("/")[2]
        try:
            inner = stack.enter_context(_listed(_GuardedBytes(data), last, LISTING))
            _add_zip(parcel, inner, f"{last}/")
        except SubmissionError as error:
            parcel.note(str(error))


def _add_folder(parcel: Parcel, root: Path, start: str) -> None:
    todo = [(start, root)]
    left = ENTRIES
    while todo:
        prefix, folder = todo.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(islice(entries, left + 1), key=lambda entry: entry.name)
        except OSError as error:
            if folder == root:
                raise
            parcel.note(f"The folder {shown(prefix)} cannot be read ({error.strerror}).")
            continue
        left -= len(found)
        if left < 0:
            raise SubmissionError(_too_many())
        for entry in found:
            name = prefix + entry.name
            if entry.is_symlink():
                parcel.pass_over(name, "no link is followed")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in LEFT_OUT and name.count("/") < DEPTH:
                    todo.append((f"{name}/", Path(entry.path)))
            elif entry.is_file(follow_symlinks=False):
                parcel.add(name, partial(_open, Path(entry.path)))


def _open(path: Path) -> BinaryIO:
    """Open a file, unless a link or a pipe has taken its place since it was listed."""
    flags = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    return os.fdopen(os.open(path, sum(getattr(os, flag, 0) for flag in flags)), "rb")


class _Guarded(io.FileIO):
    """Limits the one read whose length the zip itself decides: its list of contents."""

    listing = 0  # the most that it may ask for; 0 is no limit

    def read(self, size: int | None = -1) -> bytes | None:  # type: ignore[override]
        if self.listing and size is not None and size > self.listing:
            raise SubmissionError(_too_many())
        return super().read(size)


class _GuardedBytes(io.BytesIO):
    """The same for a zip that was in a zip."""

    listing = 0

    def read(self, size: int | None = -1) -> bytes:
        if self.listing and size is not None and size > self.listing:
            raise SubmissionError(_too_many())
        return super().read(size)


@contextmanager
def archive(path: Path, listing: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose list of contents is no longer than so many bytes.

    Raises:
        SubmissionError: it is no zip, or its list is longer.
    """
    try:
        file = _Guarded(path)
    except BROKEN as error:
        raise SubmissionError(_closed(path.name, error)) from None
    with _listed(file, path.name, listing) as opened:
        yield opened


@contextmanager
def _listed(file: _Guarded | _GuardedBytes, name: str, listing: int) -> Iterator[zipfile.ZipFile]:
    with file:
        file.listing = listing
        try:
            opened = zipfile.ZipFile(file)
        except BROKEN as error:
            raise SubmissionError(_closed(name, error)) from None
        file.listing = 0
        with opened:
            yield opened


def _add_zip(parcel: Parcel, archive: zipfile.ZipFile, prefix: str) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise SubmissionError(_too_many())
    for entry in entries:
        name = place(name_of(entry))
        if name is None:
            parcel.pass_over(entry.filename, "it points out of the zip, so it was not read")
        elif is_link(entry):
            parcel.pass_over(prefix + name, "no link is followed")
        elif not entry.is_dir() and not LEFT_OUT & set(name.split("/")):
            parcel.add(prefix + name, partial(open_entry, archive, entry))


def name_of(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name, also where macOS wrote UTF-8 without its flag."""
    name = entry.filename
    if not entry.flag_bits & 0x800 and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry would become a symbolic link."""
    return stat.S_ISLNK(entry.external_attr >> 16)


def open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    """Open an entry if its compression method stays small in memory.

    Raises:
        ValueError: it is packed in another way.
    """
    if entry.compress_type not in _PLAIN:
        raise ValueError("it is packed in an unusual way")
    return cast(BinaryIO, archive.open(entry))


def place(name: str) -> str | None:
    """Return the path of an entry in plain parts, or None if it leads out of the zip."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or re.match("[A-Za-z]:", name):
        return None
    return "/".join(parts)


def _closed(name: str, error: Exception) -> str:
    return (
        f"{shown(name)} cannot be opened ({reason(error)}); hand in a folder, or the zip "
        "that confirmlab submit packs."
    )


def _too_many() -> str:
    return f"It holds more than {ENTRIES:,} files; hand in what confirmlab submit packs."
