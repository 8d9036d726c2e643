"""A withdrawal lapses never and waits for nothing that it undoes, at every marketplace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from tasks import handlers, progress, requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob, Priority, WaitReason

SENDS = ("publish", "update", "set_quantity", "activate")
WITHDRAWS = ("unpublish", "delete")


def undone_by(marketplace: str, withdrawal: str) -> list[str]:
    """The actions at the marketplace that put something on sale or change what is."""
    weaker = WITHDRAWS[: WITHDRAWS.index(withdrawal)]
    return [each for each in (*SENDS, *weaker) if (marketplace, each) in OURS]


OURS = {
    (marketplace, action)
    for marketplace, action in handlers.registered()
    if handlers.handler_for(marketplace, action).__module__.startswith("marketplaces.")
}
PAIRS = [
    (marketplace, older, withdrawal)
    for marketplace, withdrawal in sorted(OURS)
    if withdrawal in WITHDRAWS
    for older in undone_by(marketplace, withdrawal)
]


def test_every_marketplace_can_withdraw_and_delete() -> None:
    marketplaces = {marketplace for marketplace, _action in OURS}
    assert {(each, action) for each in marketplaces for action in WITHDRAWS} <= OURS
    assert {"ebay", "etsy", "vinted"} <= marketplaces


@pytest.mark.parametrize(("marketplace", "older", "withdrawal"), PAIRS)
def test_a_withdrawal_does_not_wait_behind_what_it_undoes(
    tenant: Tenant, marketplace: str, older: str, withdrawal: str
) -> None:
    account = Account.objects.create(marketplace=marketplace, name="Nora's shop")
    product = Product.objects.create(sku="W-1", title="Scarf", price=5, stock=1)
    requests.request_job(account, older, product)
    turn = Turn(Lane.objects.get(account_id=account.pk).pk, "t1", account.pk)
    begun = claims.claim(turn, lease_seconds=30)
    assert begun is not None
    progress.let_go(begun, WaitReason.LIMIT)
    tomorrow = timezone.now() + timedelta(days=1)
    MarketplaceJob.objects.filter(pk=begun.pk).update(run_after=tomorrow)
    asked = requests.request_job(account, withdrawal, product, priority=Priority.CRITICAL)
    claimed = claims.claim(turn, lease_seconds=30)
    assert claimed is not None
    assert claimed.pk == asked.job_id
    assert claimed.expires_at is None
    begun.refresh_from_db()
    assert begun.status == "CANCELLED"


@pytest.mark.parametrize(("marketplace", "older", "withdrawal"), PAIRS)
def test_what_is_being_worked_on_is_asked_to_stop(
    tenant: Tenant, marketplace: str, older: str, withdrawal: str
) -> None:
    account = Account.objects.create(marketplace=marketplace, name="Nora's shop")
    product = Product.objects.create(sku="W-1", title="Scarf", price=5, stock=1)
    requests.request_job(account, older, product)
    turn = Turn(Lane.objects.get(account_id=account.pk).pk, "t1", account.pk)
    begun = claims.claim(turn, lease_seconds=30)
    assert begun is not None
    requests.request_job(account, withdrawal, product)
    begun.refresh_from_db()
    assert begun.status == "RUNNING"
    assert begun.cancel_requested_at is not None
