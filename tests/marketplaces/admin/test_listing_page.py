"""The page of a listing: what differs there from what is here, and why."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Account, Listing, Product
from marketplaces.sales import record_orders
from marketplaces.sync import missing
from marketplaces.told import Told
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.stalls import live
from tests.tasks.admin.conftest import TENANT, Browser, text_of

FETCHED = "the orders are being fetched"
BY_CHOICE = "no order that was fetched tells of"


@pytest.fixture
def listing(bench: object) -> Listing:
    """Told to offer nine; no sync has seen it yet."""
    account = Account.objects.create(marketplace="stall", name="Left stall")
    product = Product.objects.create(sku="M-1", title="Mug", stock=9)
    listing = live(account, product, "L1")
    listing.details = {"told": Told(9, None, meant=9).as_json()}
    listing.save()
    return listing


def differs(browser: Browser, listing: Listing) -> str:
    page = text_of(browser.get(f"{TENANT}marketplaces/listing/{listing.pk}/change/"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def miss(listing: Listing, there: int) -> None:
    missing.look(listing, there, sold=0, asked_at=timezone.now(), settle=0)


def test_missing_pieces_are_named_at_once(listing: Listing, viewer: Browser) -> None:
    miss(listing, 7)
    page = differs(viewer, listing)
    assert (
        "Stall shows 2 pieces fewer than were due: they may have been bought there; the orders are "
        "being fetched." in page
    )
    assert "Nothing that is known" not in page
    assert "An update sends what stands here" not in page


def test_once_an_order_has_told_of_them_nothing_is_missing(
    listing: Listing, viewer: Browser
) -> None:
    miss(listing, 7)
    record_orders(listing.account, [order("A", line("L1", 1))])
    assert "Stall shows 1 piece fewer than was due" in differs(viewer, listing)
    record_orders(listing.account, [order("B", line("L1", 1))])
    assert "Nothing that is known" in differs(viewer, listing)


def test_what_the_fetched_orders_do_not_tell_of_may_be_the_sellers_choice(
    listing: Listing, viewer: Browser
) -> None:
    miss(listing, 7)
    for after, words in ((-timedelta(hours=1), FETCHED), (timedelta(seconds=1), BY_CHOICE)):
        Account.objects.update(last_orders_at=timezone.now() + after)
        assert words in differs(viewer, listing)


def test_a_listing_that_is_over_misses_nothing(listing: Listing, viewer: Browser) -> None:
    miss(listing, 7)
    Listing.objects.update(status="SOLD")
    assert "Nothing that is known" in differs(viewer, listing)
