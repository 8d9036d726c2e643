"""A number that did not know of a sale has put the piece back on sale where it was bought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Listing, Product
from marketplaces.sales import OnSaleReport, record_orders, report_sold_of_many, report_sold_out
from tasks import requests
from tasks.models import MarketplaceJob
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop, jobs_of, work
from tests.marketplaces.sales.stalls import told
from tests.marketplaces.sales.test_gone_there import QUANTITY, WITHDRAWAL

HOUR = timedelta(hours=1)
LONG_AGO = timezone.now() - timedelta(days=9)


def on_both(shop: Shop, stock: int) -> tuple[Product, Listing, Listing]:
    """On sale for some time already."""
    product, left, right = shop.on_both(stock)
    Product.objects.filter(pk=product.pk).update(created_at=LONG_AGO)
    return product, left, right


def sell(shop: Shop, pieces: int, *, at: datetime) -> None:
    record_orders(shop.here, [order(f"A-{at}", line("L1", pieces), placed_at=at)])


def test_a_sale_after_the_number_is_left_to_the_marketplace(shop: Shop) -> None:
    _, left, _ = on_both(shop, stock=3)
    told(left, 3, at=timezone.now() - HOUR)
    sell(shop, 2, at=timezone.now())
    assert jobs_of(shop.here) == []
    assert jobs_of(shop.there) == [QUANTITY]


def test_a_sale_right_after_the_publication_is_left_to_the_marketplace(shop: Shop) -> None:
    """Nothing can have been sold before it was on sale."""
    _, left, _ = on_both(shop, stock=3)
    told(left, 3)
    sell(shop, 3, at=timezone.now())
    assert jobs_of(shop.here) == []


@pytest.mark.parametrize(("pieces", "wanted"), [(1, QUANTITY), (3, WITHDRAWAL)])
@pytest.mark.parametrize("before", [HOUR, timedelta(0), -timedelta(minutes=2)])
def test_a_sale_before_the_number_or_about_then_is_told_where_it_was_sold(
    shop: Shop, before: timedelta, pieces: int, wanted: tuple[str, int]
) -> None:
    """Which of two clocks is right nobody knows."""
    _, left, _ = on_both(shop, stock=3)
    at = timezone.now() - 2 * HOUR
    told(left, 3, at=at)
    sell(shop, pieces, at=at - before)
    assert jobs_of(shop.here) == [wanted]


def test_once_it_is_told_again_the_next_sale_asks_for_nothing(shop: Shop) -> None:
    _, left, _ = on_both(shop, stock=3)
    at = timezone.now() - 2 * HOUR
    told(left, 3, at=at)
    sell(shop, 1, at=at)
    work(shop.here)
    told(left, 2, at=at + HOUR)
    sell(shop, 1, at=timezone.now())
    assert jobs_of(shop.here) == [QUANTITY]


def test_a_listing_that_nobody_knows_the_number_of_is_told(shop: Shop) -> None:
    """The answer to the last call was lost."""
    _, left, _ = on_both(shop, stock=3)
    told(left, None, at=timezone.now() - HOUR)
    sell(shop, 1, at=timezone.now())
    assert jobs_of(shop.here) == [QUANTITY]


def test_a_listing_that_is_being_told_is_told_once_more(shop: Shop) -> None:
    """The job that has begun may have read the stock before the sale."""
    product, left, _ = on_both(shop, stock=3)
    told(left, 3, at=timezone.now() - HOUR)
    running = requests.request_job(shop.here, "set_quantity", product).job_id
    MarketplaceJob.objects.filter(pk=running).update(status="RUNNING")
    sell(shop, 1, at=timezone.now())
    assert len(jobs_of(shop.here)) == 2
    assert jobs_of(shop.here)[-1] == QUANTITY


def test_where_it_was_sold_out_nothing_is_told(shop: Shop) -> None:
    _, left, _ = on_both(shop, stock=5)
    told(left, 3, at=timezone.now() - HOUR)
    report_sold_out(left)
    assert jobs_of(shop.here) == []
    assert jobs_of(shop.there) == [QUANTITY]


# -- what a sync sees on sale though nothing is left

Left = Callable[..., Listing]


@pytest.fixture
def sold_out(shop: Shop) -> Left:
    """The listing that sold the last piece, by what was known of its number."""

    def sell_all(quantity: int | None) -> Listing:
        _, left, _ = on_both(shop, stock=2)
        if quantity is not None:
            told(left, quantity)
        sell(shop, 2, at=timezone.now())
        left.refresh_from_db()
        return left

    return sell_all


def see(listing: Listing, quantity: int, *, after: timedelta = HOUR) -> int:
    seen = OnSaleReport(listing, quantity, timezone.now() + after)
    return report_sold_of_many([], [seen]).withdrawn


def test_what_is_left_over_on_sale_is_withdrawn_once(shop: Shop, sold_out: Left) -> None:
    left = sold_out(2)
    assert jobs_of(shop.here) == []
    assert see(left, 1) == 1
    assert jobs_of(shop.here) == [WITHDRAWAL]
    assert see(left, 1) == 0
    end(shop, "COMPLETED")
    assert see(left, 1) == 0


def test_what_could_not_be_withdrawn_is_asked_for_again_by_each_sync(
    shop: Shop, sold_out: Left
) -> None:
    left = sold_out(2)
    for number in (1, 2):
        assert see(left, 1) == 1
        assert see(left, 1) == 0
        assert jobs_of(shop.here) == [WITHDRAWAL] * number
        end(shop, "FAILED")


@pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED"])
def test_what_somebody_has_called_off_is_not_asked_for_again(
    shop: Shop, sold_out: Left, status: str
) -> None:
    left = sold_out(2)
    assert see(left, 1) == 1
    end(shop, status)
    assert see(left, 1) == 0


def end(shop: Shop, status: str) -> None:
    ended = {"status": status, "completed_at": timezone.now()}
    MarketplaceJob.objects.filter(account=shop.here).update(**ended)


def test_what_was_read_before_the_sale_was_known_proves_nothing(shop: Shop, sold_out: Left) -> None:
    assert see(sold_out(2), 1, after=-HOUR) == 0
    assert jobs_of(shop.here) == []


@pytest.mark.parametrize("number", [2, None])
def test_a_number_that_is_the_sellers_own_is_not_undone(
    shop: Shop, sold_out: Left, number: int | None
) -> None:
    """More than it was told, or never told: somebody wrote that at the marketplace."""
    assert see(sold_out(number), 5) == 0
    assert jobs_of(shop.here) == []


def test_a_stock_that_no_sale_has_emptied_withdraws_nothing(shop: Shop) -> None:
    product, left, _ = on_both(shop, stock=3)
    told(left, 3)
    sell(shop, 1, at=timezone.now())
    Product.objects.filter(pk=product.pk).update(stock=0)
    assert see(left, 2) == 0
    assert jobs_of(shop.here) == []
