"""Read text files, and write them atomically; errors are one sentence for the learner."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from confirmlab.base.errors import KitError, WorkspaceError

# On Windows a virus scanner may lock a file that was just written, for less than a second.
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def read(path: Path) -> str:
    """Return the text of a file with its line ends unchanged."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        raise WorkspaceError(
            f"The file {display_path(path)!r} is missing; run the %lesson cell at the top "
            "to restore it."
        ) from None
    except UnicodeDecodeError as error:
        raise WorkspaceError(
            f"The file {display_path(path)!r} is not UTF-8 (byte {error.start}); save it as UTF-8."
        ) from None
    except OSError as error:
        raise WorkspaceError(failure_sentence("read", path, error)) from None


def read_utf8(path: Path, error_type: type[KitError], way_out: str, encoding: str = "utf-8") -> str:
    """Return the text of a file that the kit never writes, such as course.toml.

    Raises:
        KitError: of `error_type`; the file cannot be read, for which `way_out` says what to do, or
            it has another encoding.
    """
    try:
        return path.read_text(encoding=encoding)
    except UnicodeDecodeError as error:
        raise error_type(
            f"{path.name!r} is not UTF-8 (byte {error.start}); save it as UTF-8."
        ) from None
    except OSError as error:
        raise error_type(f"Could not read {path.name!r} ({error.strerror}); {way_out}.") from None


def write(path: Path, text: str) -> None:
    """Replace a text file atomically: readers see the old text or the new, never a part."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file atomically: readers see the old content or the new, never a part."""
    try:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError("it is read-only")
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            Path(temporary).write_bytes(content)
            if path.exists():
                os.chmod(temporary, path.stat().st_mode & 0o777)
    except OSError as error:
        raise WorkspaceError(failure_sentence("write", path, error)) from None


def copy(source: Path, target: Path) -> None:
    """Copy the content of a file, atomically."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise WorkspaceError(failure_sentence("read", source, error)) from None
    write_bytes(target, content)


@contextmanager
def replacing_text(path: Path, encoding: str = "utf-8") -> Iterator[TextIO]:
    """Yield an open text file that replaces `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, open(temporary, "w", encoding=encoding, newline="") as file:
        yield file


@contextmanager
def replacing(path: Path) -> Iterator[str]:
    """Yield the name of a temporary file that replaces `path` when the block succeeds."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    os.close(descriptor)
    try:
        yield temporary
        _replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _replace(temporary: str, path: Path) -> None:
    for pause in _PAUSES:
        try:
            return os.replace(temporary, path)
        except PermissionError:
            time.sleep(pause)
    os.replace(temporary, path)


def is_full(folder: Path) -> bool:
    """Return whether the disk that holds a folder is full."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(65536))
    except OSError as error:
        return error.errno in FULL
    return False


def display_path(path: Path) -> str:
    """Return a path for messages: from my_app on, or else the file name."""
    for parent in path.parents:
        if parent.name == "my_app":
            return path.relative_to(parent.parent).as_posix()
    return path.name


def failure_sentence(verb: str, path: Path, error: OSError) -> str:
    """Return the sentence for a file that could not be read, written or moved."""
    if error.errno in FULL:
        return (
            f"The disk that holds {display_path(path)!r} is full, so this file is as it was; "
            "delete what you do not need there and run the cell again."
        )
    reason = error.strerror or str(error)
    way_out = "solve this problem"
    if isinstance(error, PermissionError):
        way_out = "change its permissions"
        if not os.path.exists(path):
            way_out = "move the kit to a folder that you may write to"
    return (
        f"Could not {verb} {display_path(path)!r} ({reason}), so nothing was changed; "
        f"{way_out} and run the cell again."
    )
