"""The demo kills only what is its own."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.keys import own_key
from marketplaces.models import Account, Product
from stoflow.demo import mishaps
from tasks.models import MarketplaceJob
from tasks.requests import request_job


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Stands for a worker."""
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield process
        process.kill()


def lease(account: Account, product: Product, holder: str) -> str:
    """The product's job, held by that worker; returns the SKU at eBay."""
    request_job(account, "publish", product)
    MarketplaceJob.objects.update(
        status="RUNNING",
        started_at=timezone.now(),
        lease_token="5e1f3c1e-0000-4000-8000-000000000001",
        leased_until=timezone.now() + timedelta(minutes=1),
        leased_by=holder,
    )
    return own_key("t1", product.pk)


def test_the_worker_that_holds_the_job_is_killed(
    account: Account, product: Product, process: subprocess.Popen[bytes]
) -> None:
    sku = lease(account, product, f"{socket.gethostname()}:{process.pid}")
    assert mishaps._kill_worker_of(sku)
    assert process.wait(10) == -9
    assert mishaps._kill_worker_of(sku), "Killing who is gone is no error."


def test_a_process_of_that_number_on_this_machine_is_spared_when_the_worker_is_elsewhere(
    account: Account, product: Product, process: subprocess.Popen[bytes]
) -> None:
    sku = lease(account, product, f"elsewhere:{process.pid}")
    assert not mishaps._kill_worker_of(sku)
    assert process.poll() is None


def test_without_a_lease_nobody_is_killed(account: Account, product: Product) -> None:
    assert not mishaps._kill_worker_of(own_key("t1", product.pk))
