"""Which newer job makes an older one of the same listing void."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from tasks import courses, handlers
from tasks.models import MarketplaceJob
from tasks.states import JobStatus


@dataclass(frozen=True, slots=True)
class Superseding:
    """A newer job that makes an older one void."""

    job_id: int
    action: str
    status: str

    def __str__(self) -> str:
        return courses.superseded(self.job_id, self.action, self.status)


def superseded_by(job: MarketplaceJob) -> Superseding | None:
    """The newest job of the same listing that makes retrying `job` wrong."""
    newer = (
        MarketplaceJob.objects.filter(
            Q(account_id=job.account_id) if job.account_id else Q(account__isnull=True),
            Q(product_id=job.product_id) if job.product_id else Q(product__isnull=True),
            id__gt=job.pk,
        )
        .exclude(status__in=[JobStatus.CANCELLED, JobStatus.EXPIRED])
        .order_by("-id")
        .values_list("id", "action", "status")
    )
    for job_id, action, status in newer:
        if handlers.supersedes(job.marketplace, action, job.action):
            return Superseding(job_id, action, status)
    return None
