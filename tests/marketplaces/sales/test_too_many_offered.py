"""What staff are told when a listing could not be told how many are left."""

from __future__ import annotations

import pytest
from django.utils import timezone

from marketplaces import listings
from marketplaces.models import Account, ListingStatus, SaleFollowUp
from marketplaces.sales import attention, record_orders, sells_single_pieces
from marketplaces.sales.attention import OfferedTooOften
from stoflow.tenants import sale_banners
from tasks import requests
from tasks.models import MarketplaceJob
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop, jobs_of, work
from tests.marketplaces.sales.stalls import live


@pytest.fixture
def failed(shop: Shop) -> MarketplaceJob:
    """One of three was sold here, and there it could not be told."""
    shop.on_both(stock=3)
    record_orders(shop.here, [order("A", line("L1"))])
    return fail(MarketplaceJob.objects.get(account=shop.there))


def fail(job: MarketplaceJob) -> MarketplaceJob:
    MarketplaceJob.objects.filter(pk=job.pk).update(status="FAILED", completed_at=timezone.now())
    job.refresh_from_db()
    return job


def test_a_quantity_that_could_not_be_lowered_is_told_of(
    shop: Shop, failed: MarketplaceJob
) -> None:
    account = shop.there
    assert attention.offered_too_often() == [
        OfferedTooOften(account.pk, account.name, "stall", count=1)
    ]
    assert attention.still_for_sale() == []
    [banner] = sale_banners.look()
    assert banner.title == "Of 1 product, Stall (Right stall) may offer more than there is."
    assert banner.urgent
    assert "action=set_quantity" in banner.links[0].url


def test_a_newer_sale_that_is_told_settles_it(shop: Shop, failed: MarketplaceJob) -> None:
    record_orders(shop.here, [order("B", line("L1"))])
    work(shop.there)
    assert attention.offered_too_often() == []


def test_an_update_settles_it_once_it_has_succeeded(shop: Shop, failed: MarketplaceJob) -> None:
    asked = requests.request_job(shop.there, "publish", failed.product)
    assert len(attention.offered_too_often()) == 1
    MarketplaceJob.objects.filter(pk=asked.job_id).update(
        status="COMPLETED", completed_at=timezone.now()
    )
    assert attention.offered_too_often() == []


def test_what_is_not_on_sale_any_more_offers_nothing(shop: Shop, failed: MarketplaceJob) -> None:
    assert failed.product is not None
    listing = listings.known(shop.there, failed.product)
    listings.mark(listing, ListingStatus.WITHDRAWN)
    assert attention.offered_too_often() == []


def test_a_quantity_that_staff_asked_to_be_updated_is_no_sale(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=3)
    job_id = requests.request_job(shop.there, "set_quantity", product).job_id
    fail(MarketplaceJob.objects.get(pk=job_id))
    assert attention.offered_too_often() == []


def test_a_listing_that_is_one_piece_is_told_nothing_while_one_is_left(shop: Shop) -> None:
    sells_single_pieces("booth")
    product, _, _ = shop.on_both(stock=2)
    booth = Account.objects.create(marketplace="booth", name="Booth")
    live(booth, product, "B1")
    record_orders(shop.here, [order("A", line("L1"))])
    assert jobs_of(booth) == []
    assert not SaleFollowUp.objects.filter(account=booth).exists()
    record_orders(shop.here, [order("B", line("L1"))])
    assert SaleFollowUp.objects.get(account=booth).action == "unpublish"


def test_the_sellers_own_update_that_waits_still_sends_all(shop: Shop) -> None:
    """Two jobs: what was asked for by a person is not made less by a sale."""
    product, _, _ = shop.on_both(stock=3)
    asked = requests.request_job(shop.there, "publish", product, payload={"asked": "by hand"})
    record_orders(shop.here, [order("A", line("L1"))])
    waiting = MarketplaceJob.objects.get(pk=asked.job_id)
    assert (waiting.status, waiting.payload) == ("PENDING", {"asked": "by hand"})
    assert [action for action, _ in jobs_of(shop.there)] == ["publish", "set_quantity"]
