"""JSON for values and exceptions of the learner's app."""

import errno
import linecache
import os
import traceback
from pathlib import Path
from typing import Any

from confirmlab.base.text import clipped
from confirmlab.processes.limits import FILE_SIZE

MAX_TEXT = 600_000  # characters of a body, or of a text; in JSON each may take twelve bytes
MAX_MESSAGE = 300  # characters of an exception's message
MAX_CALLERS = 9  # lines that are named in addition to the one that raised it


def plain(value: Any) -> Any:
    """Return a plain value unchanged; for any other, its type's name and whether it is true.

    For bytes, their text is added.
    """
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is str:
        return value[:MAX_TEXT]
    if type(value) in (list, tuple):
        return [plain(entry) for entry in value[:100]]
    if type(value) is bytes:
        text = value[:MAX_TEXT].decode("ascii", "replace")
        return {"type": "bytes", "true": bool(value), "text": text}
    try:
        return {"type": type(value).__name__, "true": bool(value)}
    except Exception:
        return {"type": type(value).__name__, "true": False}


def error_report(error: BaseException, folder: Path) -> dict[str, Any]:
    """Return an exception's type, its message, and the app's line that it came from.

    `by_way_of` are the lines of the app that called that one, the nearest first.
    """
    if isinstance(error, SyntaxError):
        place = f"{_local(error.filename or '', folder)}, line {error.lineno}"
        return {"type": type(error).__name__, "message": str(error.msg), "where": place}
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        error.strerror = f"more than {FILE_SIZE // 1_000_000} MB were printed, or written"
    lines = str(error).strip().splitlines()
    message = clipped(lines[0] if lines else "", MAX_MESSAGE)
    if isinstance(error, NameError) and _stands_in_class(error):
        message += (
            f"; it stands in the class, where methods see it as self.{error.name} only: "
            "move that line into the method, or to the top of the file"
        )
    where, *by_way_of = _places(error, folder) or [""]
    report = {"type": type(error).__name__, "message": message, "where": where}
    return report | {"by_way_of": by_way_of[:MAX_CALLERS]}


def _stands_in_class(error: NameError) -> bool:
    """Return whether the missing name is an attribute of the class whose method used it."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    owner = frame.f_globals.get(frame.f_code.co_qualname.partition(".")[0])
    return isinstance(owner, type) and error.name in vars(owner)


def _places(error: BaseException, folder: Path) -> list[str]:
    """List the app's lines that the exception came through, the innermost first."""
    inside = f"{folder}{os.sep}"
    for shown in (error.__cause__ or error, error):
        frames = reversed(list(traceback.walk_tb(shown.__traceback__)))
        named = [(frame.f_code.co_filename, number) for frame, number in frames]
        if places := [_place(*frame, folder) for frame in named if frame[0].startswith(inside)]:
            return places
    return []


def _place(name: str, number: int, folder: Path) -> str:
    line = linecache.getline(name, number).strip()
    return f"{_local(name, folder)}, line {number}: {line[:MAX_MESSAGE]}"


def _local(name: str, folder: Path) -> str:
    path = Path(name)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else name
