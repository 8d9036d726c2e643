"""What the plugin knows of its last commands, in a file: written before anything is done by it.

An entry that was begun and has no result when the file is opened belongs to a plugin that died: it
is unknown what came of it.
"""

import json
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = 200
"""How many ids are remembered."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    result TEXT, body BLOB, received INTEGER NOT NULL DEFAULT 0);
"""

_STOPPED = {
    "outcome": "unknown",
    "reason": "browser",
    "detail": "The plugin was stopped while the request was under way.",
}

Json = dict[str, Any]


class JournalError(Exception):
    """The file can't be used. One that another plugin has is locked: a memory has one browser."""


@dataclass(frozen=True)
class Entry:
    id: str
    result: Json | None
    """The result's message without type, id, parts and kept; None = begun, not ended."""
    body: bytes
    received: bool
    """Whether the server has stored it; the body is forgotten then."""


class Journal:
    """One browser's. Every change is on the disk when the call returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        self._file.row_factory = sqlite3.Row
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._file.close()
            raise JournalError(f"{path} can't be this browser's memory: {error}.") from error

    def _open(self) -> None:
        self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute("BEGIN EXCLUSIVE")
        self._file.execute("COMMIT")
        self._file.executescript(_SCHEMA)
        self._file.execute(
            "INSERT INTO facts VALUES ('installation', ?) ON CONFLICT DO NOTHING",
            (str(uuid.uuid4()),),
        )
        self._file.execute(
            "UPDATE commands SET result = ? WHERE result IS NULL", (json.dumps(_STOPPED),)
        )

    @property
    def installation(self) -> str:
        """The browser's own UUID, the same for as long as the file is there."""
        rows = self._file.execute("SELECT value FROM facts WHERE name = 'installation'")
        return str(rows.fetchone()["value"])

    def find(self, command: str) -> Entry | None:
        row = self._file.execute("SELECT * FROM commands WHERE id = ?", (command,)).fetchone()
        return None if row is None else _entry(row)

    def unreceived(self) -> list[Entry]:
        """Results that the server has not acknowledged, the oldest first."""
        rows = self._file.execute(
            "SELECT * FROM commands WHERE result IS NOT NULL AND NOT received ORDER BY number"
        )
        return [_entry(row) for row in rows.fetchall()]

    def begin(self, command: str) -> None:
        """From here on the request may have left. A second time is a bug, and an error."""
        self._file.execute("INSERT INTO commands (id) VALUES (?)", (command,))

    def end(self, command: str, result: Json, body: bytes = b"") -> Entry:
        """What came of it. The first result stands, whatever comes later."""
        text = json.dumps(result)
        ended = self._file.execute(
            "UPDATE commands SET result = ?, body = ? WHERE id = ? AND result IS NULL",
            (text, body, command),
        )
        if not ended.rowcount:
            self._file.execute(
                "INSERT INTO commands (id, result, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (command, text, body),
            )
        self._forget_oldest()
        found = self.find(command)
        if found is None:
            raise LookupError(f"command {command} was forgotten at once")
        return found

    def receive(self, command: str) -> None:
        """The server has the result: outcome and status stay, the body goes."""
        self._file.execute(
            "UPDATE commands SET received = 1, body = NULL WHERE id = ? AND result IS NOT NULL",
            (command,),
        )

    def close(self) -> None:
        self._file.close()

    def _forget_oldest(self) -> None:
        self._file.execute(
            "DELETE FROM commands WHERE received AND number NOT IN"
            " (SELECT number FROM commands ORDER BY number DESC LIMIT ?)",
            (KEPT,),
        )


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        result=None if row["result"] is None else json.loads(row["result"]),
        body=row["body"] or b"",
        received=bool(row["received"]),
    )
