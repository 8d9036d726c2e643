"""Fetching orders as a job: the pages since the last complete run, each saved once it is read."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from marketplaces.listing_jobs import ListingJobHandler
from marketplaces.models import Account
from marketplaces.sales import (
    LineFacts,
    OrderFacts,
    UnreadableOrderError,
    may_be_back,
    record_orders,
)
from marketplaces.sales.unclaimed import ORDERS_MAY_BE_LATE
from marketplaces.sync import schedule
from tasks.handlers import (
    Appended,
    PlannedTask,
    Receipt,
    TaskRun,
    appending,
    atomic_step,
    repeatable_step,
)
from tasks.models import MarketplaceJob
from tasks.progress import as_json
from tasks.sentences import sentence

logger = logging.getLogger(__name__)

FIRST_WINDOW = timedelta(days=90)
LONGEST_WINDOW = timedelta(days=720)
"""eBay shows two years."""
OVERLAP = ORDERS_MAY_BE_LATE
"""Read again each time."""
_SHOWN_AFTER = timedelta(minutes=1)
"""Until a marketplace shows again what a cancelled order had bought."""
_CANCELLED = sentence("a cancelled order, whose item may be on sale again")


@dataclass(frozen=True, slots=True)
class OrderPage:
    orders: list[OrderFacts]
    total: int
    """How many orders the marketplace says have changed since."""
    following: dict[str, Any] | None
    """The position of the next page; None: this was the last."""
    unreadable: tuple[str, ...] = ()
    """Numbers of orders on the page that are in no form that StoFlow knows."""


def read_each(readings: Iterable[Callable[[], OrderFacts]]) -> tuple[list[OrderFacts], list[str]]:
    """The orders that can be read, and the numbers of those that cannot: these hold up no other."""
    read: list[OrderFacts] = []
    unreadable: list[str] = []
    for reading in readings:
        try:
            read.append(reading())
        except UnreadableOrderError as error:
            logger.warning("orders.unreadable %s %s", error, error.evidence)
            unreadable.append(error.number)
    return read, unreadable


class OrderSource(Protocol):
    """One account's orders at its marketplace."""

    first: dict[str, Any]
    """The position of the first page."""

    def page(self, since: datetime, position: Mapping[str, Any]) -> OrderPage:
        """A page of what was changed after `since`. The end stays open: what changes while it is
        read must not leave the window."""


def since(account: Account, now: datetime) -> datetime:
    """Where a run begins to read."""
    if account.last_orders_at is None:
        return now - FIRST_WINDOW
    return max(account.last_orders_at - OVERLAP, now - LONGEST_WINDOW)


class OrdersHandler(ListingJobHandler[OrderSource]):
    """Base of every marketplace's orders sync."""

    action = "orders"

    def create_tasks(self, _job: MarketplaceJob) -> list[PlannedTask]:
        start = since(self.get_account(), timezone.now()).isoformat(timespec="milliseconds")
        return [self._page(1, {"since": start, "position": self.get_service().first})]

    @appending
    @repeatable_step(deadline=settings.SYNC["deadline_seconds"], only_reads=True)
    def read_page(self, task: TaskRun) -> Appended:
        if "read_page" not in task.receipts:
            schedule.request_in_case_of_failure(self.get_account(), self.action)
        read_at, start = timezone.now(), task.payload["since"]
        page = self.get_service().page(datetime.fromisoformat(start), task.payload["position"])
        if may_be_back(self.get_account(), page.orders):
            # Else a sale at another marketplace, of the piece that was put back, would not end it.
            due = timezone.now() + _SHOWN_AFTER
            schedule.request_at(self.get_account(), "sync", due, because=_CANCELLED)
        number = len(task.receipts.get("read_page", ())) + 1
        saving = sentence("Save the orders of page {number}", number=number)
        following = [self.plan(saving, self.save, {"page": number})]
        if page.following is not None:
            position = {"since": start, "position": page.following}
            following.append(self._page(number + 1, position))
        else:
            following.append(self.plan(sentence("Finish"), self.finish))
        orders = [as_receipt(order) for order in page.orders]
        receipt = {"orders": orders, "total": page.total, "at": read_at.isoformat()}
        if page.unreadable:
            receipt["unreadable"] = list(page.unreadable)
        return Appended(receipt, tuple(following))

    @atomic_step
    def save(self, task: TaskRun) -> Receipt:
        stored = task.receipts["read_page"][task.payload["page"] - 1]["orders"]
        self.hold_job()
        return asdict(record_orders(self.get_account(), [from_receipt(each) for each in stored]))

    @atomic_step
    def finish(self, task: TaskRun) -> Receipt:
        """The next run begins where this one did, unless it has read every order."""
        pages = task.receipts["read_page"]
        shown = {order["external_id"] for page in pages for order in page["orders"]}
        unreadable = {number for page in pages for number in page.get("unreadable", ())} - shown
        complete = not unreadable and len(shown) >= pages[-1]["total"]
        self.hold_job()
        account = self.get_account()
        if complete:
            account.last_orders_at = datetime.fromisoformat(pages[0]["at"])
            account.save(update_fields=["last_orders_at"])
        schedule.request_next(account, self.action)
        told = {schedule.UNREADABLE: sorted(unreadable)} if unreadable else {}
        return {"orders": len(shown), "complete": complete, **told}

    def _page(self, number: int, payload: dict[str, Any]) -> PlannedTask:
        return self.plan(
            sentence("Read page {number} of the orders", number=number), self.read_page, payload
        )


def as_receipt(order: OrderFacts) -> dict[str, Any]:
    """As it comes back from jsonb, which has neither decimals nor times."""
    stored: dict[str, Any] = json.loads(as_json(asdict(order)))
    return stored


def from_receipt(stored: Mapping[str, Any]) -> OrderFacts:
    lines = tuple(LineFacts(**line) for line in stored["lines"])
    return OrderFacts(
        **{
            **stored,
            "placed_at": datetime.fromisoformat(stored["placed_at"]),
            "changed_at": datetime.fromisoformat(stored["changed_at"]),
            "cancelled_at": _moment(stored.get("cancelled_at")),
            "total": _decimal(stored["total"]),
            "lines": tuple(replace(line, price=_decimal(line.price)) for line in lines),
        }
    )


def _moment(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
