"""Failed jobs for which something is left to do, as an account's numbers count them.

A failure is settled by any newer job for its product. That of a sweep is settled by a newer one of
its action that has ended: the next always waits, and may fail as well. Nothing can be done for a
failure whose product or account was deleted. `tasks.dispatch.health` counts by the same rule.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from tasks.models import MarketplaceJob
from tasks.states import UNFINISHED_JOB, JobStatus, in_order

_NEWER = (
    MarketplaceJob.objects.filter(account=OuterRef("account"), pk__gt=OuterRef("pk"))
    .exclude(status__in=[JobStatus.CANCELLED.value, JobStatus.EXPIRED.value])
    .order_by()
)
_OF_PRODUCT = _NEWER.filter(product=OuterRef("product"))
_OF_SWEEP = _NEWER.filter(product=None, action=OuterRef("action")).exclude(
    status__in=in_order(UNFINISHED_JOB)
)

STILL_OPEN = Q(status=JobStatus.FAILED.value, account__isnull=False) & (
    Q(~Exists(_OF_PRODUCT), product__isnull=False)
    | Q(~Exists(_OF_SWEEP), product__isnull=True, product_name="")
)

OPEN_QUESTION = STILL_OPEN & Q(needs_person=True)
"""A job that a person must answer: an answer to a settled one would be refused."""

_NEWER_THAN = """
SELECT 1 FROM marketplace_jobs newer
WHERE newer.account_id = {job}.account_id AND newer.id > {job}.id
  AND newer.status NOT IN ('CANCELLED', 'EXPIRED') AND newer.product_id
"""


def still_open(job: str) -> str:
    """The same as a condition of SQL on a FAILED job that is called `job` there."""
    newer = _NEWER_THAN.format(job=job)
    return f"""{job}.account_id IS NOT NULL AND CASE
        WHEN {job}.product_id IS NOT NULL THEN NOT EXISTS ({newer} = {job}.product_id)
        ELSE {job}.product_name = ''
             AND NOT EXISTS ({newer} IS NULL AND newer.action = {job}.action
                             AND newer.status NOT IN ('PENDING', 'RUNNING')) END"""
