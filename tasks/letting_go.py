"""What every end of a worker's hold on a job has in common, be it after a failure or before a try."""

from __future__ import annotations

from django.db import connection

from tasks.handlers import find
from tasks.models import MarketplaceJob, MarketplaceTask
from tasks.progress import lease_lost
from tasks.states import TaskStatus


def hold(job: MarketplaceJob, *, expired: bool = False) -> None:
    """Lock the job for this transaction, or find that it is no longer ours; learn of a cancel."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cancel_requested_at FROM marketplace_jobs WHERE id = %s AND lease_token = %s "
            "AND status = 'RUNNING' AND (NOT %s OR leased_until <= clock_timestamp()) "
            "FOR NO KEY UPDATE",
            [job.pk, job.lease_token, expired],
        )
        row = cursor.fetchone()
    if row is None:
        raise lease_lost(job)
    job.cancel_requested_at = row[0]


def is_cancelled(job: MarketplaceJob, task_status: TaskStatus | None) -> bool:
    """Whether a cancel is wanted and nothing stands against it: no doubt, no live listing."""
    if job.cancel_requested_at is None or task_status is TaskStatus.UNKNOWN:
        return False
    handler = find(job.marketplace, job.action)
    steps = [] if handler is None else sorted(handler.points_of_no_return)
    completed = MarketplaceTask.objects.filter(job=job, status=TaskStatus.COMPLETED)
    return not completed.filter(step__in=steps).exists()
