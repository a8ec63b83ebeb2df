"""Open what one learner hands in, a folder or a zip: nothing unpacked, no link followed."""

import io
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from confirmlab.errors import SubmissionError
from confirmlab.parcel import BROKEN, Parcel, reason, shown

ENTRIES = 20_000  # files and folders
DEPTH = 10  # folders within one another
LISTING = 4_000_000  # bytes of a zip's own list of contents, which is read whole

_LEFT_OUT = {
    *(".git", ".venv", "venv", "site-packages", "node_modules", "__MACOSX"),
    *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", "instance"),
}
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack


@contextmanager
def opened(path: Path) -> Iterator[Parcel]:
    """Open a folder, a zip or a single notebook; nothing is unpacked and no link is followed.

    Raises:
        SubmissionError: it cannot be read at all.
    """
    parcel = Parcel()
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            _add_folder(parcel, path)
        elif not stat.S_ISREG(mode):
            raise SubmissionError(f"{shown(path.name)} is a link or no file; hand in the files.")
        elif path.suffix.lower() == ".ipynb":
            parcel.add(path.name, partial(_open, path))
    except (OSError, ValueError) as error:
        raise SubmissionError(_closed(path, error)) from None
    if stat.S_ISDIR(mode) or path.suffix.lower() == ".ipynb":
        yield parcel
    else:
        with _open_zip(path) as archive:
            _add_zip(parcel, archive)
            yield parcel


def _add_folder(parcel: Parcel, root: Path) -> None:
    todo = [("", root)]
    left = ENTRIES
    while todo:
        prefix, folder = todo.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(islice(entries, left + 1), key=lambda entry: entry.name)
        except OSError as error:
            if not prefix:
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
                if entry.name not in _LEFT_OUT and name.count("/") < DEPTH:
                    todo.append((f"{name}/", Path(entry.path)))
            elif entry.is_file(follow_symlinks=False):
                parcel.add(name, partial(_open, Path(entry.path)))


def _open(path: Path) -> BinaryIO:
    """Open a file, unless a link or a pipe has taken its place since it was listed."""
    flags = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")
    return os.fdopen(os.open(path, sum(getattr(os, flag, 0) for flag in flags)), "rb")


class _Guarded(io.FileIO):
    """Refuse the one read whose length the zip itself decides: its list of contents."""

    listing = True

    def read(self, size: int | None = -1) -> bytes | None:
        if self.listing and size is not None and size > LISTING:
            raise SubmissionError(_too_many())
        return super().read(size)


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_Guarded(path))
            archive = stack.enter_context(zipfile.ZipFile(file))
        except BROKEN as error:
            raise SubmissionError(_closed(path, error)) from None
        file.listing = False
        yield archive


def _add_zip(parcel: Parcel, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise SubmissionError(_too_many())
    for entry in entries:
        name = _place(entry.filename)
        if name is None:
            parcel.pass_over(entry.filename, "it points out of the zip, so it was not read")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            parcel.pass_over(name, "no link is followed")
        elif not entry.is_dir() and not _LEFT_OUT & set(name.split("/")):
            parcel.add(name, partial(_open_entry, archive, entry))


def _open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    if entry.compress_type not in _PLAIN:
        raise ValueError("it is packed in an unusual way")
    return archive.open(entry)


def _place(name: str) -> str | None:
    """Give the name of an entry in plain parts, or None if it leads out of the zip."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or re.match("[A-Za-z]:", name):
        return None
    return "/".join(parts)


def _closed(path: Path, error: Exception) -> str:
    return (
        f"{shown(path.name)} cannot be opened ({reason(error)}); hand in a folder, or the zip "
        "that confirmlab submit packs."
    )


def _too_many() -> str:
    return f"It holds more than {ENTRIES:,} files; hand in what confirmlab submit packs."
