"""Unpack the zip of a whole class into a folder; no file is written outside of it."""

import errno
import os
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

from confirmlab.base.errors import SubmissionError
from confirmlab.submissions import archives
from confirmlab.submissions.bounded_files import BROKEN, TOTAL, reason, shown

LISTING = 200_000_000  # bytes of the zip's directory
UNPACKED = 20_000_000_000  # bytes of all files; a class of 4,000 needs a tenth of it
_ALWAYS_ALLOWED = 10_000_000  # bytes that any file may unpack to
_MOST_RATIO = 100  # unpacked to packed size; notebooks and programs have about 10
_LONGEST = 200  # bytes of a part of a path; file systems allow 255


def names(path: Path) -> list[str]:
    """Return the names of the files in a zip, as `unpack` will write them.

    Raises:
        SubmissionError: it is not a zip.
    """
    with archives.open_zip(path, LISTING) as archive:
        files = (entry for entry in archive.infolist() if not entry.is_dir())
        return ["/".join(_parts(archives.entry_name(entry))) for entry in files]


def unpack(path: Path, target: Path) -> dict[Path, str]:
    """Unpack a zip into a new folder; return why files could not be unpacked, by path.

    An empty file replaces each of these, so that it still counts as handed in.

    Raises:
        SubmissionError: it is not a zip, or there is not enough room on the disk.
    """
    problems: dict[Path, str] = {}
    left = UNPACKED
    with archives.open_zip(path, LISTING) as archive:
        for entry in archive.infolist():
            parts = _parts(archives.entry_name(entry))
            if not parts or archives.LEFT_OUT & set(parts):
                continue
            place = target.joinpath(*parts)
            try:
                if entry.is_dir():
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                why = _extract(archive, entry, place)
                left -= place.stat().st_size
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise SubmissionError(_no_room(path, target)) from None
                why = f"it cannot be written ({reason(error)})"
            if why:
                problems[place] = why
            if left < 0:
                raise SubmissionError(_no_room(path, target))
    target.mkdir(parents=True, exist_ok=True)
    return problems


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> str:
    """Write one entry to `place`; if that fails, leave an empty file and return the reason."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "wb") as file:
        if archives.safe_path(entry.filename) is None:
            return "its path leads out of the zip, so it was not unpacked"
        if archives.is_link(entry):
            return "links are not followed"
        try:
            with archives.open_entry(archive, entry) as packed:
                why = _copy(
                    packed,
                    file,
                    min(TOTAL, max(_ALWAYS_ALLOWED, _MOST_RATIO * entry.compress_size)),
                )
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno:
                raise
            why = f"it cannot be unpacked ({reason(error)})"
        if why:
            file.truncate(0)
        return why


def _copy(packed: BinaryIO, file: BinaryIO, limit: int) -> str:
    # A zip may lie about sizes, so the unpacked bytes are counted.
    while data := packed.read(1_000_000):
        limit -= len(data)
        if limit < 0:
            return "it is larger than a submission may be"
        file.write(data)
    return ""


def _parts(name: str) -> list[str]:
    parts = name.replace("\\", "/").replace("\0", "").split("/")
    return [_short(part) for part in parts if part not in ("", ".", "..")]


def _short(part: str) -> str:
    while len(os.fsencode(part)) > _LONGEST:
        middle = len(part) // 2
        part = part[: middle - 1] + part[middle + 1 :]
    return part


def _no_room(path: Path, target: Path) -> str:
    free = shutil.disk_usage(target.parent).free // 10**9
    return (
        f"There is no room to unpack {shown(path.name)}: it holds more than {UNPACKED // 10**9} "
        f"GB, or than fits into the folder for temporary files ({free} GB free); unpack it "
        "yourself, and give the folder."
    )
