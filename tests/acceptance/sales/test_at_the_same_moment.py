"""Two workers tell of sales in the same moment, on committed data, each over a connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from django.db import connection, transaction

from marketplaces.models import Account, Listing, Product, Sale
from marketplaces.sales import SoldReport, record_orders, report_sold, report_sold_of_many
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.models import MarketplaceJob
from tests.acceptance.conftest import Database
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.stalls import live

ROUNDS = 15
Deed = Callable[[], object]


@dataclass
class Seller:
    tenant: Tenant
    here: Account
    there: Account

    def on_both(self, number: int, stock: int) -> tuple[Product, Listing, Listing]:
        product = Product.objects.create(sku=f"S{number}", title=f"Mug {number}", stock=stock)
        left = live(self.here, product, f"L{number}")
        return product, left, live(self.there, product, f"R{number}")

    def together(self, *deeds: Deed) -> None:
        """All of them begin at once, each in a transaction of a connection of its own."""
        start = Barrier(len(deeds))

        def run(deed: Deed) -> None:
            try:
                with tenancy.inside(self.tenant):
                    connection.ensure_connection()
                    start.wait(timeout=60)
                    with transaction.atomic():
                        deed()
            finally:
                connection.close()

        with ThreadPoolExecutor(len(deeds)) as threads:
            for outcome in [threads.submit(run, deed) for deed in deeds]:
                outcome.result(timeout=120)


@pytest.fixture
def seller(database: Database) -> Seller:
    tenant = Tenant.objects.get(schema_name="t1")
    with tenancy.inside(tenant):
        here = Account.objects.create(marketplace="stall", name="Left stall")
        there = Account.objects.create(marketplace="stall", name="Right stall")
    return Seller(tenant, here, there)


def stocks(products: Sequence[Product]) -> list[int | None]:
    return [Product.objects.get(pk=product.pk).stock for product in products]


def test_orders_and_sync_tell_of_the_same_sale(seller: Seller) -> None:
    with tenancy.inside(seller.tenant):
        for number in range(ROUNDS):
            product, listing, _ = seller.on_both(number, stock=2)
            told = order(f"A{number}", line(f"L{number}"))
            seller.together(
                lambda told=told: record_orders(seller.here, [told]),  # type: ignore[misc]
                lambda listing=listing: report_sold(listing, 1),  # type: ignore[misc]
                lambda told=told: record_orders(seller.here, [told]),  # type: ignore[misc]
            )
            assert stocks([product]) == [1]
            assert Sale.objects.filter(product=product).count() == 1


def test_the_last_piece_is_sold_in_two_places(seller: Seller) -> None:
    with tenancy.inside(seller.tenant):
        for number in range(ROUNDS):
            product, _, _ = seller.on_both(number, stock=1)
            left, right = (
                order(f"A{number}", line(f"L{number}")),
                order(f"B{number}", line(f"R{number}")),
            )
            seller.together(
                lambda told=left: record_orders(seller.here, [told]),  # type: ignore[misc]
                lambda told=right: record_orders(seller.there, [told]),  # type: ignore[misc]
            )
            assert stocks([product]) == [0]
            sales = Sale.objects.filter(product=product)
            assert sorted(sales.values_list("oversold", flat=True)) == [0, 1]
            asked = MarketplaceJob.objects.filter(product=product, action="unpublish")
            assert set(asked.values_list("account_id", flat=True)) == {
                seller.here.pk,
                seller.there.pk,
            }


def test_pages_over_the_same_products_in_opposite_orders_do_not_deadlock(seller: Seller) -> None:
    with tenancy.inside(seller.tenant):
        made = [seller.on_both(number, stock=9) for number in range(12)]
        products = [product for product, _, _ in made]
        for turn in range(1, 5):
            left = [order(f"A{turn}-{n}", line(f"L{n}")) for n in range(len(made))]
            reports = [SoldReport(right, turn) for _, _, right in reversed(made)]
            seller.together(
                lambda told=left: record_orders(seller.here, told),  # type: ignore[misc]
                lambda told=reports: report_sold_of_many(told),  # type: ignore[misc]
            )
        assert stocks(products) == [1] * len(made)
