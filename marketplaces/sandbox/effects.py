"""The book of real changes: by route, and by route and subject (a SKU, an image's checksum).

It is written in the transaction of the change itself, so a kill can't separate the two.
"""

import time

from marketplaces.sandbox.reports import SubjectEffects
from marketplaces.sandbox.store import Store


class Effects:
    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, route: str, *, seller: str, subject: str) -> None:
        self._store.run(
            "INSERT INTO effects (route, seller, subject, count) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (route, seller, subject) DO UPDATE SET count = count + 1",
            (route, seller, subject),
        )

    def by_route(self) -> dict[str, int]:
        sql = "SELECT route, SUM(count) AS total FROM effects GROUP BY route ORDER BY route"
        return {row["route"]: row["total"] for row in self._store.rows(sql)}

    def by_subject(self) -> list[SubjectEffects]:
        sql = "SELECT route, seller, subject, count FROM effects ORDER BY route, seller, subject"
        return [
            SubjectEffects(
                route=row["route"],
                seller=row["seller"],
                subject=row["subject"],
                count=row["count"],
            )
            for row in self._store.rows(sql)
        ]

    def add_violation(self, text: str) -> None:
        """Note what must never happen; a verdict asks that there is none."""
        self._store.run("INSERT INTO violations (time, text) VALUES (?, ?)", (time.time(), text))

    def violations(self) -> list[str]:
        return [row["text"] for row in self._store.rows("SELECT text FROM violations ORDER BY id")]
