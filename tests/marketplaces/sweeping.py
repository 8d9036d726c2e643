"""Products and records of one account, and sweeps run over it; marketplaces add their shelves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from marketplaces.models import Account, Listing, Product
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.orchestrator import TaskOrchestrator
from tests.passing_time import let_time_pass

LONG_AGO = timezone.now() - timedelta(days=30)


@dataclass(kw_only=True)
class Sweeping:
    """One account, whose sweeps run in the engine's hands."""

    account: Account
    products: list[Product] = field(default_factory=list)

    def product(self, *, sku: str = "", stock: int | None = 3, price: str = "19.90") -> Product:
        number = len(self.products) + 1
        product = Product.objects.create(
            sku=sku or f"OWN-{number}", title=f"Scarf {number}", price=price, stock=stock
        )
        Product.objects.filter(pk=product.pk).update(created_at=LONG_AGO)
        self.products.append(product)
        return product

    def age(self) -> None:
        """What was changed here was changed long before any read that follows."""
        Listing.objects.update(updated_at=LONG_AGO)

    def run(self, action: str = "sync", *, most: int = 40) -> MarketplaceJob:
        """Ask for a sweep and work until it has ended."""
        job_id = requests.request_job(self.account, action).job_id
        return self.work(job_id, most=most)

    def work(self, job_id: int, *, most: int = 40) -> MarketplaceJob:
        for _ in range(most):
            let_time_pass()
            # The accounts' own later runs are not what this test is about.
            others = MarketplaceJob.objects.filter(product=None, status="PENDING")
            others.exclude(pk=job_id).update(run_after=timezone.now() + timedelta(days=1))
            claimed = claims.claim(self.turn, lease_seconds=30)
            if claimed is not None:
                TaskOrchestrator().execute_job_with_tasks(claimed)
            job = MarketplaceJob.objects.get(pk=job_id)
            if job.completed_at is not None:
                return job
        raise AssertionError(f"{job_id} has not ended")

    @property
    def turn(self) -> Turn:
        return Turn(Lane.objects.get(account_id=self.account.pk).pk, "t1", self.account.pk)


def summary(job: MarketplaceJob) -> dict[str, object]:
    """The receipt of the last task."""
    task = MarketplaceTask.objects.filter(job=job, status="COMPLETED").order_by("-position").first()
    assert task is not None
    return dict(task.result or {})
