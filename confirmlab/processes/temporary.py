"""Temporary folders for child processes."""

import os
import shutil
import tempfile
from pathlib import Path

from confirmlab.base import files
from confirmlab.base.errors import WorkspaceError


def make() -> str:
    """Create a temporary folder for one child's output and files, and return its path."""
    place = usual()
    try:
        home = tempfile.mkdtemp(prefix="confirmlab-")
        os.mkdir(os.path.join(home, "tmp"))
        if not files.is_full(Path(home)):
            return home
        shutil.rmtree(home, ignore_errors=True)
    except OSError as error:
        raise no_room(place, error) from None
    raise no_room(place)


def no_room(folder: str, error: OSError | None = None) -> WorkspaceError:
    """Return the error for an unwritable temporary folder; without `error`, for a full disk."""
    if error and error.errno not in files.FULL:
        return WorkspaceError(
            f"The folder for temporary files {folder!r} cannot be written to "
            f"({error.strerror}); set TMPDIR to a folder of yours, then restart the kernel."
        )
    return WorkspaceError(
        f"The disk that holds temporary files, {folder!r}, is full; "
        "delete what you do not need there and run the cell again."
    )


def usual() -> str:
    """Return the system's folder for temporary files.

    Raises:
        WorkspaceError: there is none.
    """
    try:
        return tempfile.gettempdir()
    except OSError:
        raise WorkspaceError(
            "No folder for temporary files can be written to; "
            "set TMPDIR to a folder of yours, then restart the kernel."
        ) from None
