"""Accounts sync by themselves, at an interval of their own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Account
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sync import schedule
from tasks import actions, requests, tenancy
from tasks.dispatch import lanes, timer
from tasks.models import MarketplaceJob, Priority
from tests.marketplaces.ebay.shelves import REFUSED, Shelves


def reconcile() -> None:
    """The hourly one, over all tenants; the connection comes back to where it was."""
    timer.reconcile()
    tenancy.enter(tenancy.tenant_named("t1"))


def waiting(account: Account, action: str = "sync") -> list[MarketplaceJob]:
    jobs = MarketplaceJob.objects.filter(account=account, action=action, status="PENDING")
    return list(jobs.order_by("pk"))


def minutes_until(moment: datetime) -> int:
    return round((moment - timezone.now()) / timedelta(minutes=1))


def test_a_new_account_begins_by_itself(account: Account) -> None:
    reconcile()
    assert [job.action for job in MarketplaceJob.objects.order_by("action")] == ["orders", "sync"]
    assert minutes_until(waiting(account)[0].run_after) == 1


@pytest.mark.parametrize(("action", "minutes"), [("sync", 360), ("orders", 10)])
def test_a_run_asks_for_the_next_one_as_it_ends(
    shelves: Shelves, action: str, minutes: int
) -> None:
    shelves.run(action)
    (following,) = waiting(shelves.account, action)
    assert minutes_until(following.run_after) == minutes
    assert following.requested_by == "the account's interval"


def test_however_often_it_is_asked_one_waits(shelves: Shelves) -> None:
    shelves.run()
    for _ in range(3):
        reconcile()
        schedule.ensure(shelves.account)
    assert len(waiting(shelves.account)) == 1


def test_a_paused_account_piles_nothing_up(account: Account) -> None:
    reconcile()
    lanes.pause(account.pk, by="mia", reason="")
    for _ in range(3):
        reconcile()
    assert MarketplaceJob.objects.count() == 2


def test_asked_for_now_it_does_not_wait_for_its_time(shelves: Shelves) -> None:
    shelves.run()
    (following,) = waiting(shelves.account)
    requests.request_job(shelves.account, "sync", priority=Priority.NORMAL)
    (now,) = waiting(shelves.account)
    assert now.pk == following.pk
    assert minutes_until(now.run_after) == 0


def test_a_run_that_failed_is_followed_by_another_at_its_time(
    shelves: Shelves, control: SandboxControl
) -> None:
    route = "GET /sell/inventory/v1/inventory_item"
    control.add_fault(route, "status", status=400, body=REFUSED, times=0)
    assert shelves.run().status == "FAILED"
    assert waiting(shelves.account) == []
    reconcile()
    assert minutes_until(waiting(shelves.account)[0].run_after) == 360


def test_orders_that_could_not_be_fetched_are_fetched_again_at_the_interval_and_then_later(
    shelves: Shelves, control: SandboxControl
) -> None:
    route = "GET /sell/fulfillment/v1/order"
    fault = control.add_fault(route, "status", status=400, body=REFUSED, times=0)
    waits = []
    for _ in range(5):
        assert shelves.run("orders").status == "FAILED"
        (following,) = waiting(shelves.account, "orders")
        waits.append(minutes_until(following.run_after))
    assert waits == [10, 20, 40, 60, 60]
    (_sync, orders) = schedule.standing(shelves.account)
    assert orders.failed is not None
    control.remove_fault(fault)
    assert shelves.run("orders").status == "COMPLETED"
    (following,) = waiting(shelves.account, "orders")
    assert minutes_until(following.run_after) == 10
    assert schedule.standing(shelves.account)[1].failed is None


def test_no_run_takes_the_place_of_an_open_question(shelves: Shelves) -> None:
    for listing in [shelves.ours() for _ in range(6)]:
        shelves.delete(listing)
    assert shelves.run().needs_person
    reconcile()
    assert waiting(shelves.account) == []


def test_an_edited_interval_moves_what_waits(account: Account) -> None:
    reconcile()
    before = waiting(account)[0]
    MarketplaceJob.objects.filter(pk=before.pk).update(run_after=timezone.now() + timedelta(days=1))
    account.sync_every_minutes = 30
    account.save()
    schedule.change(account)
    (after,) = waiting(account)
    assert minutes_until(after.run_after) <= 30


def test_without_an_interval_it_runs_when_asked_only(shelves: Shelves) -> None:
    reconcile()
    shelves.account.sync_every_minutes = None
    shelves.account.save()
    schedule.change(shelves.account)
    assert waiting(shelves.account) == []
    reconcile()
    assert shelves.run().status == "COMPLETED"
    assert waiting(shelves.account) == []
    assert len(waiting(shelves.account, "orders")) == 1


def test_a_run_that_a_person_retried_is_not_withdrawn_with_the_interval(account: Account) -> None:
    reconcile()
    (run,) = waiting(account)
    MarketplaceJob.objects.filter(pk=run.pk).update(status="EXPIRED", completed_at=timezone.now())
    assert actions.retry(run).retried
    Account.objects.update(sync_every_minutes=None)
    account.refresh_from_db()
    schedule.change(account)
    assert [job.pk for job in waiting(account)] == [run.pk]


def test_an_account_without_a_sign_in_is_left_alone(account: Account) -> None:
    Account.objects.update(refresh_token="")
    reconcile()
    assert MarketplaceJob.objects.count() == 0


def test_a_waiting_job_that_was_lost_comes_back(shelves: Shelves) -> None:
    shelves.run()
    MarketplaceJob.objects.filter(status="PENDING").delete()
    reconcile()
    assert len(waiting(shelves.account)) == 1
