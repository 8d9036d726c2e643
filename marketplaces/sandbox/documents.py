"""The marketplaces' objects as JSON documents that remember when each version was written.

A marketplace's reads often come from a replica that is seconds behind its writes. Here every
version is kept with its time, so a read can be answered "as of then" while writes, and the rules
that guard them, see the present.
"""

import json
import sqlite3
import time
from collections.abc import Iterable
from typing import Any

from marketplaces.sandbox.store import Store

Json = dict[str, Any]

_AS_OF = """
SELECT body FROM versions WHERE version IN (
    SELECT MAX(version) FROM versions
    WHERE kind = ? AND seller = ? AND written_at <= ? GROUP BY key)
AND body IS NOT NULL
"""


class Documents:
    """Documents by kind, seller and key; `parent` is a second way to find them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, kind: str, seller: str, key: str, *, as_of: float | None = None) -> Json | None:
        if as_of is None:
            sql = "SELECT body FROM documents WHERE kind = ? AND seller = ? AND key = ?"
            rows = self._store.rows(sql, (kind, seller, key))
        else:
            sql = _AS_OF.replace("GROUP BY", "AND key = ? GROUP BY")
            rows = self._store.rows(sql, (kind, seller, as_of, key))
        return next(iter(_bodies(rows)), None)

    def all_of(
        self, kind: str, seller: str, *, parent: str | None = None, as_of: float | None = None
    ) -> list[Json]:
        """A seller's documents in the order of their keys."""
        values: list[str | float] = [kind, seller]
        sql = "SELECT body FROM documents WHERE kind = ? AND seller = ?"
        if as_of is not None:
            sql, values = _AS_OF, [*values, as_of]
        if parent is not None:
            sql, values = f"{sql} AND parent = ?", [*values, parent]
        return _bodies(self._store.rows(f"{sql} ORDER BY key", values))

    def everywhere(
        self, kind: str, *, key: str | None = None, parent: str | None = None
    ) -> list[tuple[str, Json]]:
        """Pairs of seller and document, whoever owns it."""
        sql = "SELECT seller, body FROM documents WHERE kind = ?"
        values = [kind]
        if key is not None:
            sql, values = f"{sql} AND key = ?", [*values, key]
        if parent is not None:
            sql, values = f"{sql} AND parent = ?", [*values, parent]
        rows = self._store.rows(f"{sql} ORDER BY seller, key", values)
        return [(row["seller"], json.loads(row["body"])) for row in rows]

    def put(self, kind: str, seller: str, key: str, body: Json, *, parent: str = "") -> bool:
        """Store the document; False when it was there already, exactly so."""
        if self.get(kind, seller, key) == body:
            return False
        text = json.dumps(body)
        self._store.run(
            "INSERT INTO documents (kind, seller, key, parent, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, seller, key)"
            " DO UPDATE SET parent = excluded.parent, body = excluded.body",
            (kind, seller, key, parent, text),
        )
        self._remember(kind, seller, key, parent, text)
        return True

    def last_version(self) -> int:
        """A number that grows with every change of any document."""
        rows = self._store.rows("SELECT MAX(version) AS latest FROM versions")
        return rows[0]["latest"] or 0

    def remove(self, kind: str, seller: str, key: str) -> bool:
        rows = self._store.rows(
            "DELETE FROM documents WHERE kind = ? AND seller = ? AND key = ? RETURNING parent",
            (kind, seller, key),
        )
        for row in rows:
            self._remember(kind, seller, key, row["parent"], None)
        return bool(rows)

    def _remember(self, kind: str, seller: str, key: str, parent: str, text: str | None) -> None:
        self._store.run(
            "INSERT INTO versions (kind, seller, key, parent, body, written_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (kind, seller, key, parent, text, time.time()),
        )


def _bodies(rows: Iterable[sqlite3.Row]) -> list[Json]:
    return [json.loads(row["body"]) for row in rows]
