"""Which sales of one account have to be read, page by page of Vinted's list.

The list says little, and each sale costs a read of its own with a pause before it. So what is known
to be over is passed over, and so is what was sold before the time that is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from marketplaces.models import Account, Order, OrderStatus
from marketplaces.sales import OrderFacts, UnreadableOrderError
from marketplaces.sync import OrderPage, read_each
from marketplaces.vinted.client import VintedClient
from marketplaces.vinted.errors import VintedRefusedError
from marketplaces.vinted.order_facts import FAILED, Json, facts_of, is_over, moment, transaction_id

READ_AT_ONCE = 10
"""Sales that one task reads, so that a busy seller's task lasts a minute or two."""
_MARGIN = timedelta(days=2)
"""How far the list's dates may be off: they may lack a time of day, or the site's time zone."""

_UNSENT = (OrderStatus.UNPAID, OrderStatus.PAID)
_LONGEST_UNSENT = timedelta(days=60)
"""After which a sale is not looked for behind others any more, should Vinted list it no more."""


class VintedOrders:
    """One account's sales; a position has the page, and which sales were `read` before."""

    first: dict[str, Any] = {"page": 1, "read": []}

    def __init__(self, client: VintedClient, account: Account, site: str) -> None:
        self.client = client
        self.account = account
        self.site = site

    def page(self, since: datetime, position: Mapping[str, Any]) -> OrderPage:
        """Up to READ_AT_ONCE sales; the total is how many have been wanted so far.

        The newest come first, so nothing is wanted behind a page that is known and older than the
        last complete run; but for sales of which we know that they still have to be sent.
        """
        number, read = position["page"], position["read"]
        listed, paging = self.client.orders_page(number)
        rows, nameless = _numbered(listed)
        wanted = self._wanted(rows, since)
        waiting = [each for each in wanted if each not in read]
        now = waiting[:READ_AT_ONCE]
        facts, unreadable = read_each(partial(self._facts, each, wanted[each]) for each in now)
        done = [*read, *now]
        following: dict[str, Any] | None = None
        if len(now) < len(waiting):
            following = {"page": number, "read": done}
        elif number < paging.pages and (
            wanted or _reaches(rows, since) or self._are_some_left(done)
        ):
            following = {"page": number + 1, "read": done}
        return OrderPage(facts, len({*read, *wanted}), following, (*unreadable, *nameless))

    def _wanted(self, rows: Mapping[str, Json], since: datetime) -> dict[str, Json]:
        known = Order.objects.filter(account=self.account, external_id__in=rows)
        statuses = dict(known.values_list("external_id", "status"))
        return {
            number: row
            for number, row in rows.items()
            if _is_wanted(row, statuses.get(number), since)
        }

    def _are_some_left(self, read: Sequence[str]) -> bool:
        """Sales that a buyer may still cancel, and that were on no page yet."""
        recent = Order.objects.filter(
            account=self.account, placed_at__gte=timezone.now() - _LONGEST_UNSENT
        )
        unsent = recent.filter(status__in=_UNSENT, cancelled_at=None)
        return bool(unsent.exclude(external_id__in=read).exists())

    def _facts(self, number: str, row: Json) -> OrderFacts:
        """UnreadableOrderError also when Vinted lists the sale and does not show it."""
        try:
            shown = self.client.transaction(number)
        except VintedRefusedError as error:
            raise UnreadableOrderError("vinted", number, error) from error
        return facts_of(row, shown, self.site)


def _reaches(rows: Mapping[str, Json], since: datetime) -> bool:
    """Whether the page has sales that no complete run has seen: there may be more behind it."""
    dates = [moment(row.get("date")) for row in rows.values()]
    return any(each is None or each >= since - _MARGIN for each in dates)


def _numbered(rows: Sequence[Json]) -> tuple[dict[str, Json], list[str]]:
    """The rows by the numbers of their sales, and what stands in its place where that is none."""
    numbered: dict[str, Json] = {}
    nameless: list[str] = []
    for row in rows:
        try:
            numbered[transaction_id(row)] = row
        except UnreadableOrderError as error:
            nameless.append(error.number)
    return numbered, nameless


def _is_wanted(row: Json, known: str | None, since: datetime) -> bool:
    """New, under way, or over in another way than our records say."""
    if known is None:
        placed_at = moment(row.get("date"))
        return placed_at is None or placed_at >= since - _MARGIN
    if not is_over(row):
        return True
    is_failed = row.get("transaction_user_status") == FAILED
    return known != (OrderStatus.CLOSED if is_failed else OrderStatus.SENT)
