"""What is known of a creating step before it acts is looked up, however long the history is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Product
from tasks import evidence
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.tasks.conftest import Bench


def history(bench: Bench, length: int) -> None:
    """So many jobs that the account has had, and the planner knows of."""
    products = Product.objects.bulk_create(
        Product(sku=f"H{number}", title="Old") for number in range(length)
    )
    now = timezone.now()
    jobs = MarketplaceJob.objects.bulk_create(
        MarketplaceJob(
            account=bench.account,
            product=product,
            action="publish",
            status="CANCELLED",
            created_at=now,
            run_after=now,
            completed_at=now,
        )
        for product in products
    )
    MarketplaceTask.objects.bulk_create(
        MarketplaceTask(job=job, name="Create", step="create", position=1, created_at=now)
        for job in jobs
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE marketplace_jobs, marketplace_tasks")


@pytest.mark.parametrize("is_sweep", [False, True])
def test_earlier_starts_are_looked_up_whatever_the_account_has_had(
    bench: Bench, is_sweep: bool
) -> None:
    """By the account alone, every job that it has had would be read each time a step begins."""
    history(bench, 1000)
    job = MarketplaceJob.objects.latest("pk")
    if is_sweep:
        job.product_id = None
    with CaptureQueriesContext(connection) as queries:
        evidence.last_start(job, MarketplaceTask(pk=0, step="create"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {queries[0]['sql']}")
        [[[found]]] = cursor.fetchall()
    assert most_rows(found["Plan"]) < 10


def most_rows(plan: dict[str, Any]) -> float:
    """That any part of a plan has read, with those that it threw away."""
    read: float = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return max([read, *map(most_rows, plan.get("Plans", []))])
