"""A marketplace says that a listing is sold out, without a number: all that it offered is sold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces import listings
from marketplaces.models import Listing, Product, Sale
from marketplaces.sales import record_orders, report_sold_out
from marketplaces.sales import staff as sales_staff
from tasks.staff_actions import Wish
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop, entries, jobs_of, stock_of
from tests.marketplaces.sales.stalls import told
from tests.marketplaces.sales.test_gone_there import QUANTITY, WITHDRAWAL, status_of


def restock(product: Product, pieces: int) -> None:
    Product.objects.filter(pk=product.pk).update(stock=pieces)


def test_pieces_that_it_never_had_are_not_sold_with_it(shop: Shop) -> None:
    """The orders have told of all that it offered, which was less than the stock."""
    product, left, _ = shop.on_both(stock=1200)
    told(left, 999)
    record_orders(shop.here, [order("A", line("L1", 999))])
    recorded = report_sold_out(left)
    assert (recorded.sold, stock_of(product), status_of(left)) == (0, 201, "SOLD")
    assert jobs_of(shop.there) == [QUANTITY]


def test_pieces_that_were_put_back_are_not_sold_with_it(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=2)
    told(left, 2)
    placed = timezone.now()
    record_orders(shop.here, [order("A", line("L1", 2), placed_at=placed)])
    cancelled = order("A", line("L1", 2), placed_at=placed, version=2, is_cancelled=True)
    record_orders(shop.here, [cancelled])
    wish = Wish(sales_staff.PUT_BACK, by="mia", scope_words="a sale", scope={}, expected=1)
    sales_staff.put_back(wish, Sale.objects.get(), 2)
    assert report_sold_out(left).sold == 0
    assert stock_of(product) == 2


def test_pieces_that_came_since_it_was_told_are_not_sold_with_it(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=3)
    told(left, 3)
    restock(product, 10)
    recorded = report_sold_out(left)
    assert (recorded.sold, recorded.withdrawn) == (3, 0)
    assert stock_of(product) == 7
    assert jobs_of(shop.there) == [QUANTITY]
    record_orders(shop.here, [order("A", line("L1", 3))])
    assert stock_of(product) == 7
    assert entries() == [(3, 10, 7, 0, True)]


def test_a_restock_after_the_last_piece_is_not_sold_with_it(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=3)
    told(left, 3)
    record_orders(shop.here, [order("A", line("L1", 3))])
    restock(product, 10)
    assert report_sold_out(left).sold == 0
    assert stock_of(product) == 10
    assert jobs_of(shop.there) == [WITHDRAWAL]


def test_sales_of_before_it_was_told_do_not_count(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=5)
    now = timezone.now()
    Product.objects.filter(pk=product.pk).update(created_at=now - timedelta(days=9))
    told(left, 3, at=now)
    record_orders(
        shop.here, [order("A", line("L1", 2), placed_at=now - timedelta(hours=1)), order("B")]
    )
    assert report_sold_out(left).sold == 2
    assert stock_of(product) == 0


def test_a_sale_near_the_moment_of_telling_is_rather_known_than_new(shop: Shop) -> None:
    """Whether the number knew of it depends on two clocks; the orders bring what is missing."""
    product, left, _ = shop.on_both(stock=5)
    now = timezone.now()
    Product.objects.filter(pk=product.pk).update(created_at=now - timedelta(days=9))
    told(left, 3, at=now)
    record_orders(shop.here, [order("A", line("L1", 2), placed_at=now - timedelta(minutes=1))])
    assert report_sold_out(left).sold == 1
    assert stock_of(product) == 2


def test_never_more_is_sold_than_there_is(shop: Shop) -> None:
    """The rest is oversold when its orders come."""
    _, left, _ = shop.on_both(stock=1)
    told(left, 3)
    recorded = report_sold_out(left)
    assert (recorded.sold, recorded.oversold, recorded.withdrawn) == (1, 0, 1)
    assert record_orders(shop.here, [order("A", line("L1", 3))]).oversold == 2


@pytest.mark.parametrize(("shown", "sold"), [(2, 2), (None, 1)])
def test_what_was_never_told_offered_what_it_was_seen_with(
    shop: Shop, shown: int | None, sold: int
) -> None:
    product, left, _ = shop.on_both(stock=5)
    if shown:
        at = (timezone.now() - timedelta(hours=1)).isoformat()
        listings.note(left, shown={"price": "", "currency": "", "quantity": shown, "at": at})
    assert report_sold_out(left).sold == sold
    assert stock_of(product) == 5 - sold


def test_where_nobody_knows_what_it_offered_the_orders_are_believed(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=5)
    told(left, None, at=timezone.now())
    record_orders(shop.here, [order("A")])
    assert report_sold_out(left).sold == 0
    assert stock_of(product) == 4
    assert Listing.objects.get(pk=left.pk).status == "SOLD"
