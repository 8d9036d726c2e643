"""Benchmarks run on committed data, each in a database of its own, and print ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connection

from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from tasks import requests, tenancy
from tasks.dispatch import claims, lanes
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.acceptance.conftest import Database, database, workers
from tests.benchmarks.bare import BARE

__all__ = ["database", "workers"]


@dataclass
class Shop:
    """A toy account in a tenant, and jobs that do nothing."""

    account: Account
    turn: Turn

    def products(self, number: int) -> list[Product]:
        return Product.objects.bulk_create(
            Product(sku=f"B{n}", title=f"Product {n}") for n in range(number)
        )

    def request(self, jobs: int, steps: int) -> None:
        requests.start_batch(
            self.account, "count", self.products(jobs), name="Bench", payload={"steps": steps}
        )

    def claim(self) -> MarketplaceJob:
        job = claims.claim(self.turn, lease_seconds=60)
        assert job is not None
        return job

    def drain(self) -> None:
        orchestrator = TaskOrchestrator()
        while (job := claims.claim(self.turn, lease_seconds=60)) is not None:
            orchestrator.execute_job_with_tasks(job)


@pytest.fixture
def shop(database: Database) -> Iterator[Shop]:
    with tenancy.inside(Tenant.objects.get(schema_name="t1")):
        account = Account.objects.create(marketplace="toy", name="Bench")
        lanes.ensure(account.pk, marketplace="toy", name="Bench", concurrency=2)
        lane = Lane.objects.get(account_id=account.pk, schema_name="t1")
        yield Shop(account, Turn(lane.pk, "t1", account.pk))


def bare_move(cursor: psycopg.Cursor, task: int) -> None:
    """The least that a move can be: one UPDATE of two tasks, one commit."""
    cursor.execute(BARE, [task, task, task, task + 1], prepare=True)


def raw_cursor() -> psycopg.Cursor:
    """psycopg without Django, on the same connection and schema; each statement commits."""
    with connection.cursor():
        return psycopg.Cursor(connection.connection)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ratio(work: list[float], baseline: list[float]) -> float:
    """The median of the rounds' ratios: what slows the machine slows both of a round."""
    return statistics.median(mine / base for mine, base in zip(work, baseline, strict=True))


def report(what: str, measured: str, ratio: float | None = None, aim: str = "") -> None:
    """One line of the benchmark's result."""
    shown = "" if ratio is None else f"  ratio {ratio:5.2f}"
    print(f"\n  {what:<46} {measured:<34}{shown}  {aim}", end="", flush=True)  # noqa: T201
