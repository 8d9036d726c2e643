"""A worker that was held up in the middle of a call at eBay, and what became of its job meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from marketplaces.models import Account, Listing, Product
from marketplaces.sandbox.control import SandboxControl
from tasks import requests, tenancy
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.job_run import RunEnd
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.acceptance.processes import until
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.test_publish_job import the_listing
from tests.marketplaces.ebay.test_quantity_job import OFFER, live, settled
from tests.marketplaces.ebay.test_update_job import BULK, WITHDRAW, Calls, change
from tests.marketplaces.sales.builders import sell

__all__ = ["live", "settled"]

pytestmark = pytest.mark.usefixtures("live")


def pass_on(job: MarketplaceJob) -> None:
    """Another worker has the job now."""
    MarketplaceJob.objects.filter(pk=job.pk).update(lease_token=uuid4())


def run_held_up(
    account: Account,
    product: Product,
    control: SandboxControl,
    meanwhile: Callable[[MarketplaceJob], object] = pass_on,
) -> tuple[MarketplaceJob, RunEnd]:
    """Ask for the quantity to be told; `meanwhile` happens before eBay's read is answered."""
    control.add_fault(OFFER, "hold_after")
    requests.request_job(account, "set_quantity", product)
    turn = Turn(Lane.objects.get(account_id=account.pk).pk, "t1", account.pk)
    job = claims.claim(turn, lease_seconds=30)
    assert job is not None

    def happen() -> None:
        until(lambda: bool(control.holds()), 60, "the read is held")
        try:
            with tenancy.inside(tenancy.tenant_named("t1")):
                meanwhile(job)
        finally:
            connection.close()
            control.release()

    with ThreadPoolExecutor(1) as pool:
        happened = pool.submit(happen)
        end = TaskOrchestrator().execute_job_with_tasks(job)
        happened.result()
    job.refresh_from_db()
    return job, end


def test_it_does_not_mark_as_over_what_it_saw(
    run: Run, account: Account, product: Product, control: SandboxControl
) -> None:
    before = Listing.objects.get()
    control.end_listing("anna", sku=before.key)
    assert run_held_up(account, product, control)[1] is RunEnd.LOST
    after = Listing.objects.get()
    assert (after.status, after.details) == ("LIVE", before.details)


def test_it_sends_nothing(
    run: Run, live: Calls, account: Account, product: Product, control: SandboxControl
) -> None:
    change(product, stock=1)
    assert run_held_up(account, product, control)[1] is RunEnd.LOST
    assert BULK not in live.made()
    assert the_listing(control)["quantity"] == 3


def test_its_job_is_void_once_the_last_piece_was_sold_elsewhere(
    run: Run, live: Calls, account: Account, product: Product, control: SandboxControl
) -> None:
    change(product, stock=1)
    other = Account.objects.create(marketplace="etsy", name="Another shop")
    job, _ = run_held_up(account, product, control, lambda _: sell(other, product))
    assert (job.status, job.needs_person) == ("CANCELLED", False)
    assert job.cancel_reason == "This was asked for later: Withdraw."
    assert run("unpublish").status == "COMPLETED"
    assert live.made() == [OFFER, WITHDRAW]
