"""One seller's products, listings and jobs, as many as wanted, in the schema that one is in.

What a job looks like follows from its number, so the same size gives the same load again.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model

from marketplaces.models import (
    Account,
    Listing,
    Order,
    OrderLine,
    Product,
    ProductImage,
    Sale,
    SaleFollowUp,
    UnmatchedListing,
)
from stoflow.load import catalogue, extremes, jobs, runs, sales
from stoflow.load.rows import analyse, continue_numbers, insert
from stoflow.load.size import TASKS_PER_JOB, Size
from tasks.dispatch import turns
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import (
    BatchJob,
    MarketplaceJob,
    MarketplaceJobStats,
    MarketplaceTask,
    StaffAction,
    StaffActionOutcome,
    TaskAttempt,
)
from tasks.tenancy import current_schema

SLICE = 2_000
"""Jobs that one statement makes."""
WORTH_ANALYSING = 10_000
"""Tasks from which on the planner's guesses matter."""

_FILLED: tuple[type[Model], ...] = (
    Account,
    Product,
    ProductImage,
    Listing,
    Order,
    OrderLine,
    Sale,
    SaleFollowUp,
    UnmatchedListing,
    BatchJob,
    MarketplaceJob,
    MarketplaceTask,
    TaskAttempt,
    MarketplaceJobStats,
    StaffAction,
    StaffActionOutcome,
)


def fill(size: Size) -> Iterator[int]:
    """Fill the tenant's empty tables; yields how many tasks have just been made."""
    catalogue.catalogue(size)
    jobs.batches(size)
    for first in range(1, size.jobs + 1, SLICE):
        bounds = {"first": first, "last": min(first + SLICE - 1, size.jobs)}
        jobs.jobs(size, bounds)
        made = runs.tasks(bounds)
        runs.attempts(bounds)
        runs.statistics(bounds)
        yield made
    catalogue.listings()
    sales.sales()
    sales.unmatched(size)
    jobs.name_causes()
    if size.tasks >= WORTH_ANALYSING:
        extremes.lengthen_a_job(TASKS_PER_JOB)
    extremes.staff_actions(size.tasks, size.jobs)
    jobs.count_batches()
    _lanes()
    for model in _FILLED:
        continue_numbers(model)
        if size.tasks >= WORTH_ANALYSING:
            analyse(model)


def _lanes() -> None:
    """Of both accounts, due at no time; the second account's is stopped in some tenants."""
    insert(
        Lane,
        {
            "schema_name": "%(schema)s",
            "account_id": "a.id",
            "marketplace": "a.marketplace",
            "account_name": "a.name",
            "served_at": "now()",
            "consent_needed_at": "CASE WHEN a.id = 2 AND s.chance %% 50 = 0 THEN now() END",
            "paused_at": "CASE WHEN a.id = 2 AND s.chance %% 50 = 1 THEN now() END",
            "offline_since": "CASE WHEN a.id = 2 AND s.chance %% 50 = 2 THEN now() END",
            "offline_reason": "CASE WHEN a.id = 2 AND s.chance %% 50 = 2 "
            "THEN 'No browser.' ELSE '' END",
            "paused_by": "CASE WHEN a.id = 2 AND s.chance %% 50 = 1 THEN 'mia' ELSE '' END",
        },
        "accounts a, (SELECT hashtext(%(schema_again)s) & 2147483647 AS chance) s",
        schema=current_schema(),
        schema_again=current_schema(),
    )
    for lane in Lane.objects.filter(schema_name=current_schema()):
        # Measures how the account fares; nothing is due all the same.
        turns.settle(Turn(lane.pk, lane.schema_name, lane.account_id))
    Lane.objects.filter(schema_name=current_schema()).update(due_at=None)
