"""The log of API requests. Neither headers nor bodies are kept, so no secret can be in it."""

import time
from collections.abc import Mapping
from urllib.parse import urlencode

from marketplaces.sandbox.reports import RequestReport
from marketplaces.sandbox.store import Store

SHOWN_QUERY = (
    "sku",
    "marketplace_id",
    "format",
    "state",
    "listing_ids",
    "includes",
    "min_last_modified",
    "limit",
    "offset",
    "page",
    "per_page",
    "order",
)
"""Of the query only these are kept: a client's mistake may put a token into the address."""


class RequestLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    def arrived(self, *, method: str, template: str, path: str, query: Mapping[str, str]) -> int:
        # The addresses of consent pages have a `state` too, which is nobody's business.
        names = () if "oauth" in template else SHOWN_QUERY
        shown = urlencode([(name, query[name]) for name in names if name in query])
        cursor = self._store.run(
            "INSERT INTO requests (time, method, template, path) VALUES (?, ?, ?, ?)",
            (time.time(), method, template, f"{path}?{shown}" if shown else path),
        )
        return int(cursor.lastrowid or 0)

    def handled(self, request: int, *, effect: bool, seller: str, subject: str) -> None:
        self._store.run(
            "UPDATE requests SET effect = ?, seller = ?, subject = ? WHERE id = ?",
            (int(effect), seller, subject, request),
        )

    def spoilt(self, request: int, fault: str) -> None:
        self._store.run("UPDATE requests SET fault = ? WHERE id = ?", (fault, request))

    def answered(self, request: int, status: int) -> None:
        self._store.run("UPDATE requests SET status = ? WHERE id = ?", (status, request))

    def since(self, last_seen: int) -> list[RequestReport]:
        """Those that arrived after the one with this id; 0 = all."""
        rows = self._store.rows("SELECT * FROM requests WHERE id > ? ORDER BY id", (last_seen,))
        return [
            RequestReport(
                id=row["id"],
                time=row["time"],
                method=row["method"],
                template=row["template"],
                path=row["path"],
                status=row["status"],
                effect=bool(row["effect"]),
                seller=row["seller"],
                subject=row["subject"],
                fault=row["fault"],
            )
            for row in rows
        ]
