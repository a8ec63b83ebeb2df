"""Store beside the learner's app what was filled, passed, hinted and shown."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confirmlab.base.files import write

_EMPTY: dict[str, dict[str, Any]] = {
    "filled": {},  # blank id -> the text that the kit wrote last
    "covered": {},  # blank id -> the learner's own text, set aside for the reference
    "passed": {},  # blank id -> the text with which its check passed
    "failed": {},  # blank id -> the text with which its check failed last
    "hints": {},  # blank id -> how many hints were read
    "solutions": {},  # blank id -> "after success" or "on request"
    "first": {},  # blank id -> when its check passed for the first time
    "read": {},  # blank id -> the most hints that were ever read, also before starting over
    "opened": {},  # number of a lesson -> when it was opened last
    "before": {},  # number of a lesson -> the blanks it fills anew, as they were when it began
    "way": {},  # "short" -> whether the lesson that was opened last is on the short way
    "good": {},  # blank id -> the text of the learner's own with which its check last passed
    "attacks": {},  # name of an attack -> whether it got in the first time
}


class ProgressStore:
    """The stored progress of one workspace, in a JSON file.

    Neither shelve nor sqlite3: the file is handed in, and graders read it on other machines and
    with other versions of the kit.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"<ProgressStore {self.path.name}>"

    def read(self) -> dict[str, dict[str, Any]]:
        """Return everything stored; a missing or damaged file counts as empty."""
        notes = {kind: dict(entries) for kind, entries in _EMPTY.items()}
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return notes
        for kind in notes:
            if isinstance(stored, dict) and isinstance(stored.get(kind), dict):
                notes[kind].update(stored[kind])
        return notes

    @contextmanager
    def change(self) -> Iterator[dict[str, dict[str, Any]]]:
        """Yield what is stored, to be changed, and write it back."""
        notes = self.read()
        yield notes
        write(self.path, json.dumps(notes, indent=1, sort_keys=True) + "\n")
