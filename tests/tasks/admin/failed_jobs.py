"""Jobs and batches that have failed, for staff to act on."""

from __future__ import annotations

from tasks import requests
from tasks.models import BatchJob, MarketplaceJob
from tests.tasks.conftest import Bench


def failed(bench: Bench, **script: list[str]) -> MarketplaceJob:
    return bench.work_until_ended(bench.request(script=script or {"validate": ["permanent"]}))


def status(job: MarketplaceJob) -> str:
    job.refresh_from_db()
    return job.status


def batch_of(bench: Bench, number: int) -> BatchJob:
    payload = {"world": str(bench.world.path), "script": {"validate": ["permanent"]}}
    products = [bench.product() for _ in range(number)]
    return requests.start_batch(
        bench.account, "publish", products, name="Some", payload=payload
    ).batch


def failed_batch(bench: Bench, number: int) -> BatchJob:
    batch = batch_of(bench, number)
    for _ in range(number):
        bench.work()
    batch.refresh_from_db()
    assert batch.failed_count == number
    return batch
