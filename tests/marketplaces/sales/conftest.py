"""A seller with two stalls, and workers that the tests play by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest

from marketplaces.models import Account, Listing, Product, Sale
from marketplaces.sales import staff
from stoflow.tenants.models import Tenant
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tasks.staff_actions import Wish
from tests.marketplaces.sales.stalls import live

_numbers = count(1)


@dataclass
class Shop:
    here: Account
    there: Account

    def product(self, stock: int | None = 1) -> Product:
        number = next(_numbers)
        return Product.objects.create(sku=f"SKU-{number}", title=f"Mug {number}", stock=stock)

    def on_both(self, stock: int | None = 1) -> tuple[Product, Listing, Listing]:
        """A product that is live here as L1 and there as R1."""
        product = self.product(stock)
        return product, live(self.here, product, "L1"), live(self.there, product, "R1")


@pytest.fixture
def shop(tenant: Tenant) -> Shop:
    return Shop(
        here=Account.objects.create(marketplace="stall", name="Left stall"),
        there=Account.objects.create(marketplace="stall", name="Right stall"),
    )


def stock_of(product: Product) -> int | None:
    return Product.objects.values_list("stock", flat=True).get(pk=product.pk)


def jobs_of(account: Account) -> list[tuple[str, int]]:
    """Actions and priorities, in the order in which they were asked for."""
    jobs = MarketplaceJob.objects.filter(account=account).order_by("pk")
    return list(jobs.values_list("action", "priority"))


def entries() -> list[tuple[int, int | None, int | None, int, bool]]:
    """The ledger: pieces, stock before and after, oversold, whether an order is known."""
    return [
        (s.quantity, s.stock_before, s.stock_after, s.oversold, s.order_line_id is not None)
        for s in Sale.objects.order_by("stock_before", "pk").reverse()
    ]


def put_back(sale: Sale) -> str:
    """As staff do: all that the sale allows. What they are told."""
    wish = Wish(staff.PUT_BACK, by="mia")
    action = staff.put_back(wish, sale, staff.returnable(sale))
    return action.outcomes.get().sentence


def work(account: Account) -> list[MarketplaceJob]:
    """Play the worker until the account has nothing to do; the jobs in order of their ends."""
    lane = Lane.objects.filter(schema_name="t1", account_id=account.pk).first()
    ended: list[int] = []
    while lane is not None:
        lane.refresh_from_db()
        if lane.paused_at is not None:
            break
        job = claims.claim(Turn(lane.pk, "t1", account.pk), lease_seconds=30)
        if job is None:
            break
        TaskOrchestrator().execute_job_with_tasks(job)
        ended.append(job.pk)
    return [MarketplaceJob.objects.get(pk=number) for number in ended]
