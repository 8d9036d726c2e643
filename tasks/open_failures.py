"""Failed jobs for which something is left to do, as an account's numbers count them.

A failure is settled by any newer job: for its product, or, for a sweep, of its action. Nothing can
be done for one whose product was deleted. `tasks.dispatch.health` counts by the same rule.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from tasks.models import MarketplaceJob
from tasks.states import JobStatus

_NEWER = (
    MarketplaceJob.objects.filter(account=OuterRef("account"), pk__gt=OuterRef("pk"))
    .exclude(status__in=[JobStatus.CANCELLED.value, JobStatus.EXPIRED.value])
    .order_by()
)
_OF_PRODUCT = _NEWER.filter(product=OuterRef("product"))
_OF_SWEEP = _NEWER.filter(product=None, action=OuterRef("action"))

STILL_OPEN = Q(status=JobStatus.FAILED.value) & (
    Q(~Exists(_OF_PRODUCT), product__isnull=False)
    | Q(~Exists(_OF_SWEEP), product__isnull=True, product_name="")
)
