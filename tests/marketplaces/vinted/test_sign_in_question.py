"""Before a write the browser asks Vinted who is signed in, and Vinted may not want to be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Account, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tests.marketplaces.vinted.conftest import work_on

QUESTION = "GET /api/v2/users/current"


def asked(control: VintedControl) -> int:
    return sum(call["template"] == "/api/v2/users/current" for call in control.requests())


@pytest.mark.parametrize(("retry_after", "seconds"), [("600", 600), (None, 60)])
@pytest.mark.usefixtures("plugin")
def test_a_limit_there_holds_back_the_whole_account_and_costs_no_attempt(
    account: Account,
    product: Product,
    control: VintedControl,
    retry_after: str | None,
    seconds: int,
) -> None:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    control.add_fault(QUESTION, "status", status=429, headers=headers, times=0)
    job_id = requests.request_job(account, "publish", product).job_id
    before, began = asked(control), timezone.now()
    job = work_on(account, job_id, most=1)
    assert asked(control) == before + 1
    lane = Lane.objects.get(account_id=account.pk)
    assert lane.blocked_until is not None
    assert timedelta(seconds=seconds - 1) < lane.blocked_until - began < timedelta(minutes=11)
    assert "Vinted asks to slow down" in job.error_message
    requests.request_job(account, "sync", None)
    assert claims.claim(Turn(lane.pk, "t1", account.pk), lease_seconds=30) is None
    assert asked(control) == before + 1
    for _ in range(10):
        job = work_on(account, job_id, most=1)
    assert job.completed_at is None, "however often it is asked to wait"
    control.clear_faults()
    work_on(account, job_id)
    assert MarketplaceJob.objects.get(pk=job_id).status == "COMPLETED"


@pytest.mark.usefixtures("plugin")
def test_a_page_in_its_place_is_waited_out_as_an_ended_session(
    account: Account, product: Product, control: VintedControl
) -> None:
    page = "<!DOCTYPE html><html>Sign in</html>"
    control.add_fault(QUESTION, "status", status=200, page=page)
    job_id = requests.request_job(account, "publish", product).job_id
    job = work_on(account, job_id, most=1)
    assert job.completed_at is None
    assert job.attempt_count <= 1
    assert control.effects()["listings"] == []
