"""What goes on after a sale only when a person does something, or cannot be undone any more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from marketplaces.models import Listing, ListingStatus, Sale, SaleFollowUp
from marketplaces.sales.follow_ups import PUTS_UP, SET_QUANTITY, WITHDRAW
from marketplaces.sales.unclaimed import UNCLAIMED
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.tenancy import current_schema

MOST = 100
"""So many of each are counted."""
SOON = timedelta(minutes=5)
"""What is tried again within this time is left alone."""
FAILED = JobStatus.FAILED

OVERSOLD = Q(oversold__gt=0, settled_at__isnull=True)
"""Somebody has bought what was not there, and nobody has dealt with it yet."""
BY_HAND = Q(job_id__isnull=True, settled_at__isnull=True)
"""Of a follow-up: only a person can do it, and nobody has said that it is done."""
NOT_PUT_BACK = Q(
    order_line__order__cancelled_at__isnull=False,
    settled_at__isnull=True,
    stock_before__isnull=False,
    returned__lt=F("quantity") - F("oversold"),
)
"""The order was cancelled; whether its pieces can be sold again, only the seller knows."""

_READ = (
    "account",
    "account_name",
    "marketplace",
    "product",
    "status",
    "run_after",
    "paused_at",
    "attempt_count",
    "attempt_limit",
)
"""Of a job: what says why it is not done."""


class Needs(StrEnum):
    """Why a sale needs a person; as the filter of the list of sales names it."""

    OVERSOLD = "oversold"
    CANCELLED = "cancelled"
    UNCLAIMED = "unclaimed"


_NEEDING = {
    Needs.OVERSOLD: OVERSOLD,
    Needs.CANCELLED: NOT_PUT_BACK,
    Needs.UNCLAIMED: UNCLAIMED,
}

SENDS_STOCK = Q(action__in=(*PUTS_UP, "update"), status=JobStatus.COMPLETED.value)
"""Of a job: it has sent all that a product is, with the number of pieces."""


class Why(StrEnum):
    """Why what a sale has asked for does not happen."""

    PAUSED = "PAUSED"
    CONSENT = "CONSENT"
    OFFLINE = "OFFLINE"
    BLOCKED = "BLOCKED"
    WAITS = "WAITS"
    """The job itself does: it is paused, or is tried again only later."""
    FAILED = "FAILED"
    BY_HAND = "BY_HAND"
    """StoFlow cannot do it at this marketplace."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """Products of one account for which, for one reason, what sales have asked for is not done."""

    why: Why
    account_id: int | None
    account_name: str
    marketplace: str
    count: int
    """Products, counted no further than MOST."""


def sales_are_known() -> bool:
    """Whether there is anything to look for: one quick look instead of all those below."""
    return Sale.objects.order_by().exists()


def needing_a_person() -> Counter[Needs]:
    """How many sales do, by why; each counted no further than MOST. One query for all."""
    first, *others = (
        Sale.objects.filter(wanted).order_by().values_list(Value(needs.value))[:MOST]
        for needs, wanted in _NEEDING.items()
    )
    return Counter(Needs(told) for (told,) in first.union(*others, all=True))


def offered_too_often() -> list[NotDone]:
    """Every account where sales were to lower quantities, and more may be offered than there is."""
    is_withdrawn = _newer(_asked_by_a_sale(WITHDRAW))
    asked = _asked_for(SET_QUANTITY).filter(_is_live(), ~is_withdrawn, product__isnull=False)
    is_resolved = _newer(Q(action=SET_QUANTITY) | SENDS_STOCK)
    return list(_not_done(asked, failed=Q(~is_resolved)))


def still_for_sale() -> list[NotDone]:
    """Every account where withdrawals that sales have asked for do not happen by themselves."""
    is_asked_again = _newer(_asked_by_a_sale(WITHDRAW))
    failed = Q(_is_live(), ~is_asked_again, product__isnull=False)
    return [*_not_done(_asked_for(WITHDRAW), failed=failed), *_by_hand()]


def waiting_lanes(account_ids: Iterable[int | None]) -> dict[int, Lane]:
    """Those of the accounts on which nothing is worked now, by account."""
    stopped = Q(paused_at__isnull=False) | Q(consent_needed_at__isnull=False)
    stopped |= Q(offline_since__isnull=False) | Q(blocked_until__gt=timezone.now())
    mine = {number for number in account_ids if number is not None}
    lanes = Lane.objects.filter(stopped, schema_name=current_schema(), account_id__in=mine)
    return {lane.account_id: lane for lane in lanes.order_by("pk")}


def _not_done(jobs: QuerySet[MarketplaceJob], *, failed: Q) -> Iterator[NotDone]:
    """Of these jobs: what waits for something that may last, and which of those that failed."""
    unfinished = Q(status__in=in_order(UNFINISHED_JOB))
    wanted = jobs.filter(unfinished | failed, status__in=in_order({*UNFINISHED_JOB, FAILED}))
    found = list(wanted.only(*_READ)[:MOST])
    waiting = [job.account_id for job in found if job.status != FAILED]
    stopped = waiting_lanes(waiting) if waiting else {}
    products: defaultdict[tuple[Why, int | None, str, str], set[int | None]] = defaultdict(set)
    for job in found:
        why = _why(job, stopped.get(job.account_id or 0))
        if why is not None:
            products[why, job.account_id, job.account_name, job.marketplace].add(job.product_id)
    for named, of_account in products.items():
        yield NotDone(*named, count=len(of_account))


def _why(job: MarketplaceJob, stopped: Lane | None) -> Why | None:
    if job.status == FAILED:
        return Why.FAILED
    if stopped is not None:
        return _why_stopped(stopped)
    is_later = job.run_after > timezone.now() + SOON
    # What never expires goes on beyond its attempts, at first after short delays.
    is_in_vain = job.attempt_count >= job.attempt_limit
    return Why.WAITS if is_later or is_in_vain or job.paused_at is not None else None


def _why_stopped(lane: Lane) -> Why:
    if lane.consent_needed_at is not None:
        return Why.CONSENT
    if lane.paused_at is not None:
        return Why.PAUSED
    return Why.BLOCKED if lane.offline_since is None else Why.OFFLINE


def _by_hand() -> Iterator[NotDone]:
    left = SaleFollowUp.objects.filter(BY_HAND, action=WITHDRAW)
    named = left.order_by().values_list(
        "account_id", "account_name", "marketplace", "sale__product"
    )
    yield from _counted(Why.BY_HAND, [row[:3] for row in named.distinct()[:MOST]])


def _counted(why: Why, rows: Iterable[tuple[int | None, str, str]]) -> Iterator[NotDone]:
    for account, count in Counter(rows).items():
        yield NotDone(why, *account, count=count)


def _asked_for(action: str) -> QuerySet[MarketplaceJob]:
    """Jobs that sales have asked for."""
    return MarketplaceJob.objects.filter(_asked_by_a_sale(action)).order_by()


def _asked_by_a_sale(action: str) -> Q:
    return Q(Exists(SaleFollowUp.objects.filter(job_id=OuterRef("pk"))), action=action)


def _is_live() -> Exists:
    """Of a job: buyers can take its product on its account."""
    live = Listing.objects.filter(status=ListingStatus.LIVE)
    return Exists(live.filter(account=OuterRef("account"), product=OuterRef("product")))


def _newer(wanted: Q) -> Exists:
    """Of a job: a newer one like `wanted` for the same product and account."""
    newer = MarketplaceJob.objects.filter(wanted, pk__gt=OuterRef("pk"))
    return Exists(newer.filter(account=OuterRef("account"), product=OuterRef("product")))
