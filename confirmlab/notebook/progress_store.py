"""The learner's progress, stored as a JSON file beside the app."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Any

from confirmlab.base import files
from confirmlab.base.errors import WorkspaceError

_WAIT_SECONDS = 5  # for another kernel; a fill takes some milliseconds
_EMPTY: dict[str, dict[str, Any]] = {
    "filled": {},  # blank id -> the text that the kit wrote last
    "covered": {},  # blank id -> the learner's own text while the reference is used
    "passed": {},  # blank id -> the text that passed its check
    "failed": {},  # blank id -> the text that last failed its check
    "hints": {},  # blank id -> how many hints were shown since the last reset
    "solutions": {},  # blank id -> "after success" or "on request"
    "attempts": {},  # blank id -> how many different texts were checked up to the first pass
    "first": {},  # blank id -> when its check passed for the first time
    "read": {},  # blank id -> the most hints that were ever shown; a reset keeps it
    "opened": {},  # number of a lesson -> when it was opened last
    "before": {},  # number of a lesson -> own texts from before it, of the blanks that it refills
    "way": {},  # "short" -> whether the lesson that was opened last is on the short way
    "good": {},  # blank id -> the learner's own text that last passed its check
    "attacks": {},  # name of an attack -> whether it got in when it was first run
}


class ProgressStore:
    """The stored progress of one workspace.

    It is a JSON file, not shelve or sqlite3: the file is handed in, and graders read it on other
    machines and with other versions of the kit. With all exercises done it has 45 kB. Reading it
    took 0.3 ms and changing it 3 ms; sqlite3 took 0.6 ms and 15 ms, and shelve wrote in 2 ms a
    format that depends on the machine.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notice = ""
        self._depth = 0  # of nested alone()

    def __repr__(self) -> str:
        return f"<ProgressStore {self.path.name}>"

    def read(self) -> dict[str, dict[str, Any]]:
        """Return what is stored; a missing file counts as empty, a damaged one is moved aside.

        Raises:
            WorkspaceError: the file cannot be read, or it is damaged and cannot be moved.
        """
        record = {kind: dict(entries) for kind, entries in _EMPTY.items()}
        stored = self._stored()
        for kind in record:
            if isinstance(stored.get(kind), dict):
                record[kind].update(stored[kind])
        return record

    @contextmanager
    def change(self) -> Iterator[dict[str, dict[str, Any]]]:
        """Yield what is stored, and write it back with the changes made to it."""
        with self.alone():
            record = self.read()
            yield record
            files.write(self.path, json.dumps(record, indent=1, sort_keys=True) + "\n")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make other kernels on this workspace wait with their changes; it can be nested.

        Without it, two notebooks that run at once could each undo what the other one stored.
        """
        descriptor = None if self._depth else _locked(self.path.parent)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if descriptor is not None:
                os.close(descriptor)

    def take_notice(self) -> str:
        """Return the sentence about a damaged file, once; without one, an empty text."""
        notice, self._notice = self._notice, ""
        return notice

    def _stored(self) -> dict[str, Any]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise WorkspaceError(files.failure_sentence("read", self.path, error)) from None
        try:
            stored = json.loads(content.decode())
        except (ValueError, RecursionError):
            stored = None
        if isinstance(stored, dict):
            return stored
        self._move_damaged()
        return {}

    def _move_damaged(self) -> None:
        """Move the damaged file to a free name: the next change would overwrite it."""
        names = chain(["record.damaged"], (f"record.damaged-{number}" for number in count(2)))
        places = (self.path.with_name(f"{name}.json") for name in names)
        kept = next(place for place in places if not place.exists())
        try:
            self.path.rename(kept)
        except OSError as error:
            raise WorkspaceError(files.failure_sentence("move", self.path, error)) from None
        self._notice = (
            f"Your progress in {files.display_path(self.path)!r} could not be read, so it is empty "
            f"now; the damaged file is kept as {files.display_path(kept)!r}: to get your progress "
            f"back, fix it (a merge may have left marks in it) and rename it to {self.path.name!r}."
        )


def _locked(folder: Path) -> int | None:
    """Lock a folder and return its descriptor; None if that is not possible here or in time."""
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # on Windows, or the folder is not there yet
        return None
    end = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < end:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            time.sleep(0.01)
        except OSError:  # some network file systems have no locks
            break
    os.close(descriptor)
    return None
