"""Etsy counts the calls of all sellers together; so does StoFlow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account
from marketplaces.sandbox.etsy.control import EtsyControl
from stoflow.tenants.models import Tenant
from tasks.dispatch.models import Lane
from tests.marketplaces.etsy.conftest import CREATE, Run, ShownListing


@pytest.fixture(autouse=True)
def _unspent(committed: Tenant) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.rate_limits WHERE key = 'etsy'")


def test_a_publication_keeps_to_etsys_pace(
    run: Run, control: EtsyControl, settings: DjangoSettings, the_listing: ShownListing
) -> None:
    control.settings(limit_per_second=10)
    settings.ETSY = settings.ETSY | {"calls_per_second": 10}
    assert run("publish").status == "COMPLETED"
    assert the_listing()["state"] == "active"
    assert not [each for each in control.requests() if each["status"] == 429]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "30"}, {"x-remaining-today": "0"}])
def test_a_refusal_for_too_many_calls_makes_the_account_wait_and_costs_no_attempt(
    run: Run,
    account: Account,
    control: EtsyControl,
    the_listing: ShownListing,
    headers: dict[str, str],
) -> None:
    control.add_fault(CREATE, "status", status=429, headers=headers, body={"error": "Too many"})
    with connection.cursor() as cursor:
        job = run("publish")
        assert (job.status, job.attempt_count) == ("RUNNING", 0), job.error_message
        assert "limit" in Lane.objects.get(account_id=account.pk).block_reason
        cursor.execute("UPDATE public.rate_limits SET blocked_until = NULL WHERE key = 'etsy'")
    assert run("publish").status == "COMPLETED"
    assert the_listing()["fees"] == 1
