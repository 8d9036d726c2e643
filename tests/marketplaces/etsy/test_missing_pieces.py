"""Pieces that are missing at Etsy: the orders that may tell of them are asked for at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Listing, Product
from marketplaces.sales import record_orders
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sync import missing, schedule
from tasks import requests
from tasks.dispatch import claims, lanes
from tasks.models import MarketplaceJob, MarketplaceTask, Priority
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.etsy.conftest import PUT_INVENTORY, Run
from tests.marketplaces.etsy.shelves import EtsyShelves
from tests.marketplaces.etsy.test_life_jobs import begin, change
from tests.marketplaces.sales.builders import line, order

WHY = "pieces that are missing at Etsy"


@pytest.fixture
def live(run: Run) -> Listing:
    """Nine pieces are on sale at Etsy."""
    product = Product.objects.get()
    change(product, stock=9)
    job = run("publish")
    assert job.status == "COMPLETED", job.error_message
    return Listing.objects.get()


def is_asked() -> bool:
    """Whether orders are to be fetched now; `run` fetches none, and has them wait until tomorrow."""
    waiting = MarketplaceJob.objects.filter(action="orders", status="PENDING")
    return waiting.filter(run_after__lte=timezone.now()).exists()


def tell(run: Run, stock: int, action: str = "set_quantity") -> MarketplaceJob:
    """Of what is left, after a sale elsewhere."""
    change(Product.objects.get(), stock=stock)
    job = run(action)
    assert job.status == "COMPLETED", job.error_message
    return job


@pytest.mark.parametrize("action", ["set_quantity", "update", "publish", "activate"])
def test_the_orders_are_asked_for_at_once(
    run: Run, live: Listing, control: EtsyControl, action: str
) -> None:
    control.sell("nora", live.external_id)
    tell(run, 7, action)
    asked = MarketplaceJob.objects.get(action="orders")
    assert (asked.account_id, asked.product_id, asked.requested_by) == (live.account_id, None, WHY)
    assert (asked.priority, asked.run_after <= timezone.now()) == (Priority.HIGH, True)


@pytest.mark.parametrize("action", ["set_quantity", "update"])
def test_nothing_is_asked_for_when_nothing_is_missing(
    run: Run, live: Listing, control: EtsyControl, action: str
) -> None:
    control.sell("nora", live.external_id)
    record_orders(live.account, [order("A", line(live.external_id, 1))])
    tell(run, 7, action)
    assert not is_asked()
    assert missing.last(Listing.objects.get()) is None


def test_a_price_alone_finds_them_too(run: Run, live: Listing, control: EtsyControl) -> None:
    control.sell("nora", live.external_id)
    change(Product.objects.get(), price="25.00")
    run("update")
    assert is_asked()


def test_a_number_that_is_only_seen_finds_them_too(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.sell("nora", live.external_id, 4)
    tell(run, 7)
    assert is_asked()
    tell(run, 6)
    assert not is_asked()


def test_a_run_that_waits_for_its_time_is_brought_forward(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    later = timezone.now() + timedelta(minutes=9)
    waiting = requests.request_job(
        live.account, "orders", run_after=later, requested_by=schedule.BY_ITSELF
    )
    control.sell("nora", live.external_id)
    tell(run, 7)
    asked = MarketplaceJob.objects.get(action="orders")
    assert (asked.pk, asked.payload) == (waiting.job_id, {requests.BROUGHT_FORWARD_BY: WHY})
    assert asked.run_after <= timezone.now()


def test_a_run_at_work_may_have_read_too_early_and_is_followed_by_one(
    run: Run, live: Listing, control: EtsyControl, shelves: EtsyShelves
) -> None:
    requests.request_job(live.account, "orders", priority=Priority.CRITICAL)
    running = claims.claim(shelves.turn, lease_seconds=300)
    assert running is not None
    control.sell("nora", live.external_id)
    tell(run, 7)
    follow_up = MarketplaceJob.objects.get(action="orders", status="PENDING")
    assert (follow_up.pk != running.pk, is_asked()) == (True, True)


def test_what_the_seller_has_lowered_by_hand_is_asked_about_once(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.change_by_hand(live.external_id, quantity=8)
    tell(run, 7)
    assert is_asked()
    for stock, action in ((6, "set_quantity"), (5, "update"), (4, "publish")):
        tell(run, stock, action)
        assert not is_asked()


def test_further_pieces_are_asked_about_again(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.change_by_hand(live.external_id, quantity=8)
    tell(run, 7)
    assert is_asked()
    control.sell("nora", live.external_id)
    tell(run, 6)
    assert is_asked()


def test_a_sale_after_the_missing_ones_were_told_of_is_asked_about(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    """As many are missing as before, but they are other pieces."""
    control.sell("nora", live.external_id)
    tell(run, 7)
    assert is_asked()
    record_orders(live.account, [order("A", line(live.external_id, 1))])
    control.sell("nora", live.external_id)
    tell(run, 5)
    assert is_asked()


def test_those_that_came_back_and_are_gone_again_are_asked_about(
    run: Run, live: Listing, control: EtsyControl
) -> None:
    control.change_by_hand(live.external_id, quantity=8)
    tell(run, 7)
    assert is_asked()
    control.change_by_hand(live.external_id, quantity=7)
    tell(run, 6)
    assert not is_asked()
    control.sell("nora", live.external_id)
    tell(run, 5)
    assert is_asked()


@pytest.mark.parametrize("action", ["set_quantity", "update"])
def test_a_call_that_is_cut_off_loses_nothing(
    run: Run, live: Listing, control: EtsyControl, action: str
) -> None:
    """Nobody knows then what should be there: the next try cannot find out any more."""
    control.sell("nora", live.external_id)
    change(Product.objects.get(), stock=7)
    control.add_fault(PUT_INVENTORY, "cut_after")
    begin(live, action)
    assert is_asked()
    tell(run, 7, action)
    assert not is_asked()


def test_an_account_whose_work_is_stopped_keeps_the_wish(
    run: Run, live: Listing, control: EtsyControl, shelves: EtsyShelves
) -> None:
    """It was stopped while the number was on its way."""
    control.sell("nora", live.external_id)
    change(Product.objects.get(), stock=7)
    asked = requests.request_job(live.account, "set_quantity", live.product)
    job = claims.claim(shelves.turn, lease_seconds=30)
    assert job is not None
    lanes.pause(live.account_id, by="mia", reason="")
    lanes.stop_for_consent(live.account_id, reason="")
    TaskOrchestrator().execute_job_with_tasks(job)
    assert MarketplaceJob.objects.get(pk=asked.job_id).status == "COMPLETED"
    assert is_asked()


def test_the_fetched_orders_explain_them(
    run: Run, live: Listing, control: EtsyControl, shelves: EtsyShelves
) -> None:
    control.sell("nora", live.external_id)
    tell(run, 7)
    listing = Listing.objects.get()
    assert (missing.unexplained(listing), missing.is_awaited(listing)) == (1, True)
    shelves.run("orders")
    listing = Listing.objects.get()
    assert (missing.unexplained(listing), missing.is_awaited(listing)) == (0, False)
    assert Product.objects.get().stock == 6


def test_orders_that_lag_behind_are_fetched_once_they_show_it(
    run: Run, live: Listing, control: EtsyControl, settings: DjangoSettings
) -> None:
    settings.ETSY = settings.ETSY | {"settle_seconds": 0.5}
    control.sell("nora", live.external_id)
    before = timezone.now()
    tell(run, 7)
    asked = MarketplaceJob.objects.get(action="orders")
    assert asked.run_after >= before + timedelta(seconds=0.5)
    listing = Listing.objects.get()
    Account.objects.update(last_orders_at=before)
    assert missing.is_awaited(Listing.objects.get()), "a read of that time may not show it"
    Account.objects.update(last_orders_at=asked.run_after)
    assert not missing.is_awaited(Listing.objects.get())
    assert missing.unexplained(listing) == 1


def test_a_sync_that_sees_them_back_forgets_them(
    run: Run, live: Listing, control: EtsyControl, shelves: EtsyShelves
) -> None:
    control.change_by_hand(live.external_id, quantity=8)
    tell(run, 7)
    for there, known in ((6, 1), (7, 0)):
        control.change_by_hand(live.external_id, quantity=there)
        shelves.age()
        shelves.run()
        assert missing.unexplained(Listing.objects.get()) == known


@pytest.mark.parametrize("action", ["set_quantity", "update"])
def test_the_step_says_how_many_were_left_out_and_why(
    run: Run, live: Listing, control: EtsyControl, action: str
) -> None:
    control.sell("nora", live.external_id, 2)
    job = tell(run, 7, action)
    step = {"set_quantity": "set_quantity", "update": "save_stock"}[action]
    task = MarketplaceTask.objects.get(job=job, step=step)
    assert task.result is not None
    assert task.result["quantity"] == 5
    assert task.result["pieces_left_out"] == (
        "2, because they are missing at Etsy: they may have been bought there, which the orders "
        "will tell."
    )
