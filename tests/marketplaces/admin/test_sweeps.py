"""An account's own runs and unmatched listings, as staff see and change them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from marketplaces.models import Account, Listing, Product, UnmatchedListing
from marketplaces.sync import schedule
from stoflow.tenants.models import Tenant
from tasks.dispatch import lanes
from tasks.dispatch.presence import Presence
from tasks.models import MarketplaceJob, StaffAction
from tests.tasks.admin.conftest import TENANT, Browser, staff, text_of
from tests.tasks.admin.pressing import words_of
from tests.wrong_clocks import clock_ahead


@pytest.fixture
def account(tenant: Tenant) -> Account:
    return Account.objects.create(marketplace="ebay", name="Anna's shop", refresh_token="r")


@pytest.fixture
def leader(tenant: Tenant) -> Browser:
    return Browser(staff("lee", tenant, "change_account"), tenant)


def url(account: Account) -> str:
    return f"{TENANT}marketplaces/account/{account.pk}/sweeps/"


def page(browser: Browser, account: Account) -> str:
    return words_of(text_of(browser.get(url(account))))


def press(browser: Browser, account: Account, do: str, **values: Any) -> str:
    html = text_of(browser.get(url(account)))
    forms = re.findall(r"<form.*?</form>", html, re.DOTALL)
    form = next(form for form in forms if f'name="do" value="{do}"' in form)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    answer = browser.post(url(account), follow=True, **{**hidden, **values})
    return words_of(text_of(answer))


def waiting(action: str) -> MarketplaceJob:
    return MarketplaceJob.objects.get(action=action, status="PENDING")


def test_the_account_tells_when_it_ran_and_will_run(account: Account, viewer: Browser) -> None:
    assert "Synchronisation and orders" in text_of(
        viewer.get(f"{TENANT}marketplaces/account/{account.pk}/change/")
    )
    shown = page(viewer, account)
    assert "Synchronise Last complete run began: none yet" in shown
    assert "The next run is planned within the hour." in shown
    assert "By itself every 360 minutes" in shown
    assert "now" not in re.findall(r"(?:Synchronise|Fetch orders) (now)", shown)
    schedule.ensure(account)
    assert "Next run:" in page(viewer, account)


def test_asking_for_a_run_brings_the_waiting_one_forward(account: Account, member: Browser) -> None:
    schedule.ensure(account)
    Presence(1, workers=2, every_seconds=0).tell()
    MarketplaceJob.objects.update(run_after=timezone.now() + timedelta(hours=5))
    told = press(member, account, "sync")
    assert "“Synchronise” begins as soon as a worker is free." in told
    assert waiting("sync").run_after <= timezone.now()
    assert waiting("orders").run_after > timezone.now()
    action = StaffAction.objects.get()
    assert (action.kind, action.by) == ("sync", "mia")
    assert action.outcomes.get().sentence == "The run that was waiting begins now."


def test_asking_again_says_that_it_waits_already(account: Account, member: Browser) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    press(member, account, "orders")
    told = press(member, account, "orders")
    assert "“Fetch orders” waits already, and begins as soon as a worker is free." in told
    first, second = StaffAction.objects.order_by("pk")
    assert (first.done_count, first.refused_count) == (1, 0)
    assert (second.done_count, second.refused_count) == (0, 1)


def test_a_run_that_is_due_says_why_it_waits(account: Account, member: Browser) -> None:
    assert "“Fetch orders” is queued. No workers are running." in press(member, account, "orders")
    assert re.search(r"Due since .*\. No workers are running\.", page(member, account))
    Presence(1, workers=2, every_seconds=0).tell(clock_ahead(40))
    clocks = "Workers take no work until the clocks of their machines are right."
    assert clocks in page(member, account)
    Presence(1, workers=2, every_seconds=0).tell()
    assert "waits for a free worker" in page(member, account)
    lanes.pause(account.pk, by="lee", reason="holidays")
    assert "The account's work: Is paused by lee: holidays." in page(member, account)
    assert "Next run" not in page(member, account).partition("Fetch orders")[2]
    lanes.resume(account.pk)
    lanes.rest(account.pk, until=timezone.now() + timedelta(seconds=9))
    assert "waits for a free worker" in page(member, account), "a pause between calls is no stop"
    lanes.offline(account.pk, reason="The browser is closed.")
    assert "The account's work: Has waited for the seller's side since " in page(member, account)


def test_a_run_that_failed_is_told_until_one_does_not(account: Account, viewer: Browser) -> None:
    schedule.ensure(account)
    runs = MarketplaceJob.objects.filter(action="orders")
    runs.update(status="FAILED", completed_at=timezone.now(), error_message="Not now.")
    schedule.ensure(account)
    assert re.search(r"The last run failed: .*\. Not now\. Read why", page(viewer, account))
    MarketplaceJob.objects.filter(status="FAILED").update(status="COMPLETED")
    assert "The last run failed" not in page(viewer, account)


def test_a_due_run_is_withdrawn_with_its_interval(account: Account, leader: Browser) -> None:
    schedule.ensure(account)
    MarketplaceJob.objects.update(run_after=timezone.now() - timedelta(minutes=5))
    press(leader, account, "intervals", sync_every_minutes="", orders_every_minutes="")
    assert not MarketplaceJob.objects.filter(status="PENDING").exists()
    assert page(leader, account).count("It runs only when somebody asks.") == 2


def test_a_run_that_somebody_asked_for_outlives_the_interval(
    account: Account, member: Browser, leader: Browser
) -> None:
    press(member, account, "orders")
    press(leader, account, "intervals", sync_every_minutes="", orders_every_minutes="")
    assert waiting("orders").requested_by == "mia"


def test_the_page_does_not_jump_to_the_reason(account: Account, leader: Browser) -> None:
    assert not re.search(r"<[^>]* autofocus[ =>]", text_of(leader.get(url(account))))


def test_each_button_is_an_action_of_its_own(account: Account, member: Browser) -> None:
    html = text_of(member.get(url(account)))
    keys = re.findall(r'name="key" value="([^"]+)"', html)
    assert len(set(keys)) == len(keys) == 2


def test_intervals_are_changed_by_who_runs_the_shop(account: Account, leader: Browser) -> None:
    schedule.ensure(account)
    told = press(leader, account, "intervals", sync_every_minutes="60", orders_every_minutes="")
    assert "The intervals are saved." in told
    account.refresh_from_db()
    assert (account.sync_every_minutes, account.orders_every_minutes) == (60, None)
    assert not MarketplaceJob.objects.filter(action="orders", status="PENDING").exists()
    assert StaffAction.objects.get().outcomes.get().sentence == (
        "Synchronise: every 60 minutes. Fetch orders: only when somebody asks."
    )
    assert "It runs only when somebody asks." in page(leader, account)


def test_an_interval_too_short_is_refused(account: Account, leader: Browser) -> None:
    press(leader, account, "intervals", sync_every_minutes="1", orders_every_minutes="10")
    account.refresh_from_db()
    assert account.sync_every_minutes == 360


def test_who_may_only_see_changes_nothing(
    account: Account, viewer: Browser, member: Browser
) -> None:
    for browser, do in ((viewer, "sync"), (viewer, "intervals"), (member, "intervals")):
        assert browser.post(url(account), do=do, key="x").status_code == 403
    assert MarketplaceJob.objects.count() == 0


def test_an_unmatched_listing_says_what_to_do(account: Account, viewer: Browser) -> None:
    row = UnmatchedListing.objects.create(
        account=account, external_id="110", sku="X1", title="A stranger", price="5.00",
        currency="EUR", quantity=2, said="PUBLISHED ACTIVE", why="SHARED_SKU",
        last_seen_at=timezone.now(), url="https://m.example/110",
    )  # fmt: skip
    shown = words_of(text_of(viewer.get(f"{TENANT}marketplaces/unmatchedlisting/")))
    assert "A stranger" in shown
    assert "Several live listings have this SKU" in shown
    one = words_of(text_of(viewer.get(f"{TENANT}marketplaces/unmatchedlisting/{row.pk}/change/")))
    assert "End the listings that are too many at the marketplace" in one
    assert "1 live listing belongs to no product here" in page(viewer, account)


def test_a_listing_shows_what_differs_at_the_marketplace(account: Account, viewer: Browser) -> None:
    product = Product.objects.create(sku="S1", title="Scarf", price="19.90", stock=3)
    shown = {"price": "25.00", "currency": "EUR", "quantity": 7, "at": "2026-05-04T03:02:01+00:00"}
    listing = Listing.objects.create(
        account=account, product=product, key="K1", external_id="E1", status="LIVE",
        details={"shown": shown},
    )  # fmt: skip
    path = f"{TENANT}marketplaces/listing/{listing.pk}/change/"
    words = words_of(text_of(viewer.get(path)))
    assert "Price: 25.00 EUR at eBay, 19.90 EUR here" in words
    assert "Quantity: 7 at eBay, 3 here" in words
    closed = {"said": "The marketplace has it no more.", "at": "2026-05-04T03:02:01+00:00"}
    Listing.objects.update(status="WITHDRAWN", details={"closed": closed})
    assert "The marketplace has it no more." in words_of(text_of(viewer.get(path)))
