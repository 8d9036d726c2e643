"""What goes on only when a person does something: stopped accounts, open questions.

Workers that are missing or stuck are told by `tasks.dispatch.presence`.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.open_failures import OPEN_QUESTION
from tasks.tenancy import current_schema
from tasks.waiting_jobs import WAITING

MOST_QUESTIONS = 100

CONSENT_NEEDED = Q(consent_needed_at__isnull=False)
PAUSED = Q(paused_at__isnull=False)
OFFLINE = Q(offline_since__isnull=False)
"""The seller's side, without which nothing can be sent, is not there."""
BLOCKED = Q(blocked_until__gt=Now())
"""The marketplace takes no calls for a while."""


def stopped_accounts() -> QuerySet[Lane]:
    """Lanes of the current tenant that a person must free: consent is needed, or work waits while
    they are paused or offline. `has_namesake`: another account is called the same."""
    waiting = MarketplaceJob.objects.filter(WAITING, account_id=OuterRef("account_id"))
    mine = Lane.objects.filter(schema_name=current_schema())
    namesakes = mine.filter(account_name=OuterRef("account_name")).exclude(pk=OuterRef("pk"))
    lanes = mine.annotate(has_namesake=Exists(namesakes)).order_by("pk")
    return lanes.filter(CONSENT_NEEDED | ((PAUSED | OFFLINE) & Exists(waiting)))


def open_questions() -> int:
    """Jobs of the current tenant that need an answer, counted no further than MOST_QUESTIONS."""
    asking = MarketplaceJob.objects.filter(OPEN_QUESTION)
    return asking.order_by()[:MOST_QUESTIONS].count()
