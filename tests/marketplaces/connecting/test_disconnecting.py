"""A shop is disconnected by a manager: StoFlow forgets its sign-in, and another seller may have it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from marketplaces.models import Account, Listing, Product
from marketplaces.shared.models import ShopClaim
from marketplaces.sync import schedule
from stoflow.tenants.models import Tenant
from stoflow.tenants.roles import SUPPORT
from tasks import tenancy
from tasks.dispatch import lanes, timer
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, StaffAction
from tests.marketplaces.connecting.conftest import ACCOUNTS, begun, decided, person
from tests.marketplaces.connecting.test_shop_of_one_seller import (
    TAKEN,
    comes_back,
    connected_by,
    marketplace,
)
from tests.tasks.admin.conftest import Browser, text_of
from tests.tasks.admin.pressing import read, words_of

__all__ = ["marketplace"]


@pytest.fixture
def account(manager: Browser, marketplace: str) -> Account:
    comes_back(manager, marketplace)
    account: Account = Account.objects.get()
    return account


def page_of(account: Account) -> str:
    return f"{ACCOUNTS}{account.pk}/disconnect/"


def waiting() -> set[str]:
    return set(MarketplaceJob.objects.filter(status="PENDING").values_list("action", flat=True))


def disconnected(manager: Browser, account: Account) -> str:
    told = read(manager.get(page_of(account)))
    return words_of(text_of(told.confirm(manager, "the wrong seller")))


def test_the_sign_in_is_forgotten_after_a_preview_and_it_is_recorded(
    manager: Browser, account: Account
) -> None:
    assert "Disconnect…" in text_of(manager.get(f"{ACCOUNTS}{account.pk}/change/"))
    product = Product.objects.create(sku="A", title="A", price=1)
    Listing.objects.create(
        account=account, product=product, key="t1zp1", external_id="7", status="LIVE"
    )
    told = read(manager.get(page_of(account))).text
    assert "The sign-in at" in told
    assert "1 listing is live there and stays so" in told
    assert Account.objects.get().refresh_token
    assert "what is live there stays live" in disconnected(manager, account)
    after = Account.objects.get()
    assert (after.refresh_token, after.access_token, after.shop_id) == ("", "", account.shop_id)
    action = StaffAction.objects.latest("pk")
    assert (action.kind, action.by, action.reason) == (
        "disconnect_account", "mara", "the wrong seller",
    )  # fmt: skip
    page = text_of(manager.get(f"{ACCOUNTS}{account.pk}/change/"))
    assert "No: it was disconnected" in page
    assert "Disconnect…" not in page


def test_another_seller_may_connect_the_shop_then(
    manager: Browser, account: Account, neighbour: Tenant, marketplace: str
) -> None:
    disconnected(manager, account)
    theirs = connected_by(neighbour, marketplace)
    assert theirs.shop_id == account.shop_id
    tenancy.leave()
    timer.reconcile()
    claim = ShopClaim.objects.get()
    assert (claim.schema_name, claim.account_id) == ("t2", theirs.pk)
    tenancy.enter(Tenant.objects.get(schema_name="t1"))
    assert TAKEN not in text_of(manager.get(f"{ACCOUNTS}{account.pk}/change/"))
    again = comes_back(manager, marketplace, f"{ACCOUNTS}{account.pk}/connect/")
    assert TAKEN in text_of(again)


@pytest.mark.parametrize("again", ["as new", "with its own button"])
def test_whoever_connects_it_again_goes_on_with_the_same_account(
    manager: Browser, account: Account, marketplace: str, again: str
) -> None:
    disconnected(manager, account)
    path = "" if again == "as new" else f"{ACCOUNTS}{account.pk}/connect/"
    assert comes_back(manager, marketplace, path).status_code == 302
    after = Account.objects.get()
    assert (after.pk, bool(after.refresh_token)) == (account.pk, True)
    assert ShopClaim.objects.get().account_id == account.pk


def test_it_never_becomes_another_shop(
    manager: Browser, account: Account, marketplace: str
) -> None:
    disconnected(manager, account)
    address = begun(manager, f"{ACCOUNTS}{account.pk}/connect/")
    assert "another shop than" in text_of(manager.get(decided(address, seller="carol")))


def test_nothing_is_fetched_by_itself_any_more(manager: Browser, account: Account) -> None:
    assert waiting() == {"sync", "orders"}
    disconnected(manager, account)
    assert not waiting()
    schedule.reconcile()
    assert not waiting()
    comes_back(manager, account.marketplace)
    assert waiting() == {"sync", "orders"}


def test_nobody_is_asked_to_connect_again_what_was_disconnected(
    manager: Browser, account: Account
) -> None:
    lanes.stop_for_consent(account.pk, reason="Revoked")
    disconnected(manager, account)
    assert Lane.objects.get().consent_needed_at is None


def test_it_is_refused_while_a_job_is_worked_on(manager: Browser, account: Account) -> None:
    form = read(manager.get(page_of(account)))
    lease = {"lease_token": uuid4(), "leased_by": "w", "leased_until": timezone.now()}
    now = {"started_at": timezone.now(), "status": "RUNNING"}
    MarketplaceJob.objects.filter(action="sync").update(**lease, **now)
    assert "The account is being worked on" in words_of(text_of(form.confirm(manager)))
    assert Account.objects.get().refresh_token == account.refresh_token
    told = text_of(manager.get(page_of(account)))
    assert "The account is being worked on" in told
    assert ">Disconnect</button>" not in told


def test_the_same_form_sent_again_leaves_what_was_connected_since(
    manager: Browser, account: Account, marketplace: str
) -> None:
    form = read(manager.get(page_of(account)))
    form.confirm(manager)
    comes_back(manager, marketplace)
    form.confirm(manager)
    assert Account.objects.get().refresh_token


def test_only_who_may_change_accounts_disconnects(
    manager: Browser, account: Account, committed: Tenant
) -> None:
    support: Any = person("sue", committed, SUPPORT)
    assert support.get(page_of(account)).status_code == 403
    assert support.post(page_of(account)).status_code == 403
    assert Account.objects.get().refresh_token


def test_a_browser_is_not_disconnected_but_its_code_revoked(
    manager: Browser, committed: Tenant
) -> None:
    vinted = Account.objects.create(marketplace="vinted", name="Marie", shop_id="4711")
    assert manager.get(page_of(vinted)).status_code == 404
