"""Whose account it is at Vinted can be set right, while nothing was published there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from marketplaces.models import Account, DeletedListing, Listing, Product
from stoflow.tenants.models import Tenant
from tasks.dispatch import lanes
from tasks.models import MarketplaceJob, MarketplaceTask, StaffAction
from tests.marketplaces.admin.plugin_pages import call_of, page, plugin_of, words
from tests.tasks.admin.conftest import Browser, staff, text_of
from tests.tasks.admin.pressing import read, words_of


@pytest.fixture
def manager(tenant: Tenant) -> Browser:
    return Browser(staff("mara", tenant, "change_account"), tenant)


@pytest.fixture
def account(tenant: Tenant) -> Account:
    account: Account = Account.objects.create(
        marketplace="vinted", name="Marie", shop_id="4712", settings={"site": "www.vinted.fr"}
    )
    lanes.ensure(account.pk, marketplace="vinted", name=account.name)
    return account


def member_of(account: Account) -> str:
    account.refresh_from_db(fields=["shop_id"])
    return account.shop_id


def test_a_member_is_forgotten_after_a_preview_and_it_is_recorded(
    manager: Browser, account: Account
) -> None:
    plugin_of(account)
    assert "Forget the member…" in words(manager, account)
    told = read(manager.get(page(account, "browser/member")))
    assert "The member 4712 is forgotten." in told.text
    assert "whoever is signed in at www.vinted.fr next" in told.text
    assert "At present that is “marie_vide” (4711)" in told.text
    assert member_of(account) == "4712"

    done = words_of(text_of(told.confirm(manager, "paired too early")))

    assert "The member 4712 was forgotten." in done
    assert member_of(account) == ""
    action = StaffAction.objects.get()
    assert (action.kind, action.by, action.reason, action.done_count) == (
        "forget_member", "mara", "paired too early", 1,
    )  # fmt: skip
    assert "Forget the member…" not in words(manager, account)


def test_the_same_form_sent_again_leaves_the_next_member(
    manager: Browser, account: Account
) -> None:
    told = read(manager.get(page(account, "browser/member")))
    told.confirm(manager)
    Account.objects.update(shop_id="4711")
    told.confirm(manager)
    assert member_of(account) == "4711"


def test_a_browser_of_another_site_names_nobody(manager: Browser, account: Account) -> None:
    plugin_of(account, site="www.vinted.be")
    told = read(manager.get(page(account, "browser/member")))
    assert "Nobody is signed in there now." in told.text


def listed(account: Account) -> None:
    product = Product.objects.create(sku="A", title="A", price=1)
    Listing.objects.create(account=account, product=product, key="t1zp1", external_id="7")


def deleted(account: Account) -> None:
    DeletedListing.objects.create(account=account, key="t1zp1", deleted_at=timezone.now())


def begun(account: Account) -> None:
    call_of(account, writes=True, status="LOST")


def job_of(account: Account, **facts: Any) -> MarketplaceJob:
    return MarketplaceJob.objects.create(
        marketplace="vinted",
        action="publish",
        account_id=account.pk,
        created_at=timezone.now(),
        run_after=timezone.now(),
        **facts,
    )


def in_doubt(account: Account) -> None:
    job = job_of(account, status="RUNNING")
    doubt = {"status": "UNKNOWN", "created_at": timezone.now()}
    MarketplaceTask.objects.create(job=job, name="x", position=1, step="draft", **doubt)


@pytest.mark.parametrize("happened", [listed, deleted, begun, in_doubt])
def test_a_member_in_whose_name_something_may_be_there_stays(
    manager: Browser, account: Account, happened: Callable[[Account], None]
) -> None:
    before = read(manager.get(page(account, "browser/member")))
    happened(account)
    told = read(manager.get(page(account, "browser/member")))
    assert "StoFlow has already worked at Vinted in this member's name" in told.text
    assert "Forget the member" not in told.text.replace("Forget the member at Vinted?", "")

    done = words_of(text_of(before.confirm(manager)))

    assert "StoFlow has already worked at Vinted in this member's name" in done
    assert member_of(account) == "4712"
    assert StaffAction.objects.get().refused_count == 1


def test_what_only_reads_or_was_never_sent_keeps_no_member(
    manager: Browser, account: Account
) -> None:
    call_of(account)
    call_of(account, writes=True, status="UNSENT")
    read(manager.get(page(account, "browser/member"))).confirm(manager)
    assert member_of(account) == ""


def test_a_member_stays_while_a_worker_has_a_job_of_the_account(
    manager: Browser, account: Account
) -> None:
    lease = {"lease_token": uuid4(), "leased_by": "w", "leased_until": timezone.now()}
    job_of(account, status="RUNNING", **lease)
    told = read(manager.get(page(account, "browser/member")))
    assert "The account is being worked on." in told.text
    assert member_of(account) == "4712"
