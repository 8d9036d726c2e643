"""A sale lowers the stock once, however many sources report it."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplaces import listings
from marketplaces.keys import own_key
from marketplaces.models import Listing, Order, OrderLine, Sale
from marketplaces.sales import (
    OrderFacts,
    count_from,
    record_orders,
    report_sold,
    report_sold_out,
)
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop, entries, jobs_of, put_back, stock_of
from tests.marketplaces.sales.stalls import told


def test_an_order_lowers_the_stock(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=3)
    recorded = record_orders(shop.here, [order("A", line("L1", 2))])
    assert (recorded.new, recorded.sold, recorded.oversold) == (1, 2, 0)
    assert stock_of(product) == 1
    assert entries() == [(2, 3, 1, 0, True)]


def test_the_same_order_told_again_changes_nothing(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=3)
    told = order("A", line("L1", 2))
    record_orders(shop.here, [told, told])
    again = record_orders(shop.here, [told])
    assert (again.new, again.changed, again.sold) == (0, 0, 0)
    assert stock_of(product) == 1
    assert Order.objects.count() == OrderLine.objects.count() == Sale.objects.count() == 1


def test_an_order_is_tied_to_the_sale_that_a_sync_has_reported(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=3)
    report_sold(listing, 1)
    assert stock_of(product) == 2
    record_orders(shop.here, [order("A")])
    assert stock_of(product) == 2
    assert entries() == [(1, 3, 2, 0, True)]


def test_a_sync_reports_no_news_after_the_order(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=3)
    record_orders(shop.here, [order("A")])
    report_sold(listing, 1)
    report_sold(listing, 1)
    assert stock_of(product) == 2
    assert len(entries()) == 1


def test_orders_share_the_pieces_that_a_sync_has_reported_at_once(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=2)
    report_sold(listing, 3)
    assert entries() == [(3, 2, 0, 1, False)]
    for number in "ABC":
        record_orders(shop.here, [order(number)])
    assert stock_of(product) == 0
    assert [row for row in entries() if row[3] == 0] == [(1, 2, 1, 0, True), (1, 1, 0, 0, True)]
    assert [row for row in entries() if row[3]] == [(1, 0, 0, 1, True)]


def test_a_listing_that_is_put_up_again_begins_a_new_count(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=5)
    report_sold(listing, 2)
    Listing.objects.filter(pk=listing.pk).update(external_id="L2")
    listing.refresh_from_db()
    report_sold(listing, 1)
    assert stock_of(product) == 2
    record_orders(shop.here, [order("A", line("L1", 2)), order("B", line("L2"))])
    assert stock_of(product) == 2
    assert not Sale.objects.filter(order_line=None).exists()


def test_a_late_order_of_the_former_listing_is_tied_by_our_key(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=5)
    report_sold(listing, 2)
    Listing.objects.filter(pk=listing.pk).update(external_id="L2")
    record_orders(shop.here, [order("A", line("L1", 2, sku=listing.key))])
    assert stock_of(product) == 3
    assert Sale.objects.get().order_line is not None


def test_an_older_state_of_an_order_changes_nothing(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=5)
    placed = timezone.now()
    record_orders(shop.here, [order("A", line("L1", 1), placed_at=placed, version=2)])
    record_orders(shop.here, [order("A", line("L1", 3), placed_at=placed, version=1)])
    assert stock_of(product) == 4
    assert OrderLine.objects.get().quantity == 1


def test_a_piece_more_in_an_order_is_one_piece_more_sold(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=5)
    placed = timezone.now()
    record_orders(shop.here, [order("A", line("L1", 1), placed_at=placed)])
    told = record_orders(shop.here, [order("A", line("L1", 3), placed_at=placed, version=2)])
    assert (told.new, told.changed, told.sold) == (0, 1, 2)
    assert stock_of(product) == 2


def test_a_line_that_an_order_has_lost_is_cancelled_and_puts_nothing_back(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=5)
    placed, kept = timezone.now(), line("L1", 1, number="1")
    record_orders(shop.here, [order("A", kept, line("L1", 2, number="2"), placed_at=placed)])
    record_orders(shop.here, [order("A", kept, placed_at=placed, version=2)])
    assert stock_of(product) == 2
    assert OrderLine.objects.get(external_id="2").quantity == 0


def test_an_order_that_was_cancelled_before_it_was_seen_sells_nothing(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=1)
    record_orders(shop.here, [order("A", is_cancelled=True)])
    assert stock_of(product) == 1
    assert Order.objects.get().cancelled_at is not None


def test_a_cancelled_order_keeps_the_pieces_that_a_sync_counted_while_it_stood(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=2)
    report_sold(listing, 1)
    placed = timezone.now() - timedelta(minutes=1)
    record_orders(shop.here, [order("A", placed_at=placed, version=3600, is_cancelled=True)])
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 0
    assert entries() == [(1, 2, 1, 0, True), (1, 1, 0, 0, True)]


def test_a_refund_after_the_cancellation_takes_no_other_order_s_pieces(shop: Shop) -> None:
    """It was cancelled before the sync looked, whenever it was last changed."""
    product, listing, _ = shop.on_both(stock=3)
    report_sold(listing, 1)
    now = timezone.now()
    first = order(
        "A",
        placed_at=now - timedelta(minutes=4),
        cancelled_at=now - timedelta(minutes=3),
        version=3600,
    )
    record_orders(shop.here, [first])
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 2
    assert entries() == [(1, 3, 2, 0, True)]


def test_pieces_of_an_unknown_moment_belong_to_the_order_that_stands(shop: Shop) -> None:
    """Nobody says when the other one was cancelled."""
    product, listing, _ = shop.on_both(stock=3)
    report_sold(listing, 1)
    earlier = timezone.now() - timedelta(minutes=4)
    cancelled = order("A", placed_at=earlier, version=3600, is_cancelled=True)
    record_orders(shop.here, [cancelled, order("B")])
    assert stock_of(product) == 2
    assert OrderLine.objects.get(order__external_id="B").sales.count() == 1


def test_when_an_order_was_cancelled_is_kept_from_its_first_cancelled_state(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=3)
    placed = timezone.now() - timedelta(minutes=4)
    record_orders(shop.here, [order("A", placed_at=placed, is_cancelled=True)])
    report_sold(listing, 2)
    refunded = order("A", placed_at=placed, version=3600, is_cancelled=True)
    record_orders(shop.here, [refunded, order("B")])
    assert stock_of(product) == 2


def test_what_was_put_back_is_not_counted_again_when_the_order_changes(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=2)
    placed = timezone.now() - timedelta(minutes=4)
    record_orders(shop.here, [order("A", placed_at=placed)])
    record_orders(shop.here, [order("A", placed_at=placed, version=2, is_cancelled=True)])
    put_back(Sale.objects.get())
    report_sold(listing, 2)
    record_orders(shop.here, [order("A", placed_at=placed, version=3600, is_cancelled=True)])
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 1
    assert entries() == [(1, 2, 1, 0, True), (1, 2, 1, 0, True)]


def test_an_order_that_was_cancelled_before_it_was_seen_is_no_news_of_a_sync(shop: Shop) -> None:
    """A marketplace counts its pieces as sold."""
    product, listing, _ = shop.on_both(stock=3)
    placed = timezone.now() - timedelta(minutes=1)
    record_orders(shop.here, [order("A", line("L1", 2), placed_at=placed, is_cancelled=True)])
    report_sold(listing, 2)
    assert stock_of(product) == 3
    report_sold(listing, 3)
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 2
    assert entries() == [(1, 3, 2, 0, True)]


def test_an_order_that_was_cancelled_after_it_was_counted_is_counted_once(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=3)
    placed = timezone.now() - timedelta(minutes=1)
    record_orders(shop.here, [order("A", placed_at=placed)])
    record_orders(shop.here, [order("A", placed_at=placed, version=2, is_cancelled=True)])
    report_sold(listing, 2)
    assert stock_of(product) == 1


def test_sold_out_by_an_order_that_was_cancelled_before_it_was_seen_is_no_sale(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=1)
    told(listing, 1)
    record_orders(shop.here, [order("A", is_cancelled=True)])
    report_sold_out(listing)
    assert stock_of(product) == 1
    assert jobs_of(shop.there) == []


def test_what_a_listing_of_others_had_sold_before_is_no_sale(shop: Shop) -> None:
    product = shop.product(stock=3)
    listing = Listing.objects.create(
        account=shop.here, product=product, key="own", external_id="L1", status="LIVE"
    )
    report_sold(listing, 40)
    assert stock_of(product) == 3
    report_sold(listing, 41)
    assert stock_of(product) == 2


def test_what_our_own_listing_has_sold_before_the_first_look_is_a_sale(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=3)
    report_sold(listing, 1)
    assert stock_of(product) == 2


def test_counting_begins_where_a_sync_says(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=3)
    count_from(listing, 7)
    count_from(listing, 9)
    report_sold(listing, 8)
    assert stock_of(product) == 2


def test_an_order_from_before_the_count_is_taken_apart_from_it(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=5)
    product.created_at = timezone.now() - timedelta(days=3)
    product.save()
    count_from(listing, 7)
    before = timezone.now() - timedelta(days=1)
    record_orders(shop.here, [order("A", placed_at=before)])
    assert stock_of(product) == 4
    report_sold(listing, 8)
    assert stock_of(product) == 3
    record_orders(shop.here, [order("B")])
    assert stock_of(product) == 3


def test_an_order_from_before_the_product_came_is_only_recorded(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=5)
    long_ago = timezone.now() - timedelta(days=30)
    record_orders(shop.here, [order("A", placed_at=long_ago)])
    assert stock_of(product) == 5
    assert OrderLine.objects.get().product_id == product.pk


@pytest.mark.parametrize("told", [{"sku": "key"}, {"sku": "sku"}], ids=["our key", "their SKU"])
def test_a_line_without_a_listing_id_is_tied_by(shop: Shop, told: dict[str, str]) -> None:
    product, listing, _ = shop.on_both(stock=2)
    sku = {"key": listing.key, "sku": product.sku}[told["sku"]]
    record_orders(shop.here, [order("A", line("", sku=sku))])
    report_sold(listing, 1)
    assert stock_of(product) == 1


def test_a_line_of_nothing_that_we_know_is_recorded_and_counted_once_it_is_known(
    shop: Shop,
) -> None:
    placed = timezone.now()
    record_orders(shop.here, [order("A", line("L9"), placed_at=placed)])
    assert OrderLine.objects.get().product_id is None
    product, listing, _ = shop.on_both(stock=2)
    Listing.objects.filter(pk=listing.pk).update(external_id="L9")
    record_orders(shop.here, [order("A", line("L9"), placed_at=placed, version=2)])
    assert stock_of(product) == 1


@pytest.mark.parametrize("seed", range(40))
def test_in_whatever_order_it_is_reported(shop: Shop, seed: int) -> None:
    """Every order and every count of a sync, each often and in any order: once in the end."""
    rng = random.Random(seed)  # noqa: S311 - a shuffle
    stock = rng.randint(0, 8)
    product, listing, _ = shop.on_both(stock=stock)
    placed, sold = timezone.now(), 0
    reports: list[OrderFacts | int] = []
    for number in range(rng.randint(1, 4)):
        pieces = 0
        for version in range(1, rng.randint(2, 4)):
            pieces += rng.randint(0 if pieces else 1, 2)
            told = order(f"N{number}", line("L1", pieces), placed_at=placed, version=version)
            reports.append(told)
        sold += pieces
    reports += [rng.randint(0, sold) for _ in range(3)]
    reports += rng.choices(reports, k=4)
    rng.shuffle(reports)
    oversold = 0
    for report in reports:
        if isinstance(report, int):
            oversold += report_sold(listing, report).oversold
        else:
            oversold += record_orders(shop.here, [report]).oversold
    assert stock_of(product) == max(0, stock - sold)
    assert oversold == max(0, sold - stock)
    assert sum(sale.quantity for sale in Sale.objects.all()) == sold
    assert sum(sale.oversold for sale in Sale.objects.all()) == oversold
    assert not Sale.objects.filter(order_line=None).exists()


@pytest.mark.parametrize("told", [{"listing_id": "L1"}, {"listing_id": "L0", "sku": "THEIRS"}])
def test_a_line_of_a_listing_that_was_deleted_meanwhile_is_tied(
    shop: Shop, told: dict[str, Any]
) -> None:
    """By its id, else by the key that it had: a seller's own, where a sync has matched it."""
    product, listing, _ = shop.on_both(stock=2)
    listing.key = "THEIRS"
    listing.save()
    listings.forget(listing)
    record_orders(shop.here, [order("A", line(**told))])
    assert stock_of(product) == 1


def test_a_line_with_our_own_key_is_tied_though_no_record_is_left(shop: Shop) -> None:
    product, listing, _ = shop.on_both(stock=2)
    listing.delete()
    record_orders(shop.here, [order("A", line("L0", sku=own_key("t1", product.pk)))])
    assert stock_of(product) == 1


def test_the_key_of_another_tenants_product_ties_nothing(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=2)
    record_orders(shop.here, [order("A", line("L0", sku=own_key("t2", product.pk)))])
    assert stock_of(product) == 2


def test_a_line_with_the_key_of_a_product_that_is_gone_is_only_recorded(shop: Shop) -> None:
    product = shop.product()
    key = own_key("t1", product.pk)
    product.delete()
    record_orders(shop.here, [order("A", line("L0", sku=key))])
    assert OrderLine.objects.get().product_id is None
