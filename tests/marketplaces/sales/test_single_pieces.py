"""Where a listing is one piece, its order is its end, and the order's end may be its return."""

from __future__ import annotations

import pytest

from marketplaces.models import Account, Listing, ListingStatus
from marketplaces.sales import OrderFacts, may_be_back, record_orders, sells_single_pieces
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop
from tests.marketplaces.sales.stalls import live


def bought() -> OrderFacts:
    return order("A", line("B1"))


def cancelled() -> OrderFacts:
    return order("A", line("B1"), version=2, is_cancelled=True)


@pytest.fixture
def sold(shop: Shop) -> Listing:
    """A piece at a booth that an order has bought."""
    sells_single_pieces("booth")
    product, _, _ = shop.on_both(stock=1)
    booth = Account.objects.create(marketplace="booth", name="Booth")
    listing = live(booth, product, "B1")
    record_orders(booth, [bought()])
    listing.refresh_from_db()
    return listing


def test_an_order_ends_a_listing_of_one_piece(sold: Listing) -> None:
    assert sold.status == ListingStatus.SOLD


def test_what_a_cancelled_order_has_bought_may_be_back_until_that_is_recorded(
    sold: Listing,
) -> None:
    assert not may_be_back(sold.account, [bought()])
    assert may_be_back(sold.account, [cancelled()])
    record_orders(sold.account, [cancelled()])
    assert not may_be_back(sold.account, [cancelled()])


def test_what_is_on_sale_by_our_records_is_not_back(sold: Listing) -> None:
    Listing.objects.update(status=ListingStatus.LIVE)
    assert not may_be_back(sold.account, [cancelled()])


def test_where_listings_have_many_pieces_an_order_ends_none(shop: Shop) -> None:
    _, left, _ = shop.on_both(stock=1)
    record_orders(shop.here, [order("A", line("L1"))])
    left.refresh_from_db()
    assert left.status == ListingStatus.LIVE
    assert not may_be_back(shop.here, [order("A", line("L1"), version=2, is_cancelled=True)])
