"""The app's database, as the trusted side reads and writes it."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from confirmlab.checks.app.app_errors import AppError


class Database:
    """The app's SQLite file, read and written without the app."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY", "trusted_schema=OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.set_progress_handler(self._tick, 100_000)
        self._deadline = 0.0
        self._aside = ""  # the table whose rows are put aside
        self._columns: dict[str, dict[str, tuple[str, bool]]] = {}  # by table, until `clear`

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        self._deadline = time.monotonic() + 5
        try:
            return self._connection.execute(query, values).fetchmany(10_000)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise AppError({"type": type(error).__name__, "message": _sentence(error)}) from None

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Insert a row and return its rowid; columns that need a value get "" or 0 by default."""
        columns = self.columns(table)
        given = {name: value for name, value in values.items() if name in columns}
        for name, (kind, needed) in columns.items():
            if needed and name not in given:
                given[name] = "" if any(word in kind for word in ("CHAR", "TEXT")) else 0
        names, marks = ", ".join(map(_quoted, given)), ", ".join("?" * len(given))
        query = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks}) RETURNING rowid"
        return int(self.ask(query, *given.values())[0][0])

    def highest_number(self, table: str) -> int:
        """Return the highest rowid that a row of the table has, or has had; 0 if there was none."""
        query = f"SELECT max(rowid) FROM {_quoted(table)}"
        if not self.columns("sqlite_sequence"):
            return self.ask(query)[0][0] or 0
        query += " UNION ALL SELECT seq FROM sqlite_sequence WHERE name = ?"
        return max(number or 0 for (number,) in self.ask(query, table))

    def columns(self, table: str) -> dict[str, tuple[str, bool]]:
        """Return each column of a table by name: its type, and whether an INSERT must set it."""
        if not self._columns.get(table):
            rows = self.ask(f"PRAGMA table_info({_quoted(table)})")
            self._columns[table] = {
                str(name): (str(kind).upper(), bool(filled and default is None and not key))
                for _, name, kind, filled, default, key in rows
            }
        return self._columns[table]

    def clear(self, members: Sequence[int] = ()) -> None:
        """Delete all rows of all tables, except those of some members."""
        self._columns.clear()
        tables = self.ask("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in tables:
            if name not in ("alembic_version",) and not str(name).startswith("sqlite_"):
                kept = f" WHERE id NOT IN ({', '.join(map(str, members))})" if members else ""
                self.ask(f"DELETE FROM {_quoted(str(name))}{kept if name == 'user' else ''}")

    def put_aside(self, table: str, but: int) -> None:
        """Remove all rows of a table but one, until `bring_back`."""
        name = _quoted(table)
        self.ask(f"CREATE TEMP TABLE aside AS SELECT * FROM {name} WHERE id != ?", but)
        self._aside = name
        self.ask(f"DELETE FROM {name} WHERE id != ?", but)

    def bring_back(self) -> None:
        """Insert the rows again that were put aside, except those whose number is taken."""
        if self._aside:
            self.ask(f"INSERT OR IGNORE INTO {self._aside} SELECT * FROM aside")
            self.ask("DROP TABLE aside")
            self._aside = ""

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _tick(self) -> bool:
        return time.monotonic() > self._deadline


def _sentence(error: Exception) -> str:
    if "locked" in str(error):
        return "the database stays locked: is a change begun and never committed?"
    if "interrupted" in str(error):
        return "the database did not answer in time"
    return str(error)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
