"""The files of one submission; their names and contents are untrusted and bounded."""

import codecs
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from confirmlab.base.errors import SubmissionError

TEXT = 1_000_000  # bytes of a .py, .html, .txt or .json file
NOTEBOOK = 20_000_000  # bytes of a notebook, with its outputs
TOTAL = 100_000_000  # bytes taken out of one submission

# Exceptions that the standard library raises on a broken file or zip.
BROKEN = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, IndexError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)
_Opener = Callable[[], BinaryIO]
# Browsers and mail programs add endings, platforms and browsers number what is there already.
_NOTEBOOK = re.compile(
    r".*\.ipynb(?:-\d{1,4}| ?\(\d{1,4}\))?(?:\.(?:ipynb|json|txt|download))*",
    re.IGNORECASE | re.DOTALL,
)


def is_notebook(name: str) -> bool:
    """Return whether a name is a notebook's, also with an ending or a number added to it."""
    return _NOTEBOOK.fullmatch(name) is not None


class BoundedFiles:
    """The files of one submission by path, opened only when read, with limits on their size."""

    def __init__(self) -> None:
        self._notes: list[str] = []
        self._openers: dict[str, _Opener] = {}
        self._passed_over: dict[str, list[str]] = {}  # reason → names
        self._bytes_left = TOTAL

    def __len__(self) -> int:
        return len(self._openers)

    def __repr__(self) -> str:
        return f"<BoundedFiles of {len(self)} files>"

    @property
    def problems(self) -> list[str]:
        """Return sentences about problems with files, such as those that were not read."""
        passed_over = [f"{listed(names)}: {why}." for why, names in self._passed_over.items()]
        return passed_over + self._notes

    @property
    def names(self) -> list[str]:
        """Return the paths in a fixed order."""
        return sorted(self._openers)

    def add(self, name: str, opener: _Opener) -> None:
        """Add a file; it replaces an earlier one of the same name, as when a zip is unpacked."""
        if name in self._openers:
            self.pass_over(name, "occurs twice; the later one counts")
        self._openers[name] = opener

    def drop(self, name: str) -> None:
        """Remove a file, since its contents have replaced it."""
        del self._openers[name]

    def pass_over(self, name: str, reason: str) -> None:
        """Record that a file is not read; files with the same reason share one sentence."""
        self._passed_over.setdefault(reason, []).append(name)

    def note(self, problem: str) -> None:
        """Add a sentence about one file."""
        self._notes.append(problem)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file no larger than `limit`; otherwise note the problem and return None.

        Raises:
            SubmissionError: all files together are too large.
        """
        try:
            # A zip may lie about sizes, so one byte more than the limit is read.
            with self._openers[name]() as file:
                data = file.read(limit + 1)
        except BROKEN as error:
            self.note(f"{shown(name)} cannot be read ({reason(error)}).")
            return None
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise SubmissionError(
                f"The submission holds more than {TOTAL // 10**6} MB to read; hand in what "
                "%submit makes."
            )
        if len(data) > limit:
            size = f"{limit // 10**6} MB"
            self.note(f"{shown(name)} is larger than {size}, so it was not read.")
            return None
        return data

    def text(self, name: str, limit: int = TEXT) -> str | None:
        """Return a text decoded leniently: one odd character costs no points."""
        data = self.read(name, limit)
        if data is None:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            kind = "UTF-16" if wide else "Latin-1"
            self.note(f"{shown(name)} is not UTF-8 (byte {error.start}); it was read as {kind}.")
            return data.decode(kind, errors="replace")

    def json_object(self, name: str) -> dict[str, Any]:
        """Return the JSON object in a file; {} if the file is missing or broken."""
        data = self.read(name, TEXT) if name in self._openers else None
        try:
            value = json.loads(data or b"{}")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def shown(name: str) -> str:
    """Return a file name quoted and shortened, with control characters written out."""
    return repr(name if len(name) <= 120 else f"{name[:60]}…{name[-50:]}")


def listed(names: list[str]) -> str:
    """Return the first three names, quoted, and how many more there are."""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(shown(name) for name in names[:3]) + more


def reason(error: Exception) -> str:
    """Return the cause of an error, printable and short."""
    text = error.strerror if isinstance(error, OSError) else str(error)
    return "".join(filter(str.isprintable, text or "no reason given"))[:150]
