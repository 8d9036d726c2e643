"""A refusal of a creation that Vinted itself need not have given is believed after a look only.

What holds up the whole account is in test_refused_after_effect.py.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Listing, ListingStatus, PluginCommand, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import actions, requests
from tasks.dispatch import lanes
from tasks.models import MarketplaceJob, MarketplaceTask
from tests.marketplaces.vinted.conftest import (
    COMPLETE,
    DRAFT,
    PHOTO,
    READ,
    WARDROBE,
    Run,
    ShownItem,
    last_request,
    routes_since,
    work_on,
)

LIMIT: dict[str, Any] = {"status": 429, "headers": {"Retry-After": "1"}}
FORBIDDEN: dict[str, Any] = {"status": 403, "body": {"message": "You are not allowed to do this"}}
CONFLICT: dict[str, Any] = {"status": 409, "body": {"message": "Conflict"}}
ANSWERS: dict[str, dict[str, Any]] = {
    "a page of a proxy": {"status": 400, "page": "<html>Bad request</html>"},
    "words of a proxy": {"status": 400, "body": {"message": "Bad request"}},
    "a fault of no field": {"status": 400, "body": {"errors": ["Bad request"]}},
    "another status": {
        "status": 409,
        "body": {"errors": [{"field": "title", "value": "was sent a moment ago"}]},
    },
    "nothing there": {"status": 404, "body": {"message": "Not found"}},
    "a page of nothing": {"status": 404, "page": "<html>Not found</html>"},
    "photos that are taken": {
        "status": 400,
        "body": {"errors": [{"field": "assigned_photos", "value": "belong to another item"}]},
    },
}


def work_until_ended(account: Account, job_id: int) -> MarketplaceJob:
    """A person lets the account go on whenever it has been stopped."""
    for _ in range(6):
        job = work_on(account, job_id)
        if job.completed_at is not None:
            break
        lanes.consent_given(account.pk)
    return job


def until_in_doubt(account: Account, product: Product) -> MarketplaceJob:
    """A publication as it waits after the answer."""
    job_id = requests.request_job(account, "publish", product).job_id
    for _ in range(20):
        job = work_on(account, job_id, most=1)
        if MarketplaceTask.objects.filter(job=job, error_message__gt="").exists():
            return job
    raise AssertionError("The job met no failure.")


@pytest.mark.parametrize("told", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_draft_that_was_made_though_the_answer_denies_it_is_the_only_one(
    run: Run,
    account: Account,
    control: VintedControl,
    the_item: ShownItem,
    told: dict[str, Any],
) -> None:
    control.add_fault(DRAFT, "status_after_effect", **told)
    job = work_until_ended(account, run("publish").pk)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0) == [PHOTO, PHOTO, DRAFT, WARDROBE, READ, COMPLETE]
    assert the_item()["state"] == "active"


def test_a_refusal_of_a_draft_that_may_be_a_proxys_is_told_in_its_words_after_one_look(
    run: Run, control: VintedControl, account: Account, the_item: ShownItem
) -> None:
    control.add_fault(DRAFT, "status", status=400, body={"message": "Verify your telephone"})
    job = run("publish")
    assert (job.status, job.error_class) == ("FAILED", "VintedRefusedError")
    assert "Verify your telephone" in job.error_message
    assert routes_since(control, 0) == [PHOTO, PHOTO, DRAFT, WARDROBE]
    before = last_request(control)
    actions.retry(job)
    job = work_on(account, job.pk)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, before).count(DRAFT) == 1
    assert the_item()["state"] == "active"


@pytest.mark.parametrize("told", [LIMIT, CONFLICT], ids=["429", "409"])
@pytest.mark.usefixtures("plugin")
def test_a_wardrobe_that_shows_the_draft_late_is_read_again(  # noqa: PLR0917 - fixtures
    account: Account,
    product: Product,
    control: VintedControl,
    the_item: ShownItem,
    settings: DjangoSettings,
    told: dict[str, Any],
) -> None:
    lag = 1.0
    control.settings(read_lag=lag)
    settings.VINTED = settings.VINTED | {"settle_seconds": 2 * lag}
    control.add_fault(DRAFT, "status_after_effect", **told)
    job = until_in_doubt(account, product)
    while job.completed_at is None:
        job = work_on(account, job.pk, most=1)
        time.sleep(lag / 5)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0).count(DRAFT) == 1
    assert routes_since(control, 0).count(WARDROBE) > 1
    assert the_item()["state"] == "active"


@pytest.mark.parametrize("told", [LIMIT, FORBIDDEN, CONFLICT], ids=["429", "403", "409"])
@pytest.mark.usefixtures("plugin")
def test_a_new_job_finds_the_draft_of_one_that_failed_in_doubt(
    account: Account,
    product: Product,
    control: VintedControl,
    the_item: ShownItem,
    told: dict[str, Any],
) -> None:
    control.add_fault(DRAFT, "status_after_effect", **told)
    job = until_in_doubt(account, product)
    copy = control.list_by_hand("lea", f"A copy [{Listing.objects.get().key}]")
    job = work_until_ended(account, job.pk)
    assert (job.status, job.needs_person) == ("FAILED", True)
    control.remove_by_hand(copy)
    PluginCommand.objects.all().delete()
    job_id = requests.request_job(account, "publish", product).job_id
    job = work_until_ended(account, job_id)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0).count(DRAFT) == 1
    assert the_item()["state"] == "active"


@pytest.mark.usefixtures("plugin")
def test_a_job_that_is_cancelled_after_a_refused_completion_learns_first_what_came_of_it(
    account: Account, product: Product, control: VintedControl
) -> None:
    control.add_fault(COMPLETE, "status_after_effect", **LIMIT)
    job = until_in_doubt(account, product)
    actions.cancel(job, requested_by="ada@stoflow")
    job = work_until_ended(account, job.pk)
    assert Listing.objects.get().status == ListingStatus.LIVE
    assert job.status == "COMPLETED", job.error_message


def test_a_photo_whose_answer_denies_it_is_sent_again_and_attached_once(
    run: Run, account: Account, control: VintedControl, the_item: ShownItem
) -> None:
    control.add_fault(PHOTO, "status_after_effect", **LIMIT)
    job = work_until_ended(account, run("publish").pk)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0).count(PHOTO) == 3
    assert len(the_item()["photos"]) == 2


@pytest.mark.usefixtures("plugin")
def test_a_limit_that_follows_a_refusal_in_doubt_is_no_answer_for_ever(
    account: Account, product: Product, control: VintedControl, the_item: ShownItem
) -> None:
    """The command of the refusal is not kept as long as what was noted of it."""
    control.add_fault(DRAFT, "status", **CONFLICT)
    job = until_in_doubt(account, product)
    PluginCommand.objects.all().delete()
    control.add_fault(DRAFT, "status", **LIMIT)
    job = work_until_ended(account, job.pk)
    assert job.status == "COMPLETED", job.error_message
    assert routes_since(control, 0).count(DRAFT) == 3
    assert the_item()["state"] == "active"
