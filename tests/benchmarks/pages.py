"""What a page costs: its queries, and its time in the middle of some rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import set_script_prefix

from tasks import tenancy

ROUNDS = 5
PIECES = 2
"""Of an export: the head and the first rows. The others cost as much as the first."""


@dataclass(frozen=True, slots=True)
class Measured:
    queries: int
    milliseconds: float
    kilobytes: float
    slowest: str = ""
    """The statement that took longest."""
    slowest_milliseconds: float = 0.0


@dataclass(slots=True)
class Statements:
    """Those that are sent while it wraps them."""

    number: int = 0
    slowest: tuple[float, str] = field(default=(0.0, ""))

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        self.number += 1
        began = time.perf_counter()
        try:
            return execute(sql, *arguments)
        finally:
            self.slowest = max(self.slowest, ((time.perf_counter() - began) * 1000, sql))


def measured(client: Client, url: str) -> Measured | None:
    """None when this is no page: it leads elsewhere, is forbidden, or takes no GET."""
    size = _get(client, url)
    if size is None:
        return None
    statements = Statements()
    with connection.execute_wrapper(statements):
        _get(client, url)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        _get(client, url)
        took.append((time.perf_counter() - began) * 1000)
    milliseconds, sql = statements.slowest
    return Measured(statements.number, statistics.median(took), size / 1024, sql, milliseconds)


def _get(client: Client, url: str) -> int | None:
    """How many bytes come; None when it is no page."""
    set_script_prefix("/")
    try:
        answer = client.get(url)
        # Closed as a web server does when the browser goes: an export would otherwise leave its
        # seller whenever it is collected.
        with closing(answer):
            if answer.status_code != 200:
                return None
            return sum(map(len, islice(_pieces(answer), PIECES)))
    finally:
        set_script_prefix("/")
        tenancy.leave()


def _pieces(answer: Any) -> Iterator[bytes]:
    return iter(answer.streaming_content) if answer.streaming else iter([answer.content])
