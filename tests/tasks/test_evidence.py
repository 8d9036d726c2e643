"""What is known of a creating step before it acts is looked up, however long the history is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks import evidence
from tasks.models import MarketplaceTask
from tests.tasks.conftest import Bench


@pytest.mark.parametrize(
    ("product", "condition"), [(1, "product_id = "), (None, "product_id IS NULL")]
)
def test_earlier_starts_are_searched_by_account_and_product(
    bench: Bench, product: int | None, condition: str
) -> None:
    """By the account alone, every job that it has had would be read each time a step begins."""
    job = bench.request()
    job.product_id = product
    with CaptureQueriesContext(connection) as queries:
        evidence.seconds_since_last_start(job, MarketplaceTask(pk=0, step="create"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        searches = [line for (line,) in cursor.fetchall() if "Index Cond" in line]
    assert any(condition in line for line in searches), searches
