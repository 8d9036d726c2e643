"""What staff are told when a listing could not be told how many are left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces import listings
from marketplaces.models import Account, ListingStatus, SaleFollowUp
from marketplaces.sales import attention, record_orders, sells_single_pieces
from marketplaces.sales.attention import NotDone, Why
from stoflow.tenants import sale_banners
from tasks import requests
from tasks.dispatch import lanes
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
        NotDone(Why.FAILED, account.pk, account.name, "stall", count=1)
    ]
    assert attention.still_for_sale() == []
    [banner] = sale_banners.look()
    assert banner.title == "Of 1 product, Stall (Right stall) may offer more than there is."
    assert banner.urgent
    assert "action=set_quantity" in banner.links[0].url


# -- what waits for something that may last

STOPS: dict[Why, Callable[[Account], object]] = {
    Why.PAUSED: lambda account: lanes.pause(account.pk, by="sam", reason="holiday"),
    Why.CONSENT: lambda account: lanes.stop_for_consent(account.pk, reason="Connect it again."),
    Why.OFFLINE: lambda account: lanes.offline(account.pk, reason="The browser is closed."),
    Why.BLOCKED: lambda account: lanes.block(
        account.pk, until=timezone.now() + timedelta(hours=1), reason="It does not answer."
    ),
}


@pytest.fixture
def waiting(shop: Shop) -> MarketplaceJob:
    """One of three was sold here, and there it is still to be told."""
    shop.on_both(stock=3)
    record_orders(shop.here, [order("A", line("L1"))])
    return MarketplaceJob.objects.get(account=shop.there)


def wait(job: MarketplaceJob, *, until: timedelta, reason: str = "RETRY") -> None:
    """It has begun, and goes on so much later."""
    MarketplaceJob.objects.filter(pk=job.pk).update(
        status="RUNNING", run_after=timezone.now() + until, wait_reason=reason
    )


def reasons(told: list[NotDone]) -> list[tuple[Why, str, int]]:
    return [(each.why, each.account_name, each.count) for each in told]


def test_a_quantity_that_is_about_to_be_told_is_no_news(
    shop: Shop, waiting: MarketplaceJob
) -> None:
    assert attention.offered_too_often() == []
    wait(waiting, until=timedelta(minutes=2))
    assert attention.offered_too_often() == []


@pytest.mark.parametrize("why", STOPS)
def test_a_quantity_that_waits_on_a_stopped_account_is_told_of(
    shop: Shop, waiting: MarketplaceJob, why: Why
) -> None:
    STOPS[why](shop.there)
    assert reasons(attention.offered_too_often()) == [(why, "Right stall", 1)]
    [banner] = sale_banners.look()
    assert banner.title == "Of 1 product, Stall (Right stall) may offer more than there is."
    assert banner.urgent
    assert "status" not in banner.links[0].url


def test_several_jobs_of_a_product_are_one_product(shop: Shop, waiting: MarketplaceJob) -> None:
    wait(waiting, until=timedelta(0))
    record_orders(shop.here, [order("B", line("L1"))])
    assert len(jobs_of(shop.there)) == 2
    STOPS[Why.PAUSED](shop.there)
    assert reasons(attention.offered_too_often()) == [(Why.PAUSED, "Right stall", 1)]


def test_a_quantity_that_waits_until_tomorrow_is_told_of(
    shop: Shop, waiting: MarketplaceJob
) -> None:
    wait(waiting, until=timedelta(hours=9), reason="LIMIT")
    assert reasons(attention.offered_too_often()) == [(Why.WAITS, "Right stall", 1)]
    [banner] = sale_banners.look()
    assert "change the quantities at Stall" in banner.advice
    STOPS[Why.PAUSED](shop.there)
    assert reasons(attention.offered_too_often()) == [(Why.PAUSED, "Right stall", 1)]


def test_a_quantity_whose_job_is_paused_is_told_of(shop: Shop, waiting: MarketplaceJob) -> None:
    MarketplaceJob.objects.update(paused_at=timezone.now())
    assert reasons(attention.offered_too_often()) == [(Why.WAITS, "Right stall", 1)]


def test_a_quantity_that_has_used_up_its_attempts_is_told_of_although_it_goes_on(
    shop: Shop, waiting: MarketplaceJob
) -> None:
    MarketplaceJob.objects.update(attempt_count=waiting.attempt_limit - 1)
    assert attention.offered_too_often() == []
    MarketplaceJob.objects.update(attempt_count=waiting.attempt_limit)
    assert reasons(attention.offered_too_often()) == [(Why.WAITS, "Right stall", 1)]


def test_a_withdrawal_that_waits_until_later_is_told_of(shop: Shop) -> None:
    shop.on_both(stock=1)
    record_orders(shop.here, [order("A", line("L1"))])
    wait(MarketplaceJob.objects.get(), until=timedelta(minutes=30))
    assert reasons(attention.still_for_sale()) == [(Why.WAITS, "Right stall", 1)]
    assert attention.offered_too_often() == []


def test_a_product_that_is_to_be_withdrawn_there_is_told_of_once(
    shop: Shop, waiting: MarketplaceJob
) -> None:
    """What was told before the last piece was sold has become void."""
    wait(waiting, until=timedelta(hours=9), reason="LIMIT")
    record_orders(shop.here, [order("B", line("L1", 2))])
    STOPS[Why.PAUSED](shop.there)
    assert reasons(attention.still_for_sale()) == [(Why.PAUSED, "Right stall", 1)]
    assert attention.offered_too_often() == []


def test_what_waits_for_a_listing_that_is_over_is_not_told_of(
    shop: Shop, waiting: MarketplaceJob
) -> None:
    assert waiting.product is not None
    listings.mark(listings.known(shop.there, waiting.product), ListingStatus.ENDED)
    STOPS[Why.PAUSED](shop.there)
    assert attention.offered_too_often() == []


# -- what has failed


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
