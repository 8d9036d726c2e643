"""A piece that the marketplace has counted as sold, and no order has come for it: a person's matter.

Bought and cancelled between two fetches of orders, and somebody looked meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Account, Listing, Product, Sale
from marketplaces.sales import record_orders, report_sold, staff
from marketplaces.sales.attention import Needs, needing_a_person
from stoflow.tenants import sale_banners
from stoflow.tenants.banner import Banner
from tasks.staff_actions import Wish
from tests.marketplaces.sales.builders import order
from tests.marketplaces.sales.conftest import Shop, jobs_of, put_back, stock_of
from tests.marketplaces.sales.test_gone_there import WITHDRAWAL

MINUTE = timedelta(minutes=1)


@pytest.fixture
def product(shop: Shop) -> Product:
    """Live on both, with two pieces, of which one was counted as sold half an hour ago."""
    product, listing, _ = shop.on_both(stock=2)
    count_one_more(listing, 1)
    earlier = timezone.now() - 30 * MINUTE
    Product.objects.update(created_at=earlier - timedelta(days=9))
    Sale.objects.update(recorded_at=earlier, occurred_at=earlier)
    return product


def count_one_more(listing: Listing, sold_in_all: int) -> None:
    assert report_sold(listing, sold_in_all).sold == 1


def orders_were_read(account: Account, *, after: timedelta) -> None:
    """Completely; that run began so long after the piece was counted."""
    account.last_orders_at = Sale.objects.earliest("pk").recorded_at + after
    account.save()


def sale() -> Sale:
    return Sale.objects.get(order_line=None)


def banners() -> Iterator[Banner]:
    return sale_banners.look()


@pytest.mark.parametrize("after", [None, -MINUTE, 14 * MINUTE])
def test_an_order_may_still_come(shop: Shop, product: Product, after: timedelta | None) -> None:
    """No run has read them all since, or one that may have been a little early."""
    if after is not None:
        orders_were_read(shop.here, after=after)
    assert needing_a_person()[Needs.UNCLAIMED] == 0
    assert list(banners()) == []
    assert staff.returnable(sale()) == 0
    assert not staff.needs_settling(sale())
    assert put_back(sale()) == "At most 0 can be put back: nothing was done."


def test_once_the_orders_were_read_completely_staff_are_told(shop: Shop, product: Product) -> None:
    orders_were_read(shop.here, after=16 * MINUTE)
    assert needing_a_person()[Needs.UNCLAIMED] == 1
    [banner] = banners()
    assert banner.title == "1 sale was counted by its marketplace, but no order has come for it."
    assert not banner.urgent
    assert banner.links[0].url.endswith("?attention=unclaimed")
    assert stock_of(product) == 1, "nothing is put back by itself"


def test_the_other_accounts_orders_prove_nothing(shop: Shop, product: Product) -> None:
    orders_were_read(shop.there, after=16 * MINUTE)
    assert needing_a_person()[Needs.UNCLAIMED] == 0


def test_it_is_put_back_once(shop: Shop, product: Product) -> None:
    orders_were_read(shop.here, after=16 * MINUTE)
    before = jobs_of(shop.there)
    assert put_back(sale()) == "1 put back: stock 1 → 2."
    assert (needing_a_person()[Needs.UNCLAIMED], list(banners())) == (0, [])
    assert put_back(sale()) == "At most 0 can be put back: nothing was done."
    assert stock_of(product) == 2
    assert jobs_of(shop.there) == before, "and nothing is put up"


def test_it_stays_sold_when_a_person_says_so(shop: Shop, product: Product) -> None:
    orders_were_read(shop.here, after=16 * MINUTE)
    staff.settle(Wish(staff.SETTLE, by="mia"), sale())
    assert (needing_a_person()[Needs.UNCLAIMED], list(banners())) == (0, [])
    assert stock_of(product) == 1


def test_an_order_that_comes_late_after_all_claims_it(shop: Shop, product: Product) -> None:
    orders_were_read(shop.here, after=16 * MINUTE)
    record_orders(shop.here, [order("A", placed_at=timezone.now() - 31 * MINUTE)])
    assert needing_a_person()[Needs.UNCLAIMED] == 0
    assert stock_of(product) == 1
    assert not Sale.objects.filter(order_line=None).exists()


def test_an_order_takes_its_own_piece_when_the_counted_one_was_put_back(
    shop: Shop, product: Product
) -> None:
    """Whichever order it is: the piece is in the stock again, and is taken from it again."""
    orders_were_read(shop.here, after=16 * MINUTE)
    put_back(sale())
    record_orders(shop.here, [order("A", placed_at=timezone.now() - 31 * MINUTE)])
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 0
    assert jobs_of(shop.there)[-1] == WITHDRAWAL


def test_what_a_person_has_confirmed_is_no_later_order_s(shop: Shop, product: Product) -> None:
    orders_were_read(shop.here, after=16 * MINUTE)
    staff.settle(Wish(staff.SETTLE, by="mia"), sale())
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 0


def test_what_a_person_has_confirmed_is_still_its_own_order_s(shop: Shop, product: Product) -> None:
    orders_were_read(shop.here, after=16 * MINUTE)
    staff.settle(Wish(staff.SETTLE, by="mia"), sale())
    record_orders(shop.here, [order("A", placed_at=timezone.now() - 31 * MINUTE)])
    assert stock_of(product) == 1


def test_an_unknown_stock_was_not_lowered(shop: Shop, product: Product) -> None:
    Sale.objects.update(stock_before=None, stock_after=None)
    orders_were_read(shop.here, after=16 * MINUTE)
    assert (needing_a_person()[Needs.UNCLAIMED], staff.returnable(sale())) == (0, 0)


def test_what_was_not_there_any_more_cannot_be_put_back(shop: Shop, product: Product) -> None:
    """That the sale is oversold is told already."""
    Sale.objects.update(stock_before=0, stock_after=0, oversold=1)
    orders_were_read(shop.here, after=16 * MINUTE)
    assert (needing_a_person()[Needs.UNCLAIMED], staff.returnable(sale())) == (0, 0)


def test_nobody_can_put_back_a_product_that_was_deleted(shop: Shop, product: Product) -> None:
    Sale.objects.update(product=None)
    orders_were_read(shop.here, after=16 * MINUTE)
    assert needing_a_person()[Needs.UNCLAIMED] == 0
