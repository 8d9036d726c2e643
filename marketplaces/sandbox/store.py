"""The sandbox's memory: one SQLite file that outlives a `kill -9` of the process.

All access is from the event loop's thread, so a transaction is never interleaved with another.
WAL with `synchronous=NORMAL` keeps every commit across the death of the process (not of the
machine), which is what the tests need.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, seller TEXT NOT NULL, key TEXT NOT NULL,
    parent TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, seller, key));
CREATE INDEX IF NOT EXISTS documents_by_parent ON documents (kind, parent);
CREATE INDEX IF NOT EXISTS documents_by_key ON documents (kind, key);
CREATE TABLE IF NOT EXISTS versions (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, seller TEXT NOT NULL, key TEXT NOT NULL,
    parent TEXT NOT NULL, body TEXT, written_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS versions_by_key ON versions (kind, seller, key, version);
CREATE TABLE IF NOT EXISTS effects (
    route TEXT NOT NULL, seller TEXT NOT NULL, subject TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (route, seller, subject));
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL,
    method TEXT NOT NULL, template TEXT NOT NULL, path TEXT NOT NULL,
    status INTEGER, effect INTEGER NOT NULL DEFAULT 0,
    seller TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '',
    fault TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS requests_by_time ON requests (seller, time);
CREATE INDEX IF NOT EXISTS requests_of_all_by_time ON requests (time);
CREATE TABLE IF NOT EXISTS violations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

TABLES = ("documents", "versions", "effects", "requests", "violations", "numbers")

Value = str | int | float | None


class Store:
    """A thin door to SQLite: rows, statements, transactions and number series."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[sqlite3.Row]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def next_number(self, name: str, *, start: int) -> int:
        """The next number of a series that never goes back, also after a deletion."""
        row = self._connection.execute(
            "INSERT INTO numbers (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name, start),
        ).fetchone()
        return int(row["value"])

    def clear(self) -> None:
        """Forget everything, in one step."""
        with self.transaction():
            for table in TABLES:
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from above
