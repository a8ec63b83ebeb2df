"""The files of one submission; their names and contents are untrusted and bounded."""

import codecs
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from confirmlab.base.errors import SubmissionError

TEXT = 1_000_000  # bytes of a .py, .html, .txt or .json file
NOTEBOOK = 20_000_000  # bytes of a notebook, with its outputs
TOTAL = 100_000_000  # bytes taken out of one submission

# What a broken file or zip makes the standard library raise.
BROKEN = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, IndexError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)
_Opener = Callable[[], BinaryIO]
_BOOKS = (".ipynb", ".ipynb.json", ".ipynb.txt")  # as browsers and mail programs rename notebooks


def is_notebook(name: str) -> bool:
    """Return whether a file is a notebook by its name, whatever a browser added to it."""
    return name.lower().endswith(_BOOKS)


class Parcel:
    """The files of one submission by name, with "/" between the parts; nothing outside of it."""

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._openers: dict[str, _Opener] = {}
        self._passed_over: dict[str, list[str]] = {}
        self._left = TOTAL

    def __len__(self) -> int:
        return len(self._openers)

    def __repr__(self) -> str:
        return f"<Parcel of {len(self)} files>"

    @property
    def problems(self) -> list[str]:
        """Return what was not read, and why."""
        said = [f"{listed(names)}: {why}." for why, names in self._passed_over.items()]
        return said + self._unread

    @property
    def names(self) -> list[str]:
        """Return the files in a fixed order."""
        return sorted(self._openers)

    def add(self, name: str, opener: _Opener) -> None:
        """Add a file; of two with one name the later counts, as in any unpacked zip."""
        if name in self._openers:
            self.pass_over(name, "there twice; the later one counts")
        self._openers[name] = opener

    def drop(self, name: str) -> None:
        """Remove a file, since its contents have replaced it."""
        del self._openers[name]

    def pass_over(self, name: str, reason: str) -> None:
        """Note a name that is not read; names with the same reason share one sentence."""
        self._passed_over.setdefault(reason, []).append(name)

    def note(self, problem: str) -> None:
        """Add a sentence about one file."""
        self._unread.append(problem)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file no larger than `limit`; otherwise note the problem and return None.

        Raises:
            SubmissionError: all files together are too large.
        """
        try:
            # What a zip says about sizes is not believed: one byte more than allowed is asked for.
            with self._openers[name]() as file:
                data = file.read(limit + 1)
        except BROKEN as error:
            self.note(f"{shown(name)} cannot be read ({reason(error)}).")
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

    def notes(self, name: str) -> dict[str, Any]:
        """Return a small JSON object; a missing or broken one is empty."""
        data = self.read(name, TEXT) if name in self._openers else None
        try:
            found = json.loads(data or b"{}")
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def shown(name: str) -> str:
    """Return a stranger's file name, quoted, shortened, with control characters visible."""
    return repr(name if len(name) <= 120 else f"{name[:60]}…{name[-50:]}")


def listed(names: list[str]) -> str:
    """Return the first few of many names, quoted."""
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(shown(name) for name in names[:3]) + more


def reason(error: Exception) -> str:
    """Return the cause of an error in a few plain characters."""
    said = error.strerror if isinstance(error, OSError) else str(error)
    return "".join(filter(str.isprintable, said or "no reason given"))[:150]
