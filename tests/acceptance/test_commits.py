"""A job of N steps costs N + 2 commits, and a move between tasks is one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from tasks import progress, requests, tenancy
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.acceptance.conftest import Database


def commits() -> int:
    """Transactions that this database has committed, this session's own up to now included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def commits_of(works: Iterable[Callable[[], object]]) -> int:
    """What each of them commits, less what the counting itself does.

    The database's own housekeeping may commit meanwhile, which only ever adds: the least counts.
    """
    for _ in range(5):
        # Preparing a statement, once for each connection, counts as a transaction of its own.
        commits()
    counting = min(commits_around(lambda: None) for _ in range(3))
    return min(commits_around(work) for work in works) - counting


def commits_around(work: Callable[[], object]) -> int:
    before = commits()
    work()
    return commits() - before


def request(steps: int, name: str) -> Turn:
    account = Account.objects.create(marketplace="toy", name=name)
    product = Product.objects.create(sku=name, title="Toy")
    requests.request_job(account, "count", product, payload={"steps": steps})
    return Turn(Lane.objects.get(account_id=account.pk).pk, "t1", account.pk)


def run(turn: Turn) -> None:
    job = claims.claim(turn, lease_seconds=30)
    assert job is not None
    TaskOrchestrator().execute_job_with_tasks(job)


@pytest.mark.parametrize("steps", [1, 3, 10, 50])
def test_a_job_of_n_steps_costs_n_plus_two_commits(database: Database, steps: int) -> None:
    with tenancy.inside(Tenant.objects.get(schema_name="t1")):
        for number in range(4):
            run(request(5, f"warm {number}"))
        turns = [request(steps, f"measured {number}") for number in range(3)]
        assert commits_of(partial(run, turn) for turn in turns) == steps + 2
        assert not MarketplaceJob.objects.exclude(status="COMPLETED").exists()


def test_a_move_between_two_tasks_is_one_statement(database: Database) -> None:
    statements: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with tenancy.inside(Tenant.objects.get(schema_name="t1")):
        turn = request(10, "counted")
        with connection.execute_wrapper(count):
            run(turn)
    assert statements.count(progress._ADVANCE) == 9
    assert len(statements) == 9 + 2 + 1 + 1  # moves, the claim's two, the plan, the finish
