"""What goes on only when a person does something: stopped accounts, open questions.

Workers that are missing or stuck are told by `tasks.dispatch.presence`.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.open_failures import OPEN_QUESTION
from tasks.states import UNFINISHED_JOB, in_order
from tasks.tenancy import current_schema

MOST_QUESTIONS = 100

CONSENT_NEEDED = Q(consent_needed_at__isnull=False)
PAUSED = Q(paused_at__isnull=False)
OFFLINE = Q(offline_since__isnull=False)
"""The seller's side, without which nothing can be sent, is not there."""


def stopped_accounts() -> QuerySet[Lane]:
    """Lanes of the current tenant that a person must free: consent is needed, or work waits while
    they are paused or offline."""
    waiting = MarketplaceJob.objects.filter(
        account_id=OuterRef("account_id"),
        status__in=in_order(UNFINISHED_JOB),
        lease_token__isnull=True,
        paused_at__isnull=True,
    )
    lanes = Lane.objects.filter(schema_name=current_schema()).order_by("pk")
    return lanes.filter(CONSENT_NEEDED | ((PAUSED | OFFLINE) & Exists(waiting)))


def open_questions() -> int:
    """Jobs of the current tenant that need an answer, counted no further than MOST_QUESTIONS."""
    asking = MarketplaceJob.objects.filter(OPEN_QUESTION)
    return asking.order_by()[:MOST_QUESTIONS].count()
