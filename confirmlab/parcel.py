"""Look into what one learner hands in, a folder or a zip: names and bytes, within limits."""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from confirmlab.errors import SubmissionError

ENTRIES = 20_000  # files and folders
DEPTH = 10  # folders within one another
LISTING = 4_000_000  # bytes of a zip's own list of contents, which is read whole
TOTAL = 100_000_000  # bytes taken out of one submission

_LEFT_OUT = {
    *(".git", ".venv", "venv", "site-packages", "node_modules", "__MACOSX"),
    *("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", "instance"),
}
_BROKEN = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, IndexError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack
_Opener = Callable[[], BinaryIO]


class Parcel:
    """Give the files of one submission by name, '/' between the parts; nothing outside of it."""

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._openers: dict[str, _Opener] = {}
        self._passed_over: dict[str, list[str]] = {}
        self._left = TOTAL

    def __repr__(self) -> str:
        return f"<Parcel of {len(self._openers)} files>"

    @property
    def problems(self) -> list[str]:
        """Say what was not read, and why."""
        said = [f"{listed(names)}: {why}." for why, names in self._passed_over.items()]
        return said + self._unread

    @property
    def names(self) -> list[str]:
        """List the files in a fixed order."""
        return sorted(self._openers)

    def add(self, name: str, opener: _Opener) -> None:
        """Take a file in; of two with one name the later counts, as in any unpacked zip."""
        if name in self._openers:
            self.pass_over(name, "there twice; the later one counts")
        self._openers[name] = opener

    def pass_over(self, name: str, reason: str) -> None:
        """Note a name that is not read; all with one reason make one sentence."""
        self._passed_over.setdefault(reason, []).append(name)

    def note(self, problem: str) -> None:
        """Add a sentence about one file."""
        self._unread.append(problem)

    def read(self, name: str, limit: int) -> bytes | None:
        """Read a file that is no larger than `limit`; note the problem and give None otherwise.

        Raises:
            SubmissionError: all files together are too large.
        """
        try:
            # What a zip says about sizes is not believed: one byte more than allowed is asked for.
            with self._openers[name]() as file:
                data = file.read(limit + 1)
        except _BROKEN as error:
            self.note(f"{shown(name)} cannot be read ({_reason(error)}).")
            return None
        self._left -= len(data)
        if self._left < 0:
            raise SubmissionError(
                f"It holds more than {TOTAL // 10**6} MB to read; hand in what confirmlab submit "
                "packs."
            )
        if len(data) > limit:
            size = f"{limit // 10**6} MB"
            self.note(f"{shown(name)} is larger than {size}, so it was not read.")
            return None
        return data


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


def shown(name: str) -> str:
    """Quote a name that a stranger chose: short, and line ends and other tricks made visible."""
    return repr(name if len(name) <= 120 else f"{name[:60]}…{name[-50:]}")


def listed(names: list[str]) -> str:
    """Quote the first few of many names."""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(shown(name) for name in names[:3]) + more


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
        except _BROKEN as error:
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
        f"{shown(path.name)} cannot be opened ({_reason(error)}); hand in a folder, or the zip "
        "that confirmlab submit packs."
    )


def _reason(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return "".join(filter(str.isprintable, said or "no reason given"))[:150]


def _too_many() -> str:
    return f"It holds more than {ENTRIES:,} files; hand in what confirmlab submit packs."
