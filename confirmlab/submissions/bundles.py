"""Unpack a class zip of a learning platform into a temporary folder, and nowhere else."""

import errno
import os
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

from confirmlab.base.errors import SubmissionError
from confirmlab.submissions import archives
from confirmlab.submissions.bounded_files import BROKEN, TOTAL, reason, shown

LISTING = 200_000_000  # bytes of the zip's own list of contents
UNPACKED = 20_000_000_000  # bytes of all files; a class of 4,000 has a tenth of it
_SMALL = 10_000_000  # bytes that any file may unpack to
_DENSEST = 100  # times its packed size; notebooks and programs come to about 10
_LONGEST = 200  # bytes of a part of a name; file systems take 255


def names(path: Path) -> list[str]:
    """Return the names of the files in a zip, as `unpack` will write them.

    Raises:
        SubmissionError: it is no zip.
    """
    with archives.archive(path, LISTING) as archive:
        files = (entry for entry in archive.infolist() if not entry.is_dir())
        return ["/".join(_parts(archives.name_of(entry))) for entry in files]


def unpack(path: Path, target: Path) -> dict[Path, str]:
    """Unpack a zip into a folder that is not there yet; say which files could not be, and why.

    In the place of such a file lies an empty one, so that it is missed by its name.

    Raises:
        SubmissionError: it is no zip, or there is no room for what it holds.
    """
    problems: dict[Path, str] = {}
    left = UNPACKED
    with archives.archive(path, LISTING) as archive:
        for entry in archive.infolist():
            parts = _parts(archives.name_of(entry))
            if not parts or archives.LEFT_OUT & set(parts):
                continue
            place = target.joinpath(*parts)
            try:
                if entry.is_dir():
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                why = _take_out(archive, entry, place)
                left -= place.stat().st_size
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise SubmissionError(_no_room(path)) from None
                why = f"it cannot be written ({reason(error)})"
            if why:
                problems[place] = why
            if left < 0:
                raise SubmissionError(_no_room(path))
    target.mkdir(parents=True, exist_ok=True)
    return problems


def _take_out(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> str:
    """Write one entry, or an empty file and the reason; no name leaves the folder."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "wb") as file:
        if archives.place(entry.filename) is None:
            return "it points out of the zip, so it was not unpacked"
        if archives.is_link(entry):
            return "no link is followed"
        try:
            with archives.open_entry(archive, entry) as packed:
                why = _copy(packed, file, min(TOTAL, max(_SMALL, _DENSEST * entry.compress_size)))
        except BROKEN as error:
            if isinstance(error, OSError) and error.errno:
                raise
            why = f"it cannot be unpacked ({reason(error)})"
        if why:
            file.truncate(0)
        return why


def _copy(packed: BinaryIO, file: BinaryIO, limit: int) -> str:
    # What a zip says about sizes is not believed: what comes out is counted.
    while data := packed.read(1_000_000):
        limit -= len(data)
        if limit < 0:
            return "it unpacks to more than a submission holds"
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


def _no_room(path: Path) -> str:
    free = shutil.disk_usage(path.parent).free // 10**9
    return (
        f"There is no room to unpack {shown(path.name)} (more than {UNPACKED // 10**9} GB, or than "
        f"the {free} GB of the disk); unpack it yourself, and give the folder."
    )
