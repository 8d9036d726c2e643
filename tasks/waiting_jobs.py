"""Jobs for whose work somebody waits, as banners and previews count them.

A sweep that is not due is none: each account always has the next one. A job that is paused by itself
is none either, as nothing done to its account would let it go on. `tasks.dispatch.health` counts by
the same rule.
"""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Now

from tasks.states import UNFINISHED_JOB, JobStatus, in_order

_NOT_DUE = Q(status=JobStatus.PENDING.value, product__isnull=True, run_after__gt=Now())

WAITING = (
    Q(status__in=in_order(UNFINISHED_JOB), lease_token__isnull=True, paused_at__isnull=True)
    & ~_NOT_DUE
)
