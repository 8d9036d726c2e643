"""A bench for one worker: products, an account with a lane, and turns taken by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.job_run import RunEnd
from tasks.models import MarketplaceJob, MarketplaceTask, WaitReason
from tasks.orchestrator import TaskOrchestrator
from tests.passing_time import let_time_pass
from tests.toymarket.world import World


@dataclass
class Bench:
    """Asks for jobs and plays the worker, in the test's own transaction."""

    account: Account
    world: World
    products: list[Product] = field(default_factory=list)

    def product(self, title: str = "Toy") -> Product:
        product = Product.objects.create(sku=f"S{len(self.products)}", title=title, stock=1)
        self.products.append(product)
        return product

    def request(
        self,
        action: str = "publish",
        product: Product | None = None,
        *,
        script: dict[str, list[str]] | None = None,
        **options: Any,
    ) -> MarketplaceJob:
        product = product or (None if action == "sync" else self.product())
        payload = {"world": str(self.world.path), "script": script or {}}
        payload |= options.pop("payload", {})
        requested = requests.request_job(self.account, action, product, payload=payload, **options)
        return MarketplaceJob.objects.get(pk=requested.job_id)

    @property
    def lane(self) -> Lane:
        return Lane.objects.get(account_id=self.account.pk, schema_name="t1")

    @property
    def turn(self) -> Turn:
        return Turn(self.lane.pk, "t1", self.account.pk)

    def claim(self, lease_seconds: float = 30.0) -> MarketplaceJob | None:
        return claims.claim(self.turn, lease_seconds=lease_seconds)

    def work(self, orchestrator: TaskOrchestrator | None = None) -> RunEnd | None:
        """Claim the next job and run it as far as it goes; None when there was none."""
        job = self.claim()
        if job is None:
            return None
        return (orchestrator or TaskOrchestrator()).execute_job_with_tasks(job)

    def let_leases_expire(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE marketplace_jobs SET leased_until = clock_timestamp() "
                "WHERE lease_token IS NOT NULL"
            )

    def work_until_ended(self, job: MarketplaceJob, most: int = 30) -> MarketplaceJob:
        """Let time pass between claims until the job has ended."""
        for _ in range(most):
            let_time_pass()
            self.let_leases_expire()
            claims.rescue(self.turn)
            let_time_pass()
            self.work()
            job.refresh_from_db()
            if job.completed_at is not None:
                return job
        raise AssertionError(f"Job {job.pk} is still {job.status} after {most} claims.")


@pytest.fixture
def bench(tenant: Tenant, tmp_path: Path) -> Bench:
    account = Account.objects.create(marketplace="toy", name="Toy shop")
    return Bench(account, World(tmp_path / "world"))


def tasks_of(job: MarketplaceJob) -> list[MarketplaceTask]:
    return list(MarketplaceTask.objects.filter(job=job).order_by("position"))


def statuses(job: MarketplaceJob) -> list[str]:
    return [task.status for task in tasks_of(job)]


class StopAfter:
    """A should_stop that lets `tasks` tasks complete and then gives its reason."""

    def __init__(self, tasks: int, reason: WaitReason = WaitReason.TURN) -> None:
        self.left, self.reason = tasks, reason

    def __call__(self) -> WaitReason:
        self.left -= 1
        return WaitReason.NONE if self.left > 0 else self.reason
