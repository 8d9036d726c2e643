"""What is asked of eBay while it fails, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.ebay.handlers import PublishHandler
from marketplaces.models import Account, Product
from marketplaces.sandbox.control import SandboxControl
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.errors import OutageError
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.ebay.test_client import ITEM, OFFER

ASKED = [
    "GET /sell/account/v1/return_policy",
    "GET /sell/inventory/v1/location",
]


@pytest.mark.parametrize("route", ASKED)
def test_ebay_answers_again_only_when_each_api_that_a_listing_needs_does(
    account: Account, control: SandboxControl, route: str
) -> None:
    """They fail apart from one another."""
    fault = control.add_fault(route, "status", status=503, times=0)
    with pytest.raises(OutageError):
        PublishHandler.probe(account.pk)
    control.remove_fault(fault)
    PublishHandler.probe(account.pk)


@pytest.mark.parametrize(("route", "reason"), [(ITEM, "RETRY"), (OFFER, "LOOK")])
def test_a_write_that_failed_is_not_followed_by_anything_before_the_time_that_ebay_names(
    account: Account, product: Product, control: SandboxControl, route: str, reason: str
) -> None:
    control.add_fault(route, "status", status=503, headers={"Retry-After": "120"})
    job_id = requests.request_job(account, "publish", product).job_id
    lane = Lane.objects.get(account_id=account.pk)
    claimed = claims.claim(Turn(lane.pk, "t1", account.pk), lease_seconds=30)
    assert claimed is not None
    TaskOrchestrator().execute_job_with_tasks(claimed)
    job = MarketplaceJob.objects.get(pk=job_id)
    assert (job.status, job.wait_reason) == ("RUNNING", reason)
    assert job.run_after > timezone.now() + timedelta(seconds=110)
