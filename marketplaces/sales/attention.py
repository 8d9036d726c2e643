"""What goes on after a sale only when a person does something, or cannot be undone any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from marketplaces.models import Listing, ListingStatus, Sale, SaleFollowUp
from marketplaces.sales.follow_ups import PUTS_UP, SET_QUANTITY, WITHDRAW
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.tenancy import current_schema

MOST = 100
"""So many of each are counted."""

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

SENDS_STOCK = Q(action__in=(*PUTS_UP, "update"), status=JobStatus.COMPLETED.value)
"""Of a job: it has sent all that a product is, with the number of pieces."""


class Why(StrEnum):
    """Why a product that is sold out is still for sale."""

    PAUSED = "PAUSED"
    CONSENT = "CONSENT"
    OFFLINE = "OFFLINE"
    BLOCKED = "BLOCKED"
    FAILED = "FAILED"
    BY_HAND = "BY_HAND"
    """StoFlow cannot withdraw at this marketplace."""


@dataclass(frozen=True, slots=True)
class StillForSale:
    """Sold out, and for one reason still for sale on one account."""

    why: Why
    account_id: int | None
    account_name: str
    marketplace: str
    count: int
    """Products, counted no further than MOST."""


@dataclass(frozen=True, slots=True)
class OfferedTooOften:
    """More pieces may be for sale on one account than there are."""

    account_id: int | None
    account_name: str
    marketplace: str
    count: int
    """Products, counted no further than MOST."""


def oversold() -> int:
    """Sales that nobody has dealt with, counted no further than MOST."""
    return Sale.objects.filter(OVERSOLD).order_by()[:MOST].count()


def not_put_back() -> int:
    """Sales whose order was cancelled, counted no further than MOST."""
    return Sale.objects.filter(NOT_PUT_BACK).order_by()[:MOST].count()


def offered_too_often() -> list[OfferedTooOften]:
    """Every account where a sale was to lower quantities, and could not."""
    resolved = _newer(Q(action=SET_QUANTITY) | SENDS_STOCK)
    failed = _asked_for(SET_QUANTITY).filter(
        _is_live(), ~resolved, status=JobStatus.FAILED.value, product__isnull=False
    )
    rows = failed.values_list("account_id", "account_name", "marketplace")[:MOST]
    return [OfferedTooOften(*account, count) for account, count in Counter(rows).items()]


def still_for_sale() -> list[StillForSale]:
    """Every account where withdrawals that sales have asked for do not happen by themselves."""
    return [*_on_stopped_accounts(), *_failed(), *_by_hand()]


def waiting_lanes(account_ids: Iterable[int | None]) -> dict[int, Lane]:
    """Those of the accounts on which nothing is worked now, by account."""
    stopped = Q(paused_at__isnull=False) | Q(consent_needed_at__isnull=False)
    stopped |= Q(offline_since__isnull=False) | Q(blocked_until__gt=timezone.now())
    mine = {number for number in account_ids if number is not None}
    lanes = Lane.objects.filter(stopped, schema_name=current_schema(), account_id__in=mine)
    return {lane.account_id: lane for lane in lanes.order_by("pk")}


def _on_stopped_accounts() -> Iterator[StillForSale]:
    waiting = _withdrawals().filter(status__in=in_order(UNFINISHED_JOB))
    accounts = Counter(waiting.values_list("account_id", flat=True)[:MOST])
    for lane in waiting_lanes(accounts).values() if accounts else ():
        count = accounts[lane.account_id]
        yield StillForSale(_why(lane), lane.account_id, lane.account_name, lane.marketplace, count)


def _why(lane: Lane) -> Why:
    if lane.consent_needed_at is not None:
        return Why.CONSENT
    if lane.paused_at is not None:
        return Why.PAUSED
    return Why.BLOCKED if lane.offline_since is None else Why.OFFLINE


def _failed() -> Iterator[StillForSale]:
    newer = _withdrawals().filter(
        account=OuterRef("account"), product=OuterRef("product"), pk__gt=OuterRef("pk")
    )
    failed = _withdrawals().filter(
        _is_live(), ~Exists(newer), status=JobStatus.FAILED.value, product__isnull=False
    )
    rows = failed.values_list("account_id", "account_name", "marketplace")[:MOST]
    yield from _counted(Why.FAILED, rows)


def _by_hand() -> Iterator[StillForSale]:
    left = SaleFollowUp.objects.filter(BY_HAND, action=WITHDRAW)
    named = left.order_by().values_list(
        "account_id", "account_name", "marketplace", "sale__product"
    )
    yield from _counted(Why.BY_HAND, [row[:3] for row in named.distinct()[:MOST]])


def _counted(why: Why, rows: Iterable[tuple[int | None, str, str]]) -> Iterator[StillForSale]:
    for account, count in Counter(rows).items():
        yield StillForSale(why, *account, count=count)


def _withdrawals() -> QuerySet[MarketplaceJob]:
    return _asked_for(WITHDRAW)


def _asked_for(action: str) -> QuerySet[MarketplaceJob]:
    """Jobs that sales have asked for."""
    asked = SaleFollowUp.objects.filter(job_id=OuterRef("pk"))
    return MarketplaceJob.objects.filter(Exists(asked), action=action).order_by()


def _is_live() -> Exists:
    """Of a job: buyers can take its product on its account."""
    live = Listing.objects.filter(status=ListingStatus.LIVE)
    return Exists(live.filter(account=OuterRef("account"), product=OuterRef("product")))


def _newer(wanted: Q) -> Exists:
    """Of a job: a newer one like `wanted` for the same product and account."""
    newer = MarketplaceJob.objects.filter(wanted, pk__gt=OuterRef("pk"))
    return Exists(newer.filter(account=OuterRef("account"), product=OuterRef("product")))
